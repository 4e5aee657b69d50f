"""Who is asking."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts import access
from apps.accounts.access import ApiRequest
from apps.core.api import Resource, answers
from apps.reviews import selectors as reviews


class MeSerializer(serializers.Serializer[Any]):
    """The caller, the roles held in any unit, and the review lanes in which they may decide."""

    username = serializers.CharField()
    name = serializers.CharField()
    id = serializers.UUIDField()
    roles = serializers.ListField(child=serializers.CharField())
    lanes = serializers.ListField(child=serializers.CharField())
    example = {
        "username": "steward", "name": "Sam Steward", "id": "0b6f2c9e-8a0f-4c55-9f4e-5f8f3f0c7a11",
        "roles": ["steward"], "lanes": ["steward"],
    }  # fmt: skip


class Me(Resource):
    """The caller."""

    @extend_schema(operation_id="getMe", responses=answers(MeSerializer))
    def get(self, request: ApiRequest) -> Response:
        """Who the caller is and may act as."""
        person = request.user
        shown = {
            "username": person.username,
            "name": str(person),
            "id": person.pk,
            "roles": sorted(access.roles_of(person)),
            "lanes": sorted(reviews.lanes_of(person)),
        }
        return Response(MeSerializer(shown).data)
