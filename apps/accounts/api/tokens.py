"""One's own tokens over the API, for reading; no token reaches them, and none is made here."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts import selectors
from apps.accounts.access import ApiRequest
from apps.accounts.models import ApiToken
from apps.core.api import Listing, Resource, Shown, answers, page, read_query

STATES = [("live", "live"), ("expired", "expired"), ("revoked", "revoked")]


class TokenSerializer(Shown[ApiToken]):
    """A token as it can be told: `key` is its public part. Nobody can read its secret again."""

    example = {
        "id": "3e5c7a90-4b2d-4f1e-9c8a-7b6a5d4c3b20", "name": "nightly import", "key": "k3v9x0q2m7ab", "state": "live",
        "scopes": ["use-cases:read"], "cidrs": ["10.0.0.0/8"], "team": None, "created_at": "2026-11-02T09:30:00Z",
        "expires_at": "2027-01-31T09:30:00Z", "revoked_at": None, "last_used_at": None,
    }  # fmt: skip
    state = serializers.ChoiceField(STATES)
    scopes = serializers.ListField(child=serializers.CharField())
    cidrs = serializers.ListField(child=serializers.CharField(), help_text="Networks; any address where empty.")
    team = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = (
            "id", "name", "key", "state", "scopes", "cidrs", "team", "created_at", "expires_at", "revoked_at",
            "last_used_at",
        )  # fmt: skip

    def get_team(self, token: ApiToken) -> str | None:
        """The team within which it acts."""
        return token.team.name if token.team else None


class Tokens(Resource):
    """The caller's tokens."""

    @extend_schema(
        operation_id="listTokens", parameters=[Listing], responses=answers(TokenSerializer(many=True), 403, 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """The caller's own tokens, newest first. Pages make them; a token may not be used here."""
        read_query(request, Listing)
        rows: Any = selectors.tokens(owner=request.user, viewer=request.user)
        return page(self, rows, TokenSerializer)
