"""Shapes of reviews over the API."""

from typing import Any

from rest_framework import serializers

from apps.accounts import selectors as accounts
from apps.core.api import Body, CursorListing, Listing, Named, Ordering, Shown, SubjectField
from apps.core.models import Viewer
from apps.reviews import selectors
from apps.reviews.lanes import LANES
from apps.reviews.models import (
    Condition,
    ConditionState,
    Decision,
    Delegation,
    LaneStep,
    Outcome,
    RequestState,
    ReviewRequest,
)
from apps.reviews.services import ConditionAsk

_LONGEST = 4000


class DecisionSerializer(Shown[Decision]):
    """One reviewer's decision in one lane; `overturns` is the rejection that the board decided otherwise."""

    actor = serializers.CharField(source="actor.username")
    on_behalf_of = serializers.CharField(source="on_behalf_of.username", default=None, allow_null=True)
    fields_to_change = serializers.ListField(
        child=serializers.CharField(), source="fields", allow_null=True, help_text="What a wish for changes names."
    )
    example = {
        "id": "0d0f5b7c-1e22-4f1c-8a5e-1f654a2c9a53", "lane": "steward", "outcome": "approve",
        "reason": "Read in full.", "actor": "steward", "on_behalf_of": None, "content_hash": "b" * 64,
        "evidence_hash": "f" * 64, "lane_hash": "c" * 64, "rule_set": "", "fields_to_change": None, "appeal": "",
        "overturns": None, "created_at": "2026-11-21T10:00:00Z",
    }  # fmt: skip

    class Meta:
        model = Decision
        fields = (
            "id", "lane", "outcome", "reason", "actor", "on_behalf_of", "content_hash", "evidence_hash", "lane_hash",
            "rule_set", "fields_to_change", "appeal", "overturns", "created_at",
        )  # fmt: skip


class StepSerializer(Shown[LaneStep]):
    """One lane of a request: what it watches, its clock, and the decision carried over from an earlier request."""

    state = serializers.CharField(help_text="open, approved, conditional, changes, rejected, carried or voided.")
    carried_from = serializers.UUIDField(
        source="carried.request_id", default=None, allow_null=True, help_text="The request whose decision still stands."
    )
    example = {
        "lane": "steward", "state": "approved", "watches": ["Title"], "lane_hash": "c" * 64, "mandatory": True,
        "target_days": 5, "opened_at": "2026-11-21T09:45:00Z", "due_at": "2026-11-26T09:45:00Z", "via": "pool",
        "carried": None, "carried_from": None,
    }  # fmt: skip

    class Meta:
        model = LaneStep
        fields = (
            "lane", "state", "watches", "lane_hash", "mandatory", "target_days", "opened_at", "due_at", "via",
            "carried", "carried_from",
        )  # fmt: skip


class ReviewSerializer(Shown[ReviewRequest]):
    """A review request with its decisions; decisions are bound to `content_hash`."""

    subject = serializers.CharField(help_text="What is reviewed, as `kind:id`.")
    undecided = serializers.ListField(child=serializers.CharField(), help_text="Lanes without a decision.")
    requested_by = serializers.CharField(source="requested_by.username")
    decisions = DecisionSerializer(many=True)
    example = {
        "id": "2a5e1f65-4a2c-4a53-8d0f-5b7c1e226f1c", "title": "UC-000123 Sort incoming invoices",
        "subject": "use_case:6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "gate": "G1", "state": "approved",
        "lanes": ["steward"], "undecided": [], "content_hash": "b" * 64, "rule_set": "", "trigger": "",
        "requested_by": "business-owner", "created_at": "2026-11-21T09:45:00Z", "closed_at": "2026-11-21T10:00:00Z",
        "closed_reason": "Read in full.", "ended_at": None, "ended_reason": "",
        "decisions": [DecisionSerializer.example],
    }  # fmt: skip

    class Meta:
        model = ReviewRequest
        fields: tuple[str, ...] = (
            "id", "title", "subject", "gate", "state", "lanes", "undecided", "content_hash", "rule_set", "trigger",
            "requested_by", "created_at", "closed_at", "closed_reason", "ended_at", "ended_reason", "decisions",
        )  # fmt: skip


