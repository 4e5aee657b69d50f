"""What an approval asks for besides, who owes it and who looks whether it was done."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models

from apps.audit.registry import tracked
from apps.core.models import BaseModel, Viewer
from apps.reviews.models.decisions import Decision
from apps.reviews.models.requests import ReviewRequest


class ConditionState(models.TextChoices):
    """How far a condition is; derived, stored nowhere."""

    OPEN = "open", "Open"
    HANDED_IN = "handed_in", "Handed in"
    VERIFIED = "verified", "Verified"
    REFUSED = "refused", "Refused"


class ConditionQuerySet(models.QuerySet["Condition"]):
    """Conditions, which are seen by whoever sees the request that they were made in."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to conditions on what `user` may see."""
        return self.filter(decision__request__in=ReviewRequest.objects.visible_to(user))


@tracked()
class Condition(BaseModel):
    """One condition of an approval: `owner` owes what `wanted` describes until the end of `due_on` (UTC).

    `verifier`, never the owner, accepts or refuses what was handed in. A blocking one that is overdue and not verified
    takes the approval's effect away.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    blocking = models.BooleanField()
    wanted = models.TextField(blank=True)
    verifier = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    evidence = models.TextField(blank=True)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    refused_at = models.DateTimeField(null=True, blank=True)
    # Why it was accepted or refused last.
    verdict = models.TextField(blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "created_at"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(verifier=models.F("owner")), name="condition_verifier_is_not_owner"
            ),
            models.CheckConstraint(
                condition=models.Q(verified_by=None) | ~models.Q(verified_by=models.F("owner")),
                name="condition_verified_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(verified_at=None, verified_by=None)
                | models.Q(verified_at__isnull=False, verified_by__isnull=False, handed_in_at__isnull=False),
                name="condition_verified_once_handed_in",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("decision", "text", "owner", "due_on", "blocking", "wanted", "verifier"),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def state(self) -> ConditionState:
        """How far it is."""
        if self.verified_at:
            return ConditionState.VERIFIED
        if self.handed_in_at:
            return ConditionState.HANDED_IN
        return ConditionState.REFUSED if self.refused_at else ConditionState.OPEN
