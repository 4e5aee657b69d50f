"""Shapes of claims over the API."""

from rest_framework import serializers

from apps.core.api import Listing, Shown, SubjectField
from apps.evidence.models import Claim, Verdict


class ClaimSerializer(Shown[Claim]):
    """One claim about `subject`, made by `source`, for exactly the content with `content_hash`."""

    subject = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField()  # type: ignore[assignment]  # DRF takes fields out of the class
    facts = serializers.DictField()

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


class ClaimQuery(Listing):
    """What narrows the list of claims."""

    subject = SubjectField(required=False, max_length=120, help_text="What the claim is about, as `kind:id`.")
    verdict = serializers.ChoiceField(Verdict.choices, required=False)