class ReviewDetailSerializer(ReviewSerializer):
    """One review request with its lane steps, the frozen content and the evidence shown with it."""

    steps = StepSerializer(many=True, source="ordered_steps")
    revision = serializers.SerializerMethodField(
        help_text="The content as submitted, as `field` and `value` in order; what the caller may not see is not named."
    )
    evidence = serializers.ListField(child=serializers.DictField())
    example = {
        **ReviewSerializer.example, "steps": [StepSerializer.example],
        "revision": [{"field": "title", "value": "Sort incoming invoices"}], "evidence": [], "evidence_hash": "f" * 64,
    }  # fmt: skip

    class Meta(ReviewSerializer.Meta):
        fields = (*ReviewSerializer.Meta.fields, "steps", "revision", "evidence", "evidence_hash")

    def get_revision(self, review: ReviewRequest) -> list[dict[str, Any]]:
        """What the caller may read of it."""
        return selectors.revision(review, viewer=self.context["request"].user)


class ReviewQuery(CursorListing):
    """What narrows the list of reviews."""

    ordering = Ordering("-created_at", "created_at")
    state = serializers.ChoiceField(RequestState.choices, required=False)
    subject = SubjectField(required=False, max_length=120, help_text="What is reviewed, as `kind:id`.")
    gate = serializers.CharField(required=False, max_length=20, help_text="Such as `G2`.")
    lane = serializers.ChoiceField(list(LANES), required=False, help_text="A lane that must decide yet.")
    waits_for_me = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether the caller may decide now; programs never may."
    )
    overdue = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether the time of a lane that must decide yet is over."
    )


class ConditionBody(Body):
    """One condition of an approval."""

    example = {
        "text": "Train the clerks.", "owner": "business-owner", "due_on": "2026-12-31", "blocking": True,
        "verifier": "steward", "wanted": "The list of who was trained.",
    }  # fmt: skip
    text = serializers.CharField(max_length=_LONGEST, help_text="What must be done.")
    owner = Named(accounts.person, help_text="Who owes it.")
    due_on = serializers.DateField(help_text="The last day, in UTC.")
    blocking = serializers.BooleanField(help_text="Overdue, it takes the approval's effect away.")
    verifier = Named(accounts.person, help_text="Who looks whether it was done; never its owner.")
    wanted = serializers.CharField(max_length=_LONGEST, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> Any:
        """The condition as the service takes it."""
        return ConditionAsk(**attrs)


class DecisionBody(Body):
    """A decision on exactly the content that the reviewer has read."""

    example = {"lane": "steward", "outcome": "approve", "reason": "Read in full.", "content_hash": "b" * 64}
    lane = serializers.CharField(max_length=40)
    outcome = serializers.ChoiceField(Outcome.choices)
    reason = serializers.CharField(max_length=_LONGEST, help_text="Kept with the decision for good.")
    content_hash = serializers.CharField(max_length=64, help_text="The `content_hash` of the review as it was read.")
    on_behalf_of = Named(
        accounts.person, required=False, allow_null=True, help_text="Who delegated the lane to the caller."
    )
    fields_to_change = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=100, source="fields",
        help_text="Where changes are requested: which fields of the revision, at least one.",
    )  # fmt: skip
    conditions = ConditionBody(
        many=True, required=False, help_text="Where it is approved with conditions: at least one."
    )
    appeal = serializers.CharField(
        max_length=_LONGEST, required=False, help_text="Where it is rejected: where that can be questioned."
    )

    def validate_outcome(self, value: str) -> Outcome:
        """The outcome as the service takes it."""
        return Outcome(value)


class ReasonBody(Body):
    """Why."""

    example = {"reason": "It was shown to be unsafe."}
    reason = serializers.CharField(max_length=_LONGEST, help_text="Kept for good.")


