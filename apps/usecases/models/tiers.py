"""Where people overrule the computed tier of a case, up or down."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.registry import tracked
from apps.core.models import BaseModel, Viewer
from apps.usecases.models.cases import UseCase
from apps.usecases.models.words import Tier


class Direction(models.TextChoices):
    """Which way an adjustment goes."""

    RAISE = "raise", "Raise"
    LOWER = "lower", "Lower"


class TierAdjustmentQuerySet(models.QuerySet["TierAdjustment"]):
    """Adjustments, which are seen by whoever sees their case."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to adjustments of what `user` may see."""
        return self.filter(use_case__in=UseCase.objects.visible_to(user))


@tracked()
class TierAdjustment(BaseModel):
    """A tier that people set in place of the one that counted before; those that hold count one after the other.

    Raising holds from the start. Lowering is proposed by one person, and holds once a second has confirmed it, until
    `expires_on`. It covers the rules of `overrules` alone: it ends when another rule asks for more than `to_tier`.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="tier_adjustments")
    direction = models.CharField(max_length=5, choices=Direction.choices)
    computed = models.CharField(max_length=10, choices=Tier.choices)
    to_tier = models.CharField(max_length=10, choices=Tier.choices)
    overrules = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    holds_from = models.DateTimeField(null=True, blank=True)
    # The last day on which a lowered tier holds.
    expires_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=500, blank=True)

    objects = TierAdjustmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["use_case", "-holds_from"], name="tier_adjustment_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(direction__in=Direction.values, computed__in=Tier.values, to_tier__in=Tier.values),
                name="tier_adjustment_known",
            ),
            # Nobody lowers what the law forbids, and nothing is lowered for ever or by one person.
            models.CheckConstraint(
                condition=models.Q(direction=Direction.RAISE, holds_from__isnull=False, expires_on__isnull=True)
                | models.Q(direction=Direction.LOWER, expires_on__isnull=False)
                & ~models.Q(computed=Tier.PROHIBITED, holds_from__isnull=False),
                name="tier_lowered_until_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(direction=Direction.RAISE)
                | models.Q(holds_from__isnull=True)
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by"))),
                name="tier_lowered_by_two",
            ),
            models.UniqueConstraint(
                fields=["use_case"], name="tier_one_proposal",
                condition=models.Q(direction=Direction.LOWER, holds_from=None, ended_at=None),
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="said_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "use_case", "direction", "computed", "to_tier", "overrules", "reason", "proposed_by", "expires_on"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} to {self.get_to_tier_display()}"

    @property
    def is_open(self) -> bool:
        """Whether it is a proposal that waits for the second person."""
        return self.holds_from is None and self.ended_at is None
