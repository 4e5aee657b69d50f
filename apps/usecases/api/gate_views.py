"""Around a case over the API: the way through its gate, retiring, breaking the glass, joining, and its timeline."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core import timeline
from apps.core.api import Resource, answers, changes, creates, read_body, read_query
from apps.usecases import selectors, services
from apps.usecases.api import gate_serializers as shapes
from apps.usecases.api.serializers import SubmittedReviewSerializer, UseCaseDetailSerializer
from apps.usecases.api.views import CaseDetail
from apps.usecases.models import KIND, UseCase


def _read(request: ApiRequest, ref: str) -> UseCase:
    """The case, and that somebody looked at it."""
    case = selectors.use_case(ref, viewer=request.user)
    accounts.note_view(case, kind=KIND, by=request.user)
    return case


def _opened(review_id: Any, data: Any) -> Response:
    """201 with what was opened, and the address of the review that decides on it."""
    return Response(data, status=201, headers={"Location": reverse("api-review", args=[review_id])})


class CaseRoute(Resource):
    """The way ahead."""

    @extend_schema(
        operation_id="getUseCaseRoute", parameters=[shapes.RouteQuery], responses=answers(shapes.RouteSerializer, 404)
    )
    def get(self, request: ApiRequest, ref: str) -> Response:
        """What the next gate needs, who would decide at it, and how long that takes, before it is asked for."""
        query = read_query(request, shapes.RouteQuery)
        found = selectors.route(_read(request, ref), retire=query["retire"], on=timezone.now())
        return Response(shapes.RouteSerializer(found).data)


class CaseTimeline(Resource):
    """What happened to a case."""

    @extend_schema(
        operation_id="getUseCaseTimeline", parameters=[shapes.TimelineQuery],
        responses=answers(shapes.TimelineSerializer, 404),
    )  # fmt: skip
    def get(self, request: ApiRequest, ref: str) -> Response:
        """Changes, reviews and comments, newest first, as far as the caller may see them; at most 200."""
        query = read_query(request, shapes.TimelineQuery)
        told = timeline.about(_read(request, ref).subject, viewer=request.user, only=query.get("only", ""))
        return Response(shapes.TimelineSerializer(told).data)


class CaseRetire(Resource):
    """Asking to end a case."""

    @changes(CaseDetail)
    @extend_schema(
        operation_id="retireUseCase",
        request=None,
        responses=answers(SubmittedReviewSerializer, 403, 404, 409, 415, 422, status=201),
    )
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Open the review of the gate that retires the case; once it is cleared, `advance` ends it."""
        case = selectors.use_case(ref, viewer=request.user)
        opened = services.submit(use_case=case, by=request.user, retire=True)
        return _opened(opened.pk, SubmittedReviewSerializer(opened).data)


class CaseStage(Resource):
    """Deciding the stage of an imported case."""

    @changes(CaseDetail)
    @extend_schema(
        operation_id="decideUseCaseStage", request=shapes.StageBody,
        responses=answers(UseCaseDetailSerializer, 403, 404, 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Say at which stage an imported case is whose source named none; stewards may, until a review is asked."""
        case = selectors.use_case(ref, viewer=request.user)
        services.decide_stage(use_case=case, by=request.user, **read_body(request, shapes.StageBody))
        return Response(CaseDetail().shown(request, ref))


class CaseBreakGlass(Resource):
    """Going past a review."""

    @changes(CaseDetail)
    @extend_schema(
        operation_id="breakGlassOfUseCase", request=shapes.GlassBody,
        responses=answers(shapes.GlassSerializer, 403, 404, 409, 413, 415, 422, status=201),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Let exactly this content through its next gate for 72 hours; auditors are told, every lane is asked after."""
        case = selectors.use_case(ref, viewer=request.user)
        used = services.break_glass(use_case=case, by=request.user, **read_body(request, shapes.GlassBody))
        return _opened(used.request_id, shapes.GlassSerializer(used).data)


class CaseJoin(Resource):
    """Asking to join."""

    @creates()
    @extend_schema(
        operation_id="askToJoinUseCase", request=shapes.JoinBody,
        responses=answers(None, 403, 404, 409, 413, 415, 422, status=204),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Tell owner and sponsor that the caller would join this case rather than begin one like it."""
        case = selectors.use_case(ref, viewer=request.user)
        services.ask_to_join(use_case=case, by=request.user, **read_body(request, shapes.JoinBody))
        return Response(status=204)
