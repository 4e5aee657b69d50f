"""The audit trail and the seals of the history: tables that PostgreSQL itself keeps append-only."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit import rules
from apps.core import triggers
from apps.core.models import Viewer


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Events; the whole trail is for those who oversee, the trail of one thing for whoever sees the thing."""

    def visible_to(self, user: Viewer) -> "AuditEventQuerySet":
        """Restrict to what `user` may read of the whole trail: everything for who oversees, nothing for others."""
        return self if user.is_active and getattr(user, "oversees", False) else self.none()


class AuditEvent(models.Model):
    """One thing that happened. `hash` chains it to its predecessor over canonical bytes (SHA-256, hex)."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    # The actor's id without a name: names live in accounts, where they can be erased.
    actor_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="audit_subject"),
            models.Index(fields=["actor_id", "-sequence"], name="audit_actor"),
            models.Index(fields=["action", "-sequence"], name="audit_action"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'The audit trail is append-only.';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.subject_kind}:{self.subject_id}"

    def computed_hash(self, *, sequence: int | None = None) -> str:
        """The hash that this row's fields call for; with `sequence`, that of the row in another place."""
        return rules.chained_hash(
            previous=self.previous_hash,
            sequence=self.sequence if sequence is None else sequence,
            at=self.at,
            actor_id=self.actor_id,
            action=self.action,
            subject=(self.subject_kind, self.subject_id),
            data=self.data,
        )


class HistorySeal(models.Model):
    """One row of a history table as it was when its transaction committed; written by the trigger `sealed` alone.

    `digest` is the SHA-256 of the row's `columns` as jsonb. The transaction's audit events are `first_event` to
    `last_event`, null for a change that nobody audited. `hash` chains the seal to its predecessor.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    # A column that a later migration adds was not there to be sealed.
    columns = ArrayField(models.CharField(max_length=63))
    digest = models.CharField(max_length=64)
    first_event = models.BigIntegerField(null=True)
    last_event = models.BigIntegerField(null=True, db_index=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["table_name", "row_id"], name="history_sealed_once")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.sequence} {self.table_name}:{self.row_id}"

    def computed_hash(self) -> str:
        """The hash that this row's fields call for."""
        fields = (self.table_name, self.row_id, self.digest, self.first_event, self.last_event)
        return rules.sealed_hash(
            previous=self.previous_hash, sequence=self.sequence, at=self.at, fields=fields, columns=self.columns
        )


class Verification(models.Model):
    """When both chains were verified, how long they were, and what was found, one break a line; "" for nothing."""

    at = models.DateTimeField()
    events = models.BigIntegerField()
    seals = models.BigIntegerField()
    heads = models.PositiveIntegerField(help_text="How many saved heads were compared.")
    found = models.TextField(blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.found or 'whole'}"

    @property
    def lines(self) -> list[str]:
        """The breaks."""
        return self.found.splitlines()
