"""Shapes around a case over the API: who would decide, what was let through, who would join, what happened."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core import timeline
from apps.core.api import Body, Query, Shown
from apps.reviews.models import BreakGlass, Via
from apps.reviews.selectors import RouteStep
from apps.usecases import selectors
from apps.usecases.api.serializers import GateSerializer
from apps.usecases.models import Stage
from apps.usecases.services import LONGEST_REQUEST

_LONGEST = 4000
_PAIRS = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class RouteQuery(Query):
    """Which way is asked about."""

    retire = serializers.BooleanField(default=False, help_text="The way through the gate that ends the case.")


class RouteStepSerializer(serializers.Serializer[RouteStep]):
    """One lane of the way ahead."""

    lane = serializers.CharField()
    people = serializers.SerializerMethodField(help_text="Who may decide in it now, by user name.")
    via = serializers.ChoiceField(Via.choices, help_text="Why it is they: the lane's people, or who stands in.")
    days_expected = serializers.IntegerField(help_text="As past decisions took, or the target where there are none.")
    target_days = serializers.IntegerField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_people(self, step: RouteStep) -> list[str]:
        """Their user names."""
        return [person.username for person in step.people]


class RouteSerializer(serializers.Serializer[selectors.Route]):
    """The gate with what it still needs, and its lanes, which decide side by side; null and none at the end."""

    gate = serializers.SerializerMethodField()
    steps = RouteStepSerializer(many=True)
    example = {
        "gate": {"key": "G1", "to": "PLAY", "lanes": ["steward"], "missing": [], "claims": []},
        "steps": [
            {"lane": "steward", "people": ["reviewer"], "via": "pool", "days_expected": 3, "target_days": 5},
        ],
    }  # fmt: skip

    @extend_schema_field(GateSerializer(allow_null=True))
    def get_gate(self, route: selectors.Route) -> Any:
        """The gate report as of now."""
        return GateSerializer(route.report).data if route.report.gate else None


class StageBody(Body):
    """The stage of an imported case, and how one knows."""

    stage = serializers.ChoiceField(Stage.choices)
    reason = serializers.CharField(max_length=_LONGEST, help_text="Kept for good.")
    example = {"stage": "PLAY", "reason": "They pilot it since May."}


class GlassBody(Body):
    """Why it cannot wait for its review."""

    reason = serializers.CharField(max_length=_LONGEST, help_text="Kept for good; the auditors read it at once.")
    example = {"reason": "The old service ends tonight."}


class GlassSerializer(Shown[BreakGlass]):
    """A case let through before its review: until when, for exactly which content, and the review that follows."""

    used_by = serializers.CharField(source="used_by.username")
    review = serializers.UUIDField(source="request_id")
    example = {
        "id": "4c9d1f0e-52a7-4b1c-8f37-6a4b0c2d9e11", "gate": "G1", "content_hash": "b" * 64,
        "reason": "The old service ends tonight.", "used_by": "business-owner", "expires_at": "2026-11-24T09:45:00Z",
        "review": "2a5e1f65-4a2c-4a53-8d0f-5b7c1e226f1c",
    }  # fmt: skip

    class Meta:
        model = BreakGlass
        fields = ("id", "gate", "content_hash", "reason", "used_by", "expires_at", "review")


class JoinBody(Body):
    """What is said to the owner of a case that somebody would join."""

    words = serializers.CharField(
        max_length=LONGEST_REQUEST, required=False, default="", allow_blank=True, help_text="What one would do there."
    )
    example = {"words": "I know the invoices."}


class TimelineQuery(Query):
    """What narrows a timeline."""

    only = serializers.ChoiceField(list(timeline.SOURCES), required=False, help_text="What to tell of, all without.")


class MomentSerializer(serializers.Serializer[timeline.Moment]):
    """One thing that happened."""

    at = serializers.DateTimeField()
    source = serializers.ChoiceField(list(timeline.SOURCES))  # type: ignore[assignment]  # DRF takes fields out of the class
    sentence = serializers.CharField(help_text="What happened, in words.")
    actor = serializers.CharField(help_text="Who did it, as people are called here.")
    facts = serializers.SerializerMethodField(help_text="`label` and `value` of each.")
    html = serializers.CharField(help_text="The words of a comment, as safe HTML.")

    @extend_schema_field(_PAIRS)
    def get_facts(self, moment: timeline.Moment) -> list[dict[str, str]]:
        """What is told of it, the short first."""
        told = (*moment.facts, *moment.details)
        return [{"label": str(label), "value": str(value)} for label, value in told]


class TimelineSerializer(serializers.Serializer[timeline.Timeline]):
    """What happened to a case, newest first: the latest 200 at most; the audit events tell all."""

    moments = MomentSerializer(many=True)
    example = {
        "moments": [
            {
                "at": "2026-11-21T09:45:00Z", "source": "reviews", "sentence": "Review requested",
                "actor": "Demo business owner", "facts": [{"label": "Gate", "value": "G1"}], "html": "",
            }
        ]
    }  # fmt: skip
