"""The registry over the API."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, changes, created, creates, page, read_body, read_query
from apps.usecases import selectors, services
from apps.usecases.api.serializers import (
    SubmittedReviewSerializer,
    UseCaseBody,
    UseCaseDetailSerializer,
    UseCaseEditBody,
    UseCaseQuery,
    UseCaseSerializer,
)
from apps.usecases.models import KIND, UseCase

# The parameters that narrow the list and are columns.
_COLUMNS = ("stage", "tier_provisional", "owner", "business_unit", "topic_area")
# What no column holds, each with what narrows by it from its few rows (ADR 0022).
_TOLD = {"standing": selectors.of_standing, "tier": selectors.of_tier}


def _shown(ref: str, request: ApiRequest) -> dict[str, object]:
    return UseCaseDetailSerializer(selectors.use_case(ref, viewer=request.user)).data


class Cases(Resource):
    """Every case."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listUseCases", parameters=[UseCaseQuery], responses=answers(UseCaseSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Cases, newest first, with their standing."""
        query = read_query(request, UseCaseQuery)
        chosen = {name: query[name] for name in _COLUMNS if query.get(name) is not None}
        rows = selectors.listed(viewer=request.user).filter(selectors.matching(query.get("q", "")), **chosen)
        for name, narrow in _TOLD.items():
            rows = narrow(rows, [query[name]]) if query.get(name) else rows
        return page(self, rows, UseCaseSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="registerUseCase",
        request=UseCaseBody,
        responses=answers(UseCaseDetailSerializer, 403, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Register a case; it starts at DISCOVER, unreviewed."""
        case = services.register(by=request.user, **{"owner": request.user, **read_body(request, UseCaseBody)})
        return created(_shown(case.ref, request), reverse("api-use-case", args=[case.ref]))


class CaseDetail(Resource):
    """One case."""

    def row(self, request: ApiRequest, ref: str) -> UseCase:
        """The case."""
        return selectors.use_case(ref, viewer=request.user)

    def shown(self, request: ApiRequest, ref: str) -> dict[str, object]:
        """The case as it is shown."""
        return _shown(ref, request)

    @extend_schema(operation_id="getUseCase", responses=answers(UseCaseDetailSerializer, 404))
    def get(self, request: ApiRequest, ref: str) -> Response:
        """One case with what its next gate needs."""
        case = self.row(request, ref)
        accounts.note_view(case, kind=KIND, by=request.user)
        return Response(UseCaseDetailSerializer(case).data)

    @changes()
    @extend_schema(
        operation_id="editUseCase",
        request=UseCaseEditBody,
        responses=answers(UseCaseDetailSerializer, 403, 404, 409, 413, 415, 422),
    )
    def patch(self, request: ApiRequest, ref: str) -> Response:
        """Change fields of a case; a review that is under way is voided when the content changes."""
        case = selectors.use_case(ref, viewer=request.user)
        services.edit(use_case=case, version=case.version, by=request.user, **read_body(request, UseCaseEditBody))
        return Response(_shown(ref, request))


class CaseSubmit(Resource):
    """Asking for a review."""

    @changes(CaseDetail)
    @extend_schema(
        operation_id="submitUseCase",
        request=None,
        responses=answers(SubmittedReviewSerializer, 403, 404, 409, 415, 422, status=201),
    )
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Freeze the case as it is now and open the review of its next gate."""
        case = selectors.use_case(ref, viewer=request.user)
        opened = services.submit(use_case=case, by=request.user)
        at = reverse("api-review", args=[opened.pk])
        return Response(SubmittedReviewSerializer(opened).data, status=201, headers={"Location": at})


class CaseAdvance(Resource):
    """Moving on."""

    @changes(CaseDetail)
    @extend_schema(
        operation_id="advanceUseCase", request=None, responses=answers(UseCaseDetailSerializer, 403, 404, 409, 415)
    )
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Move a case whose gate is cleared to its next stage."""
        services.advance(use_case=selectors.use_case(ref, viewer=request.user), by=request.user)
        return Response(_shown(ref, request))
