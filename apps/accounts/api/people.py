"""People and their roles over the API."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts import access, selectors, services
from apps.accounts.access import ApiRequest
from apps.accounts.models import Lane, Membership, Role, User
from apps.core.api import (
    Body,
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


class MembershipSerializer(Shown[Membership]):
    """One role: in a team, in a unit and all below it, or without either in the whole organisation."""

    example = {
        "id": "0b8f2c1e-5a57-4a55-9d0c-3f3f8f1f6a10", "role": "reviewer", "lane": "security", "unit": None,
        "team": "Letters", "source": "manual", "created_at": "2026-11-02T09:30:00Z",
    }  # fmt: skip
    lane = serializers.ChoiceField(Lane.choices, allow_blank=True, help_text="Empty: every lane, or no reviewer.")
    unit = serializers.CharField(source="unit.path", allow_null=True, default=None)
    team = serializers.CharField(source="team.name", allow_null=True, default=None)

    class Meta:
        model = Membership
        fields = ("id", "role", "lane", "unit", "team", "source", "created_at")


class PersonSerializer(Shown[User]):
    """Somebody, with the roles held anywhere."""

    example = {
        "username": "ada", "id": "7d1c9a3e-2c44-4f0e-8a51-0d1b5f6f7a20", "name": "Ada Jones", "kind": "person",
        "is_active": True, "roles": ["ai_engineer"],
    }  # fmt: skip
    name = serializers.CharField(source="display_name")
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: tuple[str, ...] = ("username", "id", "name", "kind", "is_active", "roles")

    def get_roles(self, user: User) -> list[str]:
        """Each role once."""
        return sorted({membership.role for membership in user.memberships.all()})


class PersonDetailSerializer(PersonSerializer):
    """Somebody, with where each role holds: told to themselves, and to administrators and auditors of everything."""

    example = {**PersonSerializer.example, "memberships": [MembershipSerializer.example]}
    memberships = serializers.SerializerMethodField()

    class Meta(PersonSerializer.Meta):
        fields = (*PersonSerializer.Meta.fields, "memberships")

    def get_memberships(self, user: User) -> list[dict[str, Any]]:
        """Empty for others."""
        viewer = self.context["viewer"]
        if viewer.pk != user.pk and not access.oversees(viewer):
            return []
        found = sorted(user.memberships.all(), key=lambda held: str(held.pk))
        return list(MembershipSerializer(found, many=True).data)


class PeopleQuery(Listing):
    """What narrows the list of people."""

    ordering = Ordering("username", "-username", "display_name", "-display_name")
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name or user name.")


class RoleBody(Body):
    """A role. Without unit and team it holds in the whole organisation; a lane reviewer names the lane."""

    example = {"role": "ai_engineer", "team": "Letters"}
    role = serializers.ChoiceField(Role.choices)
    lane = serializers.ChoiceField(Lane.choices, required=False, allow_null=True)
    unit = Named(selectors.unit, required=False, allow_null=True, help_text="The path of a business unit.")
    team = Named(selectors.team, required=False, allow_null=True, help_text="The name of an open team.")

    def validate_role(self, value: str) -> Role:
        """The role as the service takes it."""
        return Role(value)

    def validate_lane(self, value: str | None) -> Lane | None:
        """The lane as the service takes it."""
        return Lane(value) if value else None


def _shown(found: User, request: ApiRequest) -> Any:
    return PersonDetailSerializer(found, context={"viewer": request.user}).data


class People(Resource):
    """Everybody."""

    @extend_schema(
        operation_id="listPeople", parameters=[PeopleQuery], responses=answers(PersonSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Active people by user name; those who left as well for auditors and administrators of everything."""
        query = read_query(request, PeopleQuery)
        rows = selectors.directory(viewer=request.user).filter(selectors.matching_people(query.get("q", "")))
        return page(self, rows, PersonSerializer, [query["ordering"]])


class PersonDetail(Resource):
    """One person, or a service account that the caller may see."""

    def row(self, request: ApiRequest, username: str) -> User:
        """The account."""
        return selectors.account(username, viewer=request.user)

    @extend_schema(operation_id="getPerson", responses=answers(PersonDetailSerializer, 404))
    def get(self, request: ApiRequest, username: str) -> Response:
        """One person by user name."""
        return Response(_shown(self.row(request, username), request))


class Deactivate(Resource):
    """Cutting somebody off."""

    @changes(PersonDetail, whatever=True)
    @extend_schema(
        operation_id="deactivatePerson", request=None, responses=answers(PersonDetailSerializer, 403, 404, 409, 415)
    )
    def post(self, request: ApiRequest, username: str) -> Response:
        """End somebody's sessions and revoke their tokens, from their next request on; a leaver is cut off so."""
        user = services.deactivate(user=selectors.account(username, viewer=request.user), by=request.user)
        # As it is now: whoever cut somebody off may not find them any more.
        return Response(_shown(user, request))


class Reactivate(Resource):
    """Letting somebody in again."""

    @changes(PersonDetail, whatever=True)
    @extend_schema(
        operation_id="reactivatePerson", request=None, responses=answers(PersonDetailSerializer, 403, 404, 409, 415)
    )
    def post(self, request: ApiRequest, username: str) -> Response:
        """Let somebody in again with the roles they hold; revoked tokens stay revoked."""
        user = services.reactivate(user=selectors.account(username, viewer=request.user), by=request.user)
        return Response(_shown(user, request))


class Roles(Resource):
    """Granting."""

    @creates()
    @extend_schema(
        operation_id="grantRole",
        request=RoleBody,
        responses=answers(MembershipSerializer, 403, 404, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest, username: str) -> Response:
        """Give somebody a role; one that they hold already stays as it is."""
        user = selectors.account(username, viewer=request.user)
        access.require(request.user, Role.ADMINISTRATOR, to="grant roles")
        made = services.grant(user=user, by=request.user, **read_body(request, RoleBody))
        return created(MembershipSerializer(made).data, reverse("api-person-role", args=[username, made.pk]))


class RoleDetail(Resource):
    """One role of one person."""

    def row(self, request: ApiRequest, username: str, membership: UUID) -> Membership:
        """The membership. Raises NotAllowedError, NotFoundError."""
        user = selectors.account(username, viewer=request.user)
        access.require(request.user, Role.ADMINISTRATOR, to="manage roles")
        return selectors.membership(membership, of=user, viewer=request.user)

    @extend_schema(operation_id="getRole", responses=answers(MembershipSerializer, 403, 404))
    def get(self, request: ApiRequest, username: str, membership: UUID) -> Response:
        """One role."""
        return Response(MembershipSerializer(self.row(request, username, membership)).data)

    @changes(whatever=True)
    @extend_schema(operation_id="revokeRole", request=None, responses=answers(None, 403, 404, 415, status=204))
    def delete(self, request: ApiRequest, username: str, membership: UUID) -> Response:
        """Take a role back; it ends with the next request."""
        services.revoke(membership=self.row(request, username, membership), by=request.user)
        return Response(status=204)
