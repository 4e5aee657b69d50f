"""Shapes of reviews over the API."""

from typing import Any

from rest_framework import serializers

from apps.core.api import Body, CursorListing, Ordering, Shown, SubjectField
from apps.reviews import selectors
from apps.reviews.models import Decision, Outcome, RequestState, ReviewRequest


class DecisionSerializer(Shown[Decision]):
    """One reviewer's decision in one lane."""

    actor = serializers.CharField(source="actor.username")
    example = {
        "id": "0d0f5b7c-1e22-4f1c-8a5e-1f654a2c9a53", "lane": "steward", "outcome": "approve",
        "reason": "Read in full.", "actor": "steward", "content_hash": "b" * 64, "evidence_hash": "f" * 64,
        "created_at": "2026-11-21T10:00:00Z",
    }  # fmt: skip

    class Meta:
        model = Decision
        fields = ("id", "lane", "outcome", "reason", "actor", "content_hash", "evidence_hash", "created_at")


class ReviewSerializer(Shown[ReviewRequest]):
    """A review request with its decisions; decisions are bound to `content_hash`."""

    subject = serializers.CharField(help_text="What is reviewed, as `kind:id`.")
    undecided = serializers.ListField(child=serializers.CharField(), help_text="Lanes without a decision.")
    requested_by = serializers.CharField(source="requested_by.username")
    decisions = DecisionSerializer(many=True)
    example = {
        "id": "2a5e1f65-4a2c-4a53-8d0f-5b7c1e226f1c", "title": "UC-000123 Sort incoming invoices",
        "subject": "use_case:6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "gate": "G1", "state": "approved",
        "lanes": ["steward"], "undecided": [], "content_hash": "b" * 64, "requested_by": "business-owner",
        "created_at": "2026-11-21T09:45:00Z", "closed_at": "2026-11-21T10:00:00Z", "closed_reason": "Read in full.",
        "decisions": [DecisionSerializer.example],
    }  # fmt: skip

    class Meta:
        model = ReviewRequest
        fields: tuple[str, ...] = (
            "id", "title", "subject", "gate", "state", "lanes", "undecided", "content_hash", "requested_by",
            "created_at", "closed_at", "closed_reason", "decisions",
        )  # fmt: skip


class ReviewDetailSerializer(ReviewSerializer):
    """One review request with the frozen content and the evidence shown with it."""

    revision = serializers.SerializerMethodField(
        help_text="The content as submitted, as `field` and `value` in order; what the caller may not see is not named."
    )
    evidence = serializers.ListField(child=serializers.DictField())
    example = {
        **ReviewSerializer.example, "revision": [{"field": "title", "value": "Sort incoming invoices"}],
        "evidence": [], "evidence_hash": "f" * 64,
    }  # fmt: skip

    class Meta(ReviewSerializer.Meta):
        fields = (*ReviewSerializer.Meta.fields, "revision", "evidence", "evidence_hash")

    def get_revision(self, review: ReviewRequest) -> list[dict[str, Any]]:
        """What the caller may read of it."""
        return selectors.revision(review, viewer=self.context["request"].user)


class ReviewQuery(CursorListing):
    """What narrows the list of reviews."""

    ordering = Ordering("-created_at", "created_at")
    state = serializers.ChoiceField(RequestState.choices, required=False)
    subject = SubjectField(required=False, max_length=120, help_text="What is reviewed, as `kind:id`.")


class DecisionBody(Body):
    """A decision on exactly the content that the reviewer has read."""

    example = {"lane": "steward", "outcome": "approve", "reason": "Read in full.", "content_hash": "b" * 64}
    lane = serializers.CharField(max_length=40)
    outcome = serializers.ChoiceField(Outcome.choices)
    reason = serializers.CharField(help_text="Kept with the decision for good.")
    content_hash = serializers.CharField(max_length=64, help_text="The `content_hash` of the review as it was read.")

    def validate_outcome(self, value: str) -> Outcome:
        """The outcome as the service takes it."""
        return Outcome(value)
