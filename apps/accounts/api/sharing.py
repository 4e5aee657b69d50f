"""Who sees one thing, over the API: its team, its audience, and the teams it is shared with. No token reaches this."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts import access, kinds, selectors, services
from apps.accounts.access import ApiRequest
from apps.accounts.models import Audience, Team, TeamOwned
from apps.core.api import Body, Named, Resource, answers, changes, read_body
from apps.core.errors import NotFoundError
from apps.core.refs import Ref

_EXAMPLE: dict[str, Any] = {"team": "Letters", "audience": "team", "shares": [{"team": "Payments", "level": "view"}]}
_LEVELS = "`view` to read it, `change` to work on it in the roles they hold."


class ShareSerializer(serializers.Serializer[Any]):
    """One team that a thing is shared with."""

    team = serializers.CharField()
    level = serializers.ChoiceField(access.LEVELS, help_text=_LEVELS)


class SharingSerializer(serializers.Serializer[Any]):
    """Which team answers for a thing, who may see it, and which teams it is shared with."""

    example = {"subject": "use_case:6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", **_EXAMPLE}
    subject = serializers.CharField(help_text="The thing, as `kind:id`.")
    team = serializers.CharField(allow_null=True)
    audience = serializers.ChoiceField(Audience.choices)
    shares = ShareSerializer(many=True)


class ShareBody(Body):
    """One team to share a thing with."""

    team = Named(selectors.named_team, help_text="A team's name.")
    level = serializers.ChoiceField(access.LEVELS, help_text=_LEVELS)


class SharingBody(Body):
    """Who shall see a thing from now on; teams that `shares` leaves out lose theirs."""

    example = _EXAMPLE
    team = Named(selectors.named_team, allow_null=True, help_text="A team's name; null: the whole organisation.")
    audience = serializers.ChoiceField(Audience.choices)
    shares = ShareBody(many=True, max_length=100)  # type: ignore[call-arg]  # a list takes it

    def validate_audience(self, value: str) -> Audience:
        """The audience as the service takes it."""
        return Audience(value)

    def validate_shares(self, value: list[dict[str, Any]]) -> dict[Team, str]:
        """Level by team. Raises ValidationError for a team that is named twice."""
        found = {row["team"]: row["level"] for row in value}
        if len(found) < len(value):
            raise serializers.ValidationError("Name each team once.")
        return found


class Sharing(Resource):
    """Who sees one thing."""

    def row(self, request: ApiRequest, kind: str, key: UUID) -> TeamOwned:
        """The thing. Raises NotFoundError, also for kinds of which no team answers for anything."""
        found = kinds.find(Ref(kind, str(key)), viewer=request.user)
        if not isinstance(found, TeamOwned):
            raise NotFoundError("There is no such thing, or you may not see it.")
        return found

    @extend_schema(operation_id="getSharing", responses=answers(SharingSerializer, 403, 404))
    def get(self, request: ApiRequest, kind: str, key: UUID) -> Response:
        """Who sees the thing that audit events and claims call `kind:key`; for everybody who may see it."""
        return _shown(self.row(request, kind, key), kind)

    @changes()
    @extend_schema(
        operation_id="changeSharing",
        request=SharingBody,
        responses=answers(SharingSerializer, 403, 404, 409, 413, 415, 422),
    )
    def put(self, request: ApiRequest, kind: str, key: UUID) -> Response:
        """Say who sees the thing; its team, its people and administrators of its team or unit may."""
        thing = self.row(request, kind, key)
        services.arrange(kind=kind, thing=thing, by=request.user, **read_body(request, SharingBody))
        # Not by `get`: whoever gave it away may not see it any more.
        thing.refresh_from_db()
        return _shown(thing, kind)


def _shown(thing: TeamOwned, kind: str) -> Response:
    shares = [{"team": team.name, "level": level} for team, level in access.shares_of(thing)]
    name = thing.team.name if thing.team else None
    told = {"subject": f"{kind}:{thing.pk}", "team": name, "audience": thing.audience, "shares": shares}
    return Response(SharingSerializer(told).data)
