"""The steps of a request: one a lane, with what it watches and its clock."""

from datetime import datetime, timedelta
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.registry import tracked
from apps.core.models import BaseModel, Viewer
from apps.reviews.models.decisions import Decision
from apps.reviews.models.requests import Outcome, ReviewRequest


class StepState(models.TextChoices):
    """Where one lane stands; derived, stored nowhere."""

    OPEN = "open", "Waiting"
    APPROVED = "approved", "Approved"
    CONDITIONAL = "conditional", "Approved with conditions"
    CHANGES = "changes", "Changes requested"
    REJECTED = "rejected", "Rejected"
    CARRIED = "carried", "Carried over"
    VOIDED = "voided", "Not decided"


class Via(models.TextChoices):
    """Whose turn a step is: the lane's people, or whoever stands in where none of them may decide."""

    POOL = "pool", "the lane's people"
    HEAD = "head", "the lane's head"
    STEWARD = "steward", "the stewards"
    NOBODY = "nobody", "nobody: an administrator must give somebody the role"


_STATES = {
    Outcome.APPROVE: StepState.APPROVED,
    Outcome.APPROVE_WITH_CONDITIONS: StepState.CONDITIONAL,
    Outcome.REQUEST_CHANGES: StepState.CHANGES,
    Outcome.REJECT: StepState.REJECTED,
}


class LaneStepQuerySet(models.QuerySet["LaneStep"]):
    """Steps, which are seen by whoever sees their request."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to steps of requests about what `user` may see."""
        return self.filter(request__in=ReviewRequest.objects.visible_to(user))


@tracked()
class LaneStep(BaseModel):
    """One lane of one request: what it watches, how long it should take, and a decision carried over, if any.

    `watches` names fields of the revision, none for all of it; `lane_hash` is the SHA-256 of just those. `spent` is
    what the lane had used before it was asked again or the board reopened the request, so `due_at` is `target_days`
    after `opened_at`, less that.
    """

    request = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="steps")
    lane = models.CharField(max_length=40)
    watches = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    lane_hash = models.CharField(max_length=64)
    mandatory = models.BooleanField(default=True)
    target_days = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    spent = models.DurationField(default=timedelta)
    due_at = models.DateTimeField()
    via = models.CharField(max_length=10, choices=Via.choices, default=Via.POOL)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    carried = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="carried_by")

    objects = LaneStepQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(fields=["request", "lane"], name="step_once_per_lane"),
            models.CheckConstraint(condition=models.Q(via__in=Via.values), name="step_via_known"),
            models.CheckConstraint(condition=models.Q(target_days__gte=1), name="step_takes_a_day_at_least"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "request", "lane", "watches", "lane_hash", "mandatory", "target_days", "carried",
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.lane} of {self.request_id}"

    @property
    def decision(self) -> Decision | None:
        """What was decided here: in this request, or carried over from an earlier one.

        The board's overturning of another lane is its decision where it made none of its own.
        """
        if self.carried_id:
            return self.carried
        here = [row for row in self.request.decisions.all() if row.lane == self.lane]
        return next((row for row in here if not row.overturns_id), here[-1] if here else None)

    @property
    def state(self) -> StepState:
        """Where the lane stands, from its decision and its request."""
        if self.carried_id:
            return StepState.CARRIED
        if (decision := self.decision) is not None:
            return _STATES[Outcome(decision.outcome)]
        return StepState.OPEN if self.request.is_open else StepState.VOIDED

    def used(self, *, until: datetime) -> timedelta:
        """How much time the lane has used by then, what it used before it was asked again included."""
        return self.spent + max(until - self.opened_at, timedelta(0))

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state == StepState.OPEN
