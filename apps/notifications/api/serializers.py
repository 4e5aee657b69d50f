"""Shapes of webhooks, channels and their messages over the API. Secrets are in no shape but `CreatedSerializer`."""

from typing import Any

from rest_framework import serializers

from apps.accounts import selectors as accounts
from apps.core.api import Body, ChangeBody, CursorListing, Listing, Named, Ordering, Shown
from apps.notifications.events import PUBLIC
from apps.notifications.models import Delivery, DeliveryState, WebhookEndpoint, WebhookKind, WebhookSecret

EVENT_CHOICES = [(name, name) for name in PUBLIC]
_ID = "6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22"


class SecretSerializer(Shown[WebhookSecret]):
    """One signing secret, known by its last characters."""

    example = {"id": _ID, "ending": "x9Qk", "created_at": "2026-11-21T09:30:00Z"}

    class Meta:
        model = WebhookSecret
        fields = ("id", "ending", "created_at")


class WebhookSerializer(Shown[WebhookEndpoint]):
    """A webhook or channel; of a channel `address` is the origin alone, since the rest is a secret."""

    team = serializers.CharField(source="team.name", allow_null=True, help_text="Null for the whole organisation.")
    created_by = serializers.CharField(source="created_by.username")
    on = serializers.BooleanField(source="is_on", help_text="Whether anything is sent there.")
    secrets = SecretSerializer(many=True)
    example = {
        "id": _ID, "name": "Registry of the bank", "kind": "signed", "team": "Invoices",
        "address": "https://registry.example.org/hooks", "events": ["review.decided", "use_case.changed"], "version": 1,
        "on": True, "disabled_reason": "", "failing_since": None, "secrets": [SecretSerializer.example],
        "created_by": "ai-engineer", "created_at": "2026-11-21T09:30:00Z",
    }  # fmt: skip

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = (
            "id", "name", "kind", "team", "address", "events", "version", "on", "disabled_reason", "failing_since",
            "secrets", "created_by", "created_at",
        )  # fmt: skip


class CreatedWebhookSerializer(WebhookSerializer):
    """A new webhook with its signing secret, which is shown this once; "" for a channel, which has none."""

    secret = serializers.SerializerMethodField()
    example = {**WebhookSerializer.example, "secret": "whsec_" + "A" * 43 + "="}

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")

    def get_secret(self, endpoint: WebhookEndpoint) -> str:
        """The secret that the service told."""
        return str(self.context["secret"])


class NewSecretSerializer(serializers.Serializer[Any]):
    """A further signing secret, which is shown this once."""

    example = {"secret": "whsec_" + "A" * 43 + "="}
    secret = serializers.CharField()


class DeliverySerializer(Shown[Delivery]):
    """A message to a webhook: what it said, how far it got. Of an answer only the class of its status is kept."""

    example = {
        "id": _ID, "event": "review.decided", "state": "delivered", "attempts": 1, "answer": "2xx",
        "payload": {
            "type": "review.decided", "timestamp": "2026-11-21T09:30:00+00:00",
            "data": {
                "subject": "use_case:0d7c9a40-5a0f-4a7e-8a3e-6d4d3f0f1b11", "outcome": "approve",
                "title": "UC-000123 Sort incoming invoices: Steward, approve", "url": "https://portal.example.org/x",
            },
        },
        "next_at": None, "last_at": "2026-11-21T09:30:01Z", "replay_of": None, "created_at": "2026-11-21T09:30:00Z",
    }  # fmt: skip
    payload = serializers.DictField(help_text="The very body that is signed and sent.")

    class Meta:
        model = Delivery
        fields = (
            "id", "event", "state", "attempts", "answer", "payload", "next_at", "last_at", "replay_of", "created_at",
        )  # fmt: skip


class WebhookQuery(Listing):
    """What narrows the list of webhooks."""

    ordering = Ordering("name", "-created_at", "created_at")
    kind = serializers.ChoiceField(WebhookKind.choices, required=False)


class DeliveryQuery(CursorListing):
    """What narrows the list of messages."""

    ordering = Ordering("-created_at", "created_at")
    state = serializers.ChoiceField(DeliveryState.choices, required=False)


def _events() -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(EVENT_CHOICES), min_length=1, max_length=len(PUBLIC))


class WebhookBody(Body):
    """A new webhook or channel. Without `team` it is the whole organisation's, which only administrators may add."""

    example = {
        "name": "Registry of the bank", "kind": "signed", "address": "https://registry.example.org/hooks",
        "team": "Invoices", "events": ["review.decided", "use_case.changed"],
    }  # fmt: skip
    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(WebhookKind.choices)
    address = serializers.CharField(max_length=1000, help_text="An administrator permits its host for webhooks.")
    team = Named(accounts.team, required=False, allow_null=True, default=None, help_text="A team's name.")
    events = _events()

    def validate_kind(self, value: str) -> WebhookKind:
        """The kind as the service takes it."""
        return WebhookKind(value)


class WebhookEditBody(ChangeBody):
    """The fields to change. At another host the secrets are dropped: they belong to the old one."""

    example = {"events": ["review.decided"]}
    name = serializers.CharField(max_length=100)
    address = serializers.CharField(max_length=1000)
    events = _events()
    on = serializers.BooleanField(help_text="Whether anything is sent there.")
