"""Jobs over the API, for reading."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts.access import ApiRequest
from apps.compute import selectors
from apps.compute.api.serializers import JobQuery, JobSerializer
from apps.core.api import Resource, answers, page, read_query


class Jobs(Resource):
    """Every job."""

    @extend_schema(operation_id="listJobs", parameters=[JobQuery], responses=answers(JobSerializer(many=True), 404))
    def get(self, request: ApiRequest) -> Response:
        """Jobs, newest first, with their attempts."""
        query = read_query(request, JobQuery)
        rows = selectors.jobs(viewer=request.user)
        return page(self, rows.filter(state=query["state"]) if "state" in query else rows, JobSerializer)


class JobDetail(Resource):
    """One job."""

    @extend_schema(operation_id="getJob", responses=answers(JobSerializer, 404))
    def get(self, request: ApiRequest, job_id: UUID) -> Response:
        """One job with its attempts."""
        return Response(JobSerializer(get_object_or_404(selectors.jobs(viewer=request.user), pk=job_id)).data)
