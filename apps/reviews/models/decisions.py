"""Decisions: insert-only rows, of which a request's state is the fold."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.registry import tracked
from apps.core import triggers
from apps.core.models import BaseModel, Viewer
from apps.reviews.models.requests import Outcome, ReviewRequest


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions, which are seen by whoever sees their request."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to decisions on what `user` may see."""
        return self.filter(request__in=ReviewRequest.objects.visible_to(user))


@tracked()
class Decision(BaseModel):
    """One reviewer's decision in one lane on one exact content. Never changed, never deleted.

    `lane_hash` covers what the lane watches, `fields` names what must change, `appeal` says where a rejection can be
    questioned. `overturns` is the rejection that the board decided otherwise.
    """

    request = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="decisions")
    lane = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    reason = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    content_hash = models.CharField(max_length=64)
    evidence_hash = models.CharField(max_length=64)
    lane_hash = models.CharField(max_length=64, blank=True, db_default="")
    rule_set = models.CharField(max_length=40, blank=True, db_default="")
    fields = ArrayField(models.CharField(max_length=200), null=True, blank=True)
    appeal = models.TextField(blank=True, db_default="")
    overturns = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="overturned_by"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "lane"], condition=models.Q(overturns=None), name="decision_once_per_lane"
            ),
            models.UniqueConstraint(fields=["request", "actor"], name="decision_once_per_person"),
            models.UniqueConstraint(
                fields=["request", "on_behalf_of"],
                condition=models.Q(on_behalf_of__isnull=False),
                name="decision_once_on_behalf",
            ),
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="decision_outcome_known"),
            models.CheckConstraint(
                condition=models.Q(on_behalf_of=None) | ~models.Q(on_behalf_of=models.F("actor")),
                name="decision_on_behalf_of_another",
            ),
            models.CheckConstraint(
                condition=models.Q(overturns=None) | models.Q(lane="board", outcome=Outcome.APPROVE),
                name="decision_the_board_overturns",
            ),
        ]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.lane}: {self.get_outcome_display()}"

    @property
    def people(self) -> set[object]:
        """The ids of everybody for whom this decision counts: who decided, and on whose behalf."""
        return {person for person in (self.actor_id, self.on_behalf_of_id) if person}
