"""Business units and teams over the API."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts import access, selectors, services
from apps.accounts.access import ApiRequest
from apps.accounts.models import BusinessUnit, Role, Team
from apps.core.api import (
    Body,
    ChangeBody,
    Listing,
    Named,
    Ordering,
    Resource,
    Shown,
    answers,
    changes,
    created,
    creates,
    page,
    read_body,
    read_query,
)


class UnitSerializer(Shown[BusinessUnit]):
    """A part of the organisation; `path` spells the way from the top."""

    example = {
        "id": "5a0f3d1c-8e0b-4a7e-9a55-1f2d3c4b5a60", "path": "Agency / Bureau", "name": "Bureau", "parent": "Agency",
        "valid_from": None, "valid_until": "2027-01-01",
    }  # fmt: skip
    parent = serializers.CharField(source="parent.path", allow_null=True, default=None)  # type: ignore[assignment]

    class Meta:
        model = BusinessUnit
        fields = ("id", "path", "name", "parent", "valid_from", "valid_until")


class TeamSerializer(Shown[Team]):
    """People of one unit who work on the same things."""

    example = {
        "id": "9c2e7b40-1f6d-4c3a-8b1e-6a5d4c3b2a10", "name": "Letters", "unit": "Agency / Bureau",
        "description": "Sorts what comes in.", "closed_at": None, "created_at": "2026-11-02T09:30:00Z",
    }  # fmt: skip
    unit = serializers.CharField(source="unit.path")

    class Meta:
        model = Team
        fields: tuple[str, ...] = ("id", "name", "unit", "description", "closed_at", "created_at")


class MemberSerializer(serializers.Serializer[Any]):
    """Who holds which role in the team."""

    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.display_name")
    role = serializers.ChoiceField(Role.choices)
    lane = serializers.CharField()


class TeamDetailSerializer(TeamSerializer):
    """A team with its active people."""

    example = {
        **TeamSerializer.example,
        "members": [{"username": "ada", "name": "Ada Jones", "role": "ai_engineer", "lane": ""}],
    }
    members = serializers.SerializerMethodField()

    class Meta(TeamSerializer.Meta):
        fields = (*TeamSerializer.Meta.fields, "members")

    def get_members(self, team: Team) -> list[dict[str, Any]]:
        """By name."""
        return list(MemberSerializer(selectors.members(team), many=True).data)


class UnitQuery(Listing):
    """What narrows the list of units."""

    ordering = Ordering("path", "-path")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the path.")


class UnitBody(Body):
    """A new unit, at the top without `parent`."""

    example = {"name": "Bureau", "parent": "Agency"}
    name = serializers.CharField(max_length=200)
    parent = Named(  # type: ignore[assignment]  # DRF takes fields out of the class
        selectors.unit, required=False, allow_null=True, default=None, help_text="The path of the unit above."
    )


class UnitChangeBody(ChangeBody):
    """What changes of a unit; what is left out stays."""

    example = {"valid_until": "2027-01-01"}
    name = serializers.CharField(max_length=200)
    parent = Named(  # type: ignore[assignment]  # DRF takes fields out of the class
        selectors.unit, allow_null=True, help_text="The path of the unit above; null is the top."
    )
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)


class TeamQuery(Listing):
    """What narrows the list of teams."""

    ordering = Ordering("name", "-name")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name, or of the unit's path.")


class TeamBody(Body):
    """A new team."""

    example = {"name": "Letters", "unit": "Agency / Bureau"}
    name = serializers.CharField(max_length=100)
    unit = Named(selectors.unit, help_text="The path of a unit.")
    description = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class TeamChangeBody(ChangeBody):
    """What changes of a team; what is left out stays."""

    example = {"description": "Sorts what comes in."}
    name = serializers.CharField(max_length=100)
    unit = Named(selectors.unit, help_text="The path of a unit.")
    description = serializers.CharField(allow_blank=True, max_length=2000)


class Units(Resource):
    """The tree of units."""

    @extend_schema(operation_id="listUnits", parameters=[UnitQuery], responses=answers(UnitSerializer(many=True), 404))
    def get(self, request: ApiRequest) -> Response:
        """Units by path, with those that have ended."""
        query = read_query(request, UnitQuery)
        rows = selectors.units(viewer=request.user).select_related("parent")
        rows = rows.filter(selectors.matching_units(query.get("q", "")))
        return page(self, rows, UnitSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="addUnit",
        request=UnitBody,
        responses=answers(UnitSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Add a unit."""
        access.require(request.user, Role.ADMINISTRATOR, to="add business units")
        unit = services.add_unit(by=request.user, **read_body(request, UnitBody))
        return created(UnitSerializer(unit).data, reverse("api-unit", args=[unit.pk]))


