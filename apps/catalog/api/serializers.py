"""Shapes of endpoints over the API."""

from typing import Any

from rest_framework import serializers

from apps.accounts.api.owning import OWNED_EXAMPLE, OwnedBody, TeamName
from apps.catalog.models import Endpoint, EndpointKind
from apps.core.api import Body, Listing, Ordering, Shown


class EndpointSerializer(Shown[Endpoint]):
    """A model endpoint; `key_variable` says where its key is (`env:NAME`, `file:/path`, `store:name`), never a key."""

    created_by = serializers.CharField(source="created_by.username")
    team = TeamName()
    example = {
        "slug": "local-model", "id": "5e0c9d1b-7a55-4a0e-8a35-0a6a4c3c9f10", "name": "Local model", "kind": "openai",
        "base_url": "https://models.example.org/v1/", "model_name": "small-8b",
        "key_variable": "COE_ENDPOINT_KEY_EXAMPLE", "description": "On our own machines.", "content_hash": "c" * 64,
        "created_by": "architect", "created_at": "2026-11-20T08:00:00Z", **OWNED_EXAMPLE,
    }  # fmt: skip

    class Meta:
        model = Endpoint
        fields = (
            "slug", "id", "name", "kind", "base_url", "model_name", "key_variable", "description", "content_hash",
            "team", "audience", "created_by", "created_at",
        )  # fmt: skip


class EndpointQuery(Listing):
    """What narrows the list of endpoints."""

    kind = serializers.ChoiceField(EndpointKind.choices, required=False)
    ordering = Ordering("name", "-name", "created_at", "-created_at")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name, slug or model.")


class RecordedAnswerBody(Body):
    """What a model once answered to one input."""

    input = serializers.DictField(allow_empty=False, help_text="The values of the prompt's places, by name.")
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)


class EndpointBody(OwnedBody):
    """A new endpoint. Only an `openai` endpoint has an address, only a `recorded` one has answers."""

    slug = serializers.SlugField(max_length=80)
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(EndpointKind.choices)
    base_url = serializers.CharField(max_length=500, required=False, allow_blank=True)
    model_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    key_variable = serializers.CharField(max_length=100, required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    answers = RecordedAnswerBody(many=True, required=False)
    example = {
        "slug": "local-model", "name": "Local model", "kind": "openai", "base_url": "https://models.example.org/v1/",
        "model_name": "small-8b", "key_variable": "COE_ENDPOINT_KEY_EXAMPLE", "description": "On our own machines.",
        **OWNED_EXAMPLE,
    }  # fmt: skip

    def validate_kind(self, value: str) -> EndpointKind:
        """The kind as the service takes it."""
        return EndpointKind(value)

    def validate_answers(self, value: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
        """The pairs the service takes."""
        return [(row["input"], row["text"]) for row in value]
