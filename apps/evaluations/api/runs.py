"""Evaluation runs over the API."""

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.compute.models import Job
from apps.core.api import Cursors, Resource, answers, changes, created, creates, page, read_body, read_query
from apps.evaluations import selectors, services
from apps.evaluations.api.serializers import (
    EvaluationRunBody,
    EvaluationRunDetailSerializer,
    EvaluationRunQuery,
    EvaluationRunSerializer,
    ResultQuery,
    ResultSerializer,
)
from apps.evaluations.models import EvaluationRun


def _shown(run_id: UUID, request: ApiRequest) -> dict[str, object]:
    run = selectors.run(run_id, viewer=request.user)
    return EvaluationRunDetailSerializer(selectors.with_counts(selectors.runs(viewer=request.user)).get(pk=run.pk)).data


def _note_view(run: EvaluationRun, request: ApiRequest) -> None:
    for kind, thing in selectors.parts_of(run):
        accounts.note_view(thing, kind=kind, by=request.user)


class Runs(Resource):
    """Every evaluation run."""

    pagination_class = Cursors
    rates = {"POST": "runs"}

    @extend_schema(
        operation_id="listEvaluationRuns",
        parameters=[EvaluationRunQuery],
        responses=answers(EvaluationRunSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest) -> Response:
        """Runs, newest first, with how far each is."""
        query = read_query(request, EvaluationRunQuery)
        columns = {"state": "job__state", "use_case": "use_case", "created_by": "created_by"}
        chosen = {column: query[name] for name, column in columns.items() if name in query}
        rows = selectors.with_counts(selectors.runs(viewer=request.user))
        return page(self, rows.filter(**chosen), EvaluationRunSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="startEvaluationRun",
        request=EvaluationRunBody,
        responses=answers(EvaluationRunDetailSerializer, 403, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Freeze the plan and queue the run for a worker."""
        run = services.start_run(by=request.user, **read_body(request, EvaluationRunBody))
        return created(_shown(run.pk, request), reverse("api-evaluation-run", args=[run.pk]))


class RunDetail(Resource):
    """One run."""

    def row(self, request: ApiRequest, run_id: UUID) -> Job | EvaluationRun:
        """The run's job, which ends it."""
        run = selectors.run(run_id, viewer=request.user)
        return run.job or run

    def shown(self, request: ApiRequest, run_id: UUID) -> dict[str, object]:
        """The run as it is shown."""
        return _shown(run_id, request)

    @extend_schema(operation_id="getEvaluationRun", responses=answers(EvaluationRunDetailSerializer, 404))
    def get(self, request: ApiRequest, run_id: UUID) -> Response:
        """One run with its figures so far."""
        _note_view(selectors.run(run_id, viewer=request.user), request)
        return Response(self.shown(request, run_id))


class RunResults(Resource):
    """The results of a run."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listEvaluationResults",
        parameters=[ResultQuery],
        responses=answers(ResultSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest, run_id: UUID) -> Response:
        """The results stored so far, in the order of the dataset, with their scores."""
        query = read_query(request, ResultQuery)
        run = selectors.run(run_id, viewer=request.user)
        _note_view(run, request)
        return page(self, selectors.samples(run, only=query.get("only", "")), ResultSerializer, [query["ordering"]])


class RunCancel(Resource):
    """Stopping a run."""

    @changes(RunDetail, whatever=True)
    @extend_schema(
        operation_id="cancelEvaluationRun",
        request=None,
        responses=answers(EvaluationRunDetailSerializer, 403, 404, 409, 415),
    )
    def post(self, request: ApiRequest, run_id: UUID) -> Response:
        """Ask for the run to stop: at once while queued, before its next batch while running."""
        services.cancel_run(run=selectors.run(run_id, viewer=request.user), by=request.user)
        return Response(_shown(run_id, request))
