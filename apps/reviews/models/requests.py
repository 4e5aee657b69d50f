"""Review requests over a frozen revision."""

from datetime import datetime
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import SubjectQuerySet
from apps.audit.registry import tracked
from apps.core.models import BaseModel, Viewer
from apps.core.refs import Ref
from apps.reviews import subjects

if TYPE_CHECKING:
    from apps.reviews.models.steps import LaneStep


class RequestState(models.TextChoices):
    """The fold of a request's decisions, and what became of its approval; only IN_REVIEW is open."""

    IN_REVIEW = "in_review", "In review"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    APPROVED = "approved", "Approved"
    APPROVED_WITH_CONDITIONS = "approved_conditions", "Approved with conditions"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    VOIDED = "voided", "Voided"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"
    REVOKED = "revoked", "Revoked"


APPROVALS = (RequestState.APPROVED.value, RequestState.APPROVED_WITH_CONDITIONS.value)
# What an approval may still become.
_ENDS = (RequestState.EXPIRED.value, RequestState.SUPERSEDED.value, RequestState.REVOKED.value)
_CLOSED = tuple(state for state in RequestState.values if state not in (RequestState.IN_REVIEW, *_ENDS))


class Outcome(models.TextChoices):
    """What a reviewer may decide."""

    APPROVE = "approve", "Approve"
    APPROVE_WITH_CONDITIONS = "approve_conditions", "Approve with conditions"
    REQUEST_CHANGES = "request_changes", "Request changes"
    REJECT = "reject", "Reject"


class ReviewRequestQuerySet(SubjectQuerySet["ReviewRequest"]):
    """Requests, which are seen by whoever sees what is reviewed."""

    def kinds(self) -> list[str]:
        """What can be reviewed."""
        return subjects.kinds()


@tracked(without=("revision", "evidence"))
class ReviewRequest(BaseModel):
    """A request to decide on exactly `revision`, whose canonical bytes have the SHA-256 `content_hash`.

    `revision` lists `{"field", "value"}` in reading order, `evidence` the claims shown with it; both stay as submitted.
    `lanes` keeps the order of its steps. `barred` holds the ids of people who may not decide (they made, own or sponsor
    what is reviewed). `trigger` says why the portal asks again, "" where a person asked.
    """

    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    title = models.CharField(max_length=450)
    gate = models.CharField(max_length=20)
    revision = models.JSONField()
    content_hash = models.CharField(max_length=64)
    evidence = models.JSONField(default=list)
    evidence_hash = models.CharField(max_length=64)
    lanes = ArrayField(models.CharField(max_length=40))
    barred = ArrayField(models.UUIDField())
    rule_set = models.CharField(max_length=40, blank=True, db_default="")
    trigger = models.CharField(max_length=500, blank=True, db_default="")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.IN_REVIEW)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=500, blank=True)
    # When and why an approval stopped to count: expired, superseded, revoked.
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=500, blank=True, db_default="")

    objects = ReviewRequestQuerySet.as_manager()

    # Set by the review desk alone, whose columns are told nothing but the row.
    viewer: Viewer
    # Annotated by selectors.waiting_for, and present only on requests that came from there.
    turn_due: datetime | None

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-created_at"], name="review_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=models.Q(state=RequestState.IN_REVIEW),
                name="review_one_open_per_subject",
            ),
            models.CheckConstraint(condition=models.Q(state__in=RequestState.values), name="review_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=RequestState.IN_REVIEW, closed_at__isnull=True)
                | (~models.Q(state=RequestState.IN_REVIEW) & models.Q(closed_at__isnull=False)),
                name="review_closed_iff_not_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=_ENDS, ended_at__isnull=False)
                | (~models.Q(state__in=_ENDS) & models.Q(ended_at__isnull=True)),
                name="review_ended_iff_it_counts_no_more",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            # An open request closes once; a closed one opens again, or is approved, only where the board overturns a
            # rejection. An approval may end.
            pgtrigger.FSM(
                name="closes_once",
                field="state",
                transitions=[
                    *((RequestState.IN_REVIEW.value, state) for state in _CLOSED),
                    *((RequestState.REJECTED.value, state) for state in (RequestState.IN_REVIEW.value, *APPROVALS)),
                    *((approved, end) for approved in APPROVALS for end in _ENDS),
                ],
            ),
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "subject_kind", "subject_id", "gate", "revision", "content_hash", "evidence",
                    "evidence_hash", "lanes", "barred", "requested_by", "rule_set", "trigger",
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} ({self.gate})"

    @property
    def subject(self) -> Ref:
        """What is reviewed."""
        return Ref(self.subject_kind, self.subject_id)

    @property
    def is_open(self) -> bool:
        """Whether decisions are still taken."""
        return self.state == RequestState.IN_REVIEW

    @property
    def is_approved(self) -> bool:
        """Whether it was approved, with conditions or without, and still counts."""
        return self.state in APPROVALS

    @property
    def undecided(self) -> list[str]:
        """The lanes with neither a decision nor one carried over, in the request's order."""
        settled = {decision.lane for decision in self.decisions.all()}
        settled |= {step.lane for step in self.steps.all() if step.carried_id}
        return [lane for lane in self.lanes if lane not in settled]

    @property
    def ordered_steps(self) -> list["LaneStep"]:
        """The lane steps in the request's order."""
        places = {lane: place for place, lane in enumerate(self.lanes)}
        return sorted(self.steps.all(), key=lambda step: places.get(step.lane, len(places)))
