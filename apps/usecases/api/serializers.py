"""Shapes of use cases over the API. People are named by user name, units by path, pinned things by slug."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts import selectors as accounts
from apps.accounts.api.owning import OWNED_EXAMPLE, OwnedBody, TeamName
from apps.catalog import selectors as catalog
from apps.core.api import Body, ChangeBody, CursorListing, Named, Ordering, Shown
from apps.evidence.models import Claim
from apps.prompts import selectors as prompts
from apps.reviews.models import ReviewRequest
from apps.usecases import selectors
from apps.usecases.models import Stage, Standing, Tier, TopicArea, UseCase


class UseCaseSerializer(Shown[UseCase]):
    """A case as lists show it."""

    ref = serializers.CharField(help_text="The readable, unchangeable name, such as `UC-000123`.")
    owner = serializers.CharField(source="owner.username")
    sponsor = serializers.CharField(source="sponsor.username", allow_null=True)
    business_unit = serializers.CharField(source="business_unit.path")
    team = TeamName()
    standing = serializers.ChoiceField(Standing.choices, help_text="Derived from review decisions, never stored.")
    tier = serializers.ChoiceField(Tier.choices, source="effective_tier", help_text="The risk tier that counts.")
    example = {
        "ref": "UC-000123", "id": "6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "title": "Sort incoming invoices",
        "stage": "DISCOVER", "standing": "UNREVIEWED", "owner": "business-owner", "sponsor": None,
        "business_unit": "Operations", "topic_area": "internal", "topic_other": "", "tier": "STANDARD",
        "tier_provisional": False, "version": 1,
        "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", **OWNED_EXAMPLE,
    }  # fmt: skip

    class Meta:
        model = UseCase
        fields: tuple[str, ...] = (
            "ref", "id", "title", "stage", "standing", "owner", "sponsor", "business_unit", "topic_area",
            "topic_other", "tier", "tier_provisional", "team", "audience", "version", "created_at", "updated_at",
        )  # fmt: skip


class CountingClaim(Shown[Claim]):
    """A claim that counts for the next gate now."""

    class Meta:
        model = Claim
        fields = ("id", "name", "verdict", "summary", "created_at", "valid_until")


class GateSerializer(serializers.Serializer[selectors.GateReport]):
    """The next gate, where it leads (null: nowhere), the lanes, the claims that count now, and what is missing."""

    key = serializers.CharField(source="gate.key")
    to = serializers.ChoiceField(Stage.choices, source="gate.to", allow_null=True)
    lanes = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())
    claims = CountingClaim(many=True)


class UseCaseDetailSerializer(UseCaseSerializer):
    """One case with what it pins and its gate report; `gate` is null at the last stage."""

    prompt_version = serializers.SerializerMethodField()
    endpoint = serializers.SerializerMethodField()
    hidden_pins = serializers.SerializerMethodField(
        help_text="What is pinned although it is shown as null: the caller may not see it."
    )
    subject = serializers.CharField(help_text="What claims, reviews and audit events call this case.")
    gate = serializers.SerializerMethodField()
    example = {
        **UseCaseSerializer.example, "purpose": "Clerks sort by hand; sorting by machine saves them time.",
        "why_new": "",
        "prompt_version": None, "endpoint": None, "hidden_pins": [],
        "subject": "use_case:6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "content_hash": "b" * 64,
        "configuration_hash": "d" * 64,
        "gate": {"key": "G1", "to": "PLAY", "lanes": ["steward"], "missing": [], "claims": []},
    }  # fmt: skip

    class Meta(UseCaseSerializer.Meta):
        fields = (
            *UseCaseSerializer.Meta.fields, "purpose", "why_new", "prompt_version", "endpoint", "hidden_pins",
            "subject", "content_hash", "configuration_hash", "gate",
        )  # fmt: skip

    def get_prompt_version(self, case: UseCase) -> str | None:
        """Its reference."""
        version = selectors.pins(case).prompt_version
        return version.ref if version else None

    def get_endpoint(self, case: UseCase) -> str | None:
        """Its short name."""
        endpoint = selectors.pins(case).endpoint
        return endpoint.slug if endpoint else None

    def get_hidden_pins(self, case: UseCase) -> list[str]:
        """The fields' names."""
        return selectors.pins(case).hidden

    @extend_schema_field(GateSerializer(allow_null=True))
    def get_gate(self, case: UseCase) -> Any:
        """The gate report as of now."""
        report = selectors.gate_report(case, on=timezone.now(), tier=Tier(case.effective_tier))
        return GateSerializer(report).data if report.gate else None


class SubmittedReviewSerializer(Shown[ReviewRequest]):
    """The review that a submission opened; `content_hash` is what its decisions are bound to."""

    example = {
        "id": "2a5e1f65-4a2c-4a53-8d0f-5b7c1e226f1c", "gate": "G1", "state": "in_review", "lanes": ["steward"],
        "content_hash": "b" * 64, "created_at": "2026-11-21T09:45:00Z",
    }  # fmt: skip

    class Meta:
        model = ReviewRequest
        fields = ("id", "gate", "state", "lanes", "content_hash", "created_at")


class UseCaseQuery(CursorListing):
    """What narrows the list of cases."""

    ordering = Ordering("-created_at", "created_at", "-updated_at", "title", "-title")
    stage = serializers.ChoiceField(Stage.choices, required=False)
    standing = serializers.ChoiceField(Standing.choices, required=False)
    tier = serializers.ChoiceField(Tier.choices, required=False, help_text="The risk tier that counts.")
    tier_provisional = serializers.BooleanField(required=False, allow_null=True)
    owner = Named(accounts.person, required=False, help_text="A user name.")
    business_unit = Named(accounts.unit, required=False, max_length=600, help_text="A path, that unit alone.")
    topic_area = serializers.ChoiceField(TopicArea.choices, required=False)
    q = serializers.CharField(required=False, max_length=400, help_text="A reference, or words of title or purpose.")


class _UseCaseFields(Body):
    """What a case says of itself."""

    title = serializers.CharField(max_length=400)
    purpose = serializers.CharField(help_text="What is hard today, for whom, and what gets better.")
    owner = Named(accounts.person, required=False, help_text="A user name.")
    sponsor = Named(accounts.person, required=False, allow_null=True, help_text="A user name.")
    business_unit = Named(accounts.unit, max_length=600, help_text="A path, such as `Agency / Bureau`.")
    topic_area = serializers.ChoiceField(TopicArea.choices)
    topic_other = serializers.CharField(max_length=500, required=False, allow_blank=True)
    why_new = serializers.CharField(
        max_length=2_000, required=False, allow_blank=True, help_text="What is different from the cases much like it."
    )
    prompt_version = Named(prompts.version, required=False, allow_null=True, help_text="`slug@3`, or by a label.")
    endpoint = Named(catalog.endpoint, required=False, allow_null=True, help_text="An endpoint's slug.")


class UseCaseBody(OwnedBody, _UseCaseFields):
    """A new case at DISCOVER. Without `owner` the person who calls owns it; a program names one.

    Where there are cases much like it, `why_new` is asked: 422 names them.
    """

    example = {
        "title": "Sort incoming invoices", "purpose": "Clerks sort by hand; sorting by machine saves them time.",
        "business_unit": "Operations", "topic_area": "internal", **OWNED_EXAMPLE,
    }  # fmt: skip


class UseCaseEditBody(ChangeBody, _UseCaseFields):
    """The fields to change."""

    example = {"title": "Sort and pay incoming invoices", "sponsor": None}
