"""Shapes of claims over the API."""

from rest_framework import serializers

from apps.core.api import CursorListing, Ordering, Shown, SubjectField
from apps.evidence.models import Claim, Verdict


class ClaimSerializer(Shown[Claim]):
    """One claim about `subject`, made by `source`, for exactly the content with `content_hash`."""

    subject = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField()  # type: ignore[assignment]  # DRF takes fields out of the class
    facts = serializers.DictField()
    example = {
        "id": "7c0e0c35-4a55-4a35-8a4c-3c9f10013c1d", "subject": "use_case:6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22",
        "name": "evaluation.passed", "verdict": "passed",
        "source": "evaluation_run:9a53c1d7-c0e0-4c35-9a55-8a356a4c3c9f", "content_hash": "d" * 64,
        "summary": "1203 of 1319 right", "facts": {"threshold": "0.800"}, "created_at": "2026-11-21T09:40:00Z",
        "valid_until": "2027-05-20T09:40:00Z",
    }  # fmt: skip

    class Meta:
        model = Claim
        fields = (
            "id", "subject", "name", "verdict", "source", "content_hash", "summary", "facts", "created_at",
            "valid_until",
        )  # fmt: skip

    def get_subject(self, claim: Claim) -> str:
        """What the claim is about, as `kind:id`."""
        return f"{claim.subject_kind}:{claim.subject_id}"

    def get_source(self, claim: Claim) -> str:
        """What made the claim, as `kind:id`."""
        return f"{claim.source_kind}:{claim.source_id}"


class ClaimQuery(CursorListing):
    """What narrows the list of claims."""

    ordering = Ordering("-created_at", "created_at")
    subject = SubjectField(required=False, max_length=120, help_text="What the claim is about, as `kind:id`.")
    verdict = serializers.ChoiceField(Verdict.choices, required=False)