class UnitDetail(Resource):
    """One unit."""

    def row(self, request: ApiRequest, key: UUID) -> BusinessUnit:
        """The unit."""
        return selectors.unit_page(key, viewer=request.user)

    @extend_schema(operation_id="getUnit", responses=answers(UnitSerializer, 404))
    def get(self, request: ApiRequest, key: UUID) -> Response:
        """One unit by id."""
        return Response(UnitSerializer(self.row(request, key)).data)

    @changes()
    @extend_schema(
        operation_id="changeUnit",
        request=UnitChangeBody,
        responses=answers(UnitSerializer, 403, 404, 409, 413, 415, 422),
    )
    def patch(self, request: ApiRequest, key: UUID) -> Response:
        """Rename or move a unit, or say when it exists; the paths below follow."""
        access.require(request.user, Role.ADMINISTRATOR, to="change business units")
        unit, body = self.row(request, key), read_body(request, UnitChangeBody)
        services.change_unit(unit=unit, by=request.user, **body)
        return self.get(request, key)


class Teams(Resource):
    """The teams that the caller may see."""

    @extend_schema(operation_id="listTeams", parameters=[TeamQuery], responses=answers(TeamSerializer(many=True), 404))
    def get(self, request: ApiRequest) -> Response:
        """One's own teams and those one administers; all for auditors and administrators of everything."""
        query = read_query(request, TeamQuery)
        rows = selectors.teams(viewer=request.user).filter(selectors.matching_teams(query.get("q", "")))
        return page(self, rows, TeamSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="foundTeam",
        request=TeamBody,
        responses=answers(TeamDetailSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Found a team; its people are added by granting them roles in it."""
        access.require(request.user, Role.ADMINISTRATOR, to="found teams")
        team = services.add_team(by=request.user, **read_body(request, TeamBody))
        return created(TeamDetailSerializer(team).data, reverse("api-team", args=[team.pk]))


class TeamDetail(Resource):
    """One team."""

    def row(self, request: ApiRequest, key: UUID) -> Team:
        """The team."""
        return selectors.team_page(key, viewer=request.user)

    @extend_schema(operation_id="getTeam", responses=answers(TeamDetailSerializer, 404))
    def get(self, request: ApiRequest, key: UUID) -> Response:
        """One team by id, with its people."""
        return Response(TeamDetailSerializer(self.row(request, key)).data)

    @changes()
    @extend_schema(
        operation_id="changeTeam",
        request=TeamChangeBody,
        responses=answers(TeamDetailSerializer, 403, 404, 409, 413, 415, 422),
    )
    def patch(self, request: ApiRequest, key: UUID) -> Response:
        """Rename, describe or move a team."""
        access.require(request.user, Role.ADMINISTRATOR, to="change teams")
        team = self.row(request, key)
        now = {"name": team.name, "unit": team.unit, "description": team.description}
        services.change_team(team=team, by=request.user, **{**now, **read_body(request, TeamChangeBody)})
        return self.get(request, key)


class TeamClose(Resource):
    """Closing."""

    @changes(TeamDetail)
    @extend_schema(operation_id="closeTeam", request=None, responses=answers(TeamDetailSerializer, 403, 404, 409, 415))
    def post(self, request: ApiRequest, key: UUID) -> Response:
        """Let nobody join the team and give it nothing new; what it has it keeps."""
        access.require(request.user, Role.ADMINISTRATOR, to="close teams")
        team = selectors.team_page(key, viewer=request.user)
        return Response(TeamDetailSerializer(services.close_team(team=team, by=request.user)).data)