class ConditionSerializer(Shown[Condition]):
    """A condition of an approval, what was handed in, and what came of it."""

    review = serializers.UUIDField(source="decision.request_id")
    lane = serializers.CharField(source="decision.lane")
    state = serializers.CharField(help_text="open, handed_in, verified or refused.")
    owner = serializers.CharField(source="owner.username")
    verifier = serializers.CharField(source="verifier.username")
    example = {
        "id": "7b0f5b7c-1e22-4f1c-8a5e-1f654a2c9a53", "review": "2a5e1f65-4a2c-4a53-8d0f-5b7c1e226f1c",
        "lane": "security", "text": "Train the clerks.", "owner": "business-owner", "due_on": "2026-12-31",
        "blocking": True, "wanted": "The list of who was trained.", "verifier": "steward", "state": "handed_in",
        "evidence": "Attached to UC-000123.", "handed_in_at": "2026-12-01T09:00:00Z", "verified_at": None,
        "verdict": "", "created_at": "2026-11-21T10:00:00Z",
    }  # fmt: skip

    class Meta:
        model = Condition
        fields = (
            "id", "review", "lane", "text", "owner", "due_on", "blocking", "wanted", "verifier", "state", "evidence",
            "handed_in_at", "verified_at", "verdict", "created_at",
        )  # fmt: skip


def _person_or_me(name: str, *, viewer: Viewer) -> Any:
    """A person by user name, or the caller."""
    return viewer if name == "me" else accounts.person(name, viewer=viewer)


class ConditionQuery(CursorListing):
    """What narrows the list of conditions."""

    ordering = Ordering("due_on", "-due_on", "-created_at")
    review = serializers.UUIDField(required=False, help_text="Of one review, with those carried over into it.")
    subject = SubjectField(required=False, max_length=120, help_text="Of all reviews of this thing, as `kind:id`.")
    owner = Named(_person_or_me, required=False, help_text="Who owes them: a user name, or `me`.")
    verifier = Named(_person_or_me, required=False, help_text="Who verifies them: a user name, or `me`.")
    state = serializers.ChoiceField(ConditionState.choices, required=False)
    overdue = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether the last day is over and nobody has verified it."
    )


class EvidenceBody(Body):
    """What is handed in."""

    example = {"evidence": "Everybody was trained; the list is attached to the case."}
    evidence = serializers.CharField(max_length=_LONGEST)


class VerdictBody(Body):
    """What the verifier makes of it."""

    example = {"accepted": False, "reason": "Two clerks are missing."}
    accepted = serializers.BooleanField()
    reason = serializers.CharField(
        max_length=_LONGEST, required=False, default="", allow_blank=True, help_text="Needed where it is refused."
    )


class DelegationSerializer(Shown[Delegation]):
    """Who decides for whom in which lane, and on which days."""

    delegator = serializers.CharField(source="delegator.username")
    delegate = serializers.CharField(source="delegate.username")
    example = {
        "id": "8c0f5b7c-1e22-4f1c-8a5e-1f654a2c9a53", "lane": "security", "delegator": "reviewer",
        "delegate": "architect", "starts_on": "2026-12-20", "ends_on": "2027-01-06", "reason": "On leave.",
        "ended_at": None, "created_at": "2026-11-21T10:00:00Z",
    }  # fmt: skip

    class Meta:
        model = Delegation
        fields = ("id", "lane", "delegator", "delegate", "starts_on", "ends_on", "reason", "ended_at", "created_at")


class DelegationQuery(Listing):
    """The list of delegations has no parameters but its pages."""


class DelegationBody(Body):
    """A delegation by the caller."""

    example = {
        "lane": "security", "to": "architect", "starts_on": "2026-12-20", "ends_on": "2027-01-06",
        "reason": "On leave.",
    }  # fmt: skip
    lane = serializers.ChoiceField([(key, lane.title) for key, lane in LANES.items()])
    to = Named(accounts.person, help_text="Who decides for the caller.")
    starts_on = serializers.DateField(help_text="The first day, in UTC.")
    ends_on = serializers.DateField(help_text="The last day, in UTC.")
    reason = serializers.CharField(max_length=500)
