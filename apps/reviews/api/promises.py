"""Conditions and delegations over the API."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, changes, created, creates, page, read_body, read_query
from apps.reviews import selectors, services
from apps.reviews.api.serializers import (
    ConditionQuery,
    ConditionSerializer,
    DelegationBody,
    DelegationQuery,
    DelegationSerializer,
    EvidenceBody,
    VerdictBody,
)
from apps.reviews.models import Condition, Delegation


class Conditions(Resource):
    """Every condition of an approval that the caller may see."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listConditions",
        parameters=[ConditionQuery],
        responses=answers(ConditionSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest) -> Response:
        """Conditions, the next due first, of one review or of all that the caller may see."""
        query = read_query(request, ConditionQuery)
        rows = selectors.conditions(viewer=request.user)
        if "review" in query:
            review = selectors.request(query["review"], viewer=request.user)
            rows = selectors.conditions_of(review, viewer=request.user)
        if "subject" in query:
            rows = rows.filter(decision__request__in=selectors.about(query["subject"], viewer=request.user).order_by())
        people = {name: query[name] for name in ("owner", "verifier") if name in query}
        return page(self, rows.filter(*_narrowed(query), **people), ConditionSerializer, [query["ordering"]])


def _narrowed(query: dict[str, Any]) -> Iterator[Q]:
    """How far the address asks the conditions to be."""
    if "state" in query:
        yield selectors.in_state(query["state"])
    if (late := query.get("overdue")) is not None:
        found = selectors.is_overdue(timezone.now().date())
        yield found if late else ~found


class ConditionDetail(Resource):
    """One condition."""

    def row(self, request: ApiRequest, condition_id: UUID) -> Condition:
        """The condition."""
        return selectors.condition(condition_id, viewer=request.user)

    def shown(self, request: ApiRequest, condition_id: UUID) -> dict[str, object]:
        """The condition as it is shown."""
        return ConditionSerializer(self.row(request, condition_id)).data

    @extend_schema(operation_id="getCondition", responses=answers(ConditionSerializer, 404))
    def get(self, request: ApiRequest, condition_id: UUID) -> Response:
        """One condition."""
        accounts.note_view_about(self.row(request, condition_id).decision.request.subject, by=request.user)
        return Response(self.shown(request, condition_id))


class ConditionMeet(Resource):
    """Handing in."""

    @changes(ConditionDetail)
    @extend_schema(
        operation_id="meetCondition",
        request=EvidenceBody,
        responses=answers(ConditionSerializer, 403, 404, 409, 413, 415, 422),
    )
    def post(self, request: ApiRequest, condition_id: UUID) -> Response:
        """Hand in what the condition wants; its owner does."""
        found = selectors.condition(condition_id, viewer=request.user)
        met = services.meet_condition(condition_id=found.pk, by=request.user, **read_body(request, EvidenceBody))
        return Response(ConditionSerializer(met).data)


class ConditionVerify(Resource):
    """Verifying."""

    @changes(ConditionDetail)
    @extend_schema(
        operation_id="verifyCondition",
        request=VerdictBody,
        responses=answers(ConditionSerializer, 403, 404, 409, 413, 415, 422),
    )
    def post(self, request: ApiRequest, condition_id: UUID) -> Response:
        """Accept or refuse what was handed in; its verifier does."""
        found = selectors.condition(condition_id, viewer=request.user)
        done = services.verify_condition(condition_id=found.pk, by=request.user, **read_body(request, VerdictBody))
        return Response(ConditionSerializer(done).data)


class Delegations(Resource):
    """The delegations that the caller gave or got; all of them for who oversees everything."""

    @extend_schema(
        operation_id="listDelegations",
        parameters=[DelegationQuery],
        responses=answers(DelegationSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest) -> Response:
        """Delegations, the latest to begin first."""
        read_query(request, DelegationQuery)
        return page(self, selectors.delegations(viewer=request.user), DelegationSerializer, ["-starts_on"])

    @creates()
    @extend_schema(
        operation_id="addDelegation",
        request=DelegationBody,
        responses=answers(DelegationSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Let somebody decide for the caller in one lane, on some days."""
        given = services.delegate(by=request.user, **read_body(request, DelegationBody))
        return created(DelegationSerializer(given).data, reverse("api-delegation", args=[given.pk]))


class DelegationDetail(Resource):
    """One delegation."""

    def row(self, request: ApiRequest, delegation_id: UUID) -> Delegation:
        """The delegation."""
        return selectors.delegation(delegation_id, viewer=request.user)

    @extend_schema(operation_id="getDelegation", responses=answers(DelegationSerializer, 404))
    def get(self, request: ApiRequest, delegation_id: UUID) -> Response:
        """One delegation."""
        return Response(DelegationSerializer(self.row(request, delegation_id)).data)

    @changes(whatever=True)
    @extend_schema(operation_id="endDelegation", request=None, responses=answers(None, 403, 404, 409, 415, status=204))
    def delete(self, request: ApiRequest, delegation_id: UUID) -> Response:
        """End it at once; it stays on record. Whoever gave it or got it may."""
        found = selectors.delegation(delegation_id, viewer=request.user)
        services.end_delegation(delegation_id=found.pk, by=request.user)
        return Response(status=204)
