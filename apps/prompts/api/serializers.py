"""Shapes of prompts over the API. A version is called `slug@3`, or `slug@production` by a label."""

from rest_framework import serializers

from apps.accounts.api.owning import OWNED_EXAMPLE, OwnedBody, TeamName
from apps.core.api import Body, Listing, Ordering, Shown
from apps.prompts import rules
from apps.prompts.models import Prompt, PromptVersion


class PromptVersionSerializer(Shown[PromptVersion]):
    """One unchangeable version."""

    ref = serializers.CharField(help_text="What other requests call this version, such as `triage@3`.")
    places = serializers.SerializerMethodField(help_text="The names that its texts want filled.")
    created_by = serializers.CharField(source="created_by.username")
    example = {
        "ref": "invoice-arithmetic@1", "id": "1f654a2c-9a53-4d0f-8b7c-1e226f1c2a5e", "number": 1,
        "system": "You add up invoices.", "user": "{{question}}", "places": ["question"], "note": "First version",
        "content_hash": "e" * 64, "created_by": "ai-engineer", "created_at": "2026-11-20T08:00:00Z",
    }  # fmt: skip

    class Meta:
        model = PromptVersion
        fields = (
            "ref", "id", "number", "system", "user", "places", "note", "content_hash", "created_by", "created_at",
        )  # fmt: skip

    def get_places(self, version: PromptVersion) -> list[str]:
        """The names, sorted."""
        return sorted(rules.variables(version.system) | rules.variables(version.user))


class PromptSerializer(Shown[Prompt]):
    """A prompt; `latest` and `production` are version numbers."""

    latest = serializers.IntegerField()
    production = serializers.IntegerField(allow_null=True)
    team = TeamName()
    labels = serializers.SerializerMethodField(help_text="The number of the version that carries each label.")
    example = {
        "slug": "invoice-arithmetic", "id": "4a2c9a53-0d0f-4b7c-9e22-6f1c2a5e1f65", "name": "Invoice arithmetic",
        "description": "Adds up the lines of an invoice.", "latest": 3, "production": 1, "labels": {"production": 1},
        "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z", **OWNED_EXAMPLE,
    }  # fmt: skip

    class Meta:
        model = Prompt
        fields = (
            "slug", "id", "name", "description", "team", "audience", "latest", "production", "labels", "created_at",
            "updated_at",
        )  # fmt: skip

    def get_labels(self, prompt: Prompt) -> dict[str, int]:
        """Version number by label."""
        return {label.name: label.version.number for label in prompt.labels.all()}


class PromptQuery(Listing):
    """What narrows the list of prompts."""

    ordering = Ordering("name", "-name", "created_at", "-created_at")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name or slug.")


class VersionQuery(Listing):
    """The order of versions."""

    ordering = Ordering("-number", "number")


class VersionBody(Body):
    """The texts of a further version."""

    example = {"system": "You add up invoices.", "user": "Add up: {{question}}", "note": "Clearer words."}
    system = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, default="")
    user = serializers.CharField(trim_whitespace=False, help_text="Write `{{name}}` where a value goes.")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class PromptBody(OwnedBody):
    """A new prompt with its first version."""

    example = {
        "slug": "invoice-arithmetic", "name": "Invoice arithmetic", "description": "Adds up the lines of an invoice.",
        "system": "You add up invoices.", "user": "{{question}}", **OWNED_EXAMPLE,
    }  # fmt: skip
    slug = serializers.SlugField(max_length=80)
    name = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    system = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, default="")
    user = serializers.CharField(trim_whitespace=False, help_text="Write `{{name}}` where a value goes.")


class LabelBody(Body):
    """Where a label is to point."""

    example = {"version": 1}
    version = serializers.IntegerField(min_value=1, max_value=999_999_999, help_text="A version number of the prompt.")
