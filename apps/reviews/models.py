"""Review requests over a frozen revision, and the insert-only decisions on them."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import SubjectQuerySet
from apps.audit.registry import tracked
from apps.core import triggers
from apps.core.models import BaseModel, Viewer
from apps.core.refs import Ref
from apps.reviews import subjects


class RequestState(models.TextChoices):
    """The fold of a request's decisions; only IN_REVIEW is open."""

    IN_REVIEW = "in_review", "In review"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    VOIDED = "voided", "Voided"


class Outcome(models.TextChoices):
    """What a reviewer may decide."""

    APPROVE = "approve", "Approve"
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
    `barred` holds the ids of people who may not decide (they made, own or sponsor what is reviewed).
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
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.IN_REVIEW)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=500, blank=True)

    objects = ReviewRequestQuerySet.as_manager()

    # Set by the review desk alone, whose columns are told nothing but the row.
    viewer: Viewer

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
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            # An open request closes once; a closed one never opens again.
            pgtrigger.FSM(
                name="closes_once",
                field="state",
                transitions=[
                    (RequestState.IN_REVIEW.value, state.value)
                    for state in RequestState
                    if state != RequestState.IN_REVIEW
                ],
            ),
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "subject_kind", "subject_id", "gate", "revision", "content_hash", "evidence",
                    "evidence_hash", "lanes", "barred", "requested_by",
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
    def undecided(self) -> list[str]:
        """The lanes without a decision, in the request's order."""
        decided = {decision.lane for decision in self.decisions.all()}
        return [lane for lane in self.lanes if lane not in decided]


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions, which are seen by whoever sees their request."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to decisions on what `user` may see."""
        return self.filter(request__in=ReviewRequest.objects.visible_to(user))


@tracked()
class Decision(BaseModel):
    """One reviewer's decision in one lane on one exact content. Never changed, never deleted."""

    request = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="decisions")
    lane = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    reason = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64)
    evidence_hash = models.CharField(max_length=64)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["request", "lane"], name="decision_once_per_lane"),
            models.UniqueConstraint(fields=["request", "actor"], name="decision_once_per_person"),
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="decision_outcome_known"),
        ]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.lane}: {self.get_outcome_display()}"
