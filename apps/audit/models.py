"""The audit trail: one table that PostgreSQL itself keeps append-only."""

import pgtrigger
from django.db import models

from apps.audit import rules
from apps.core.models import OrganisationQuerySet


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

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="audit_subject")]
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

    def computed_hash(self) -> str:
        """The hash that this row's fields call for."""
        return rules.chained_hash(
            previous=self.previous_hash,
            sequence=self.sequence,
            at=self.at,
            actor_id=self.actor_id,
            action=self.action,
            subject=(self.subject_kind, self.subject_id),
            data=self.data,
        )
