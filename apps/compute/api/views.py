"""Jobs over the API, for reading."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts.access import ApiRequest
from apps.compute import selectors
from apps.compute.api.serializers import AttemptQuery, AttemptSerializer, JobQuery, JobSerializer
from apps.core.api import Cursors, Resource, answers, page, read_query


class Jobs(Resource):
    """Every job."""

    pagination_class = Cursors

    @extend_schema(operation_id="listJobs", parameters=[JobQuery], responses=answers(JobSerializer(many=True), 404))
    def get(self, request: ApiRequest) -> Response:
        """Jobs, newest first, with their attempts."""
        query = read_query(request, JobQuery)
        rows = selectors.jobs(viewer=request.user)
        rows = rows.filter(state=query["state"]) if "state" in query else rows
        return page(self, rows, JobSerializer, [query["ordering"]])


class JobDetail(Resource):
    """One job."""

    @extend_schema(operation_id="getJob", responses=answers(JobSerializer, 404))
    def get(self, request: ApiRequest, job_id: UUID) -> Response:
        """One job with its attempts."""
        return Response(JobSerializer(get_object_or_404(selectors.jobs(viewer=request.user), pk=job_id)).data)


class JobAttempts(Resource):
    """The attempts at a job."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listJobAttempts", parameters=[AttemptQuery], responses=answers(AttemptSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest, job_id: UUID) -> Response:
        """The attempts at a job in their order."""
        order = read_query(request, AttemptQuery)["ordering"]
        job = get_object_or_404(selectors.jobs(viewer=request.user), pk=job_id)
        return page(self, job.attempts.all(), AttemptSerializer, [order])
