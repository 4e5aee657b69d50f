"""Endpoints over the API."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.catalog import selectors, services
from apps.catalog.api.serializers import EndpointBody, EndpointQuery, EndpointSerializer
from apps.core.api import Resource, answers, created, creates, page, read_body, read_query


class Endpoints(Resource):
    """The catalog."""

    @extend_schema(
        operation_id="listEndpoints", parameters=[EndpointQuery], responses=answers(EndpointSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Model endpoints by name."""
        query = read_query(request, EndpointQuery)
        rows = selectors.endpoints(viewer=request.user).select_related("created_by", "team")
        rows = rows.filter(selectors.matching(query.get("q", "")))
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        return page(self, rows, EndpointSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="addEndpoint",
        request=EndpointBody,
        responses=answers(EndpointSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Add an endpoint. It never changes afterwards; a change is a new endpoint."""
        endpoint = services.add_endpoint(by=request.user, **read_body(request, EndpointBody))
        return created(EndpointSerializer(endpoint).data, reverse("api-endpoint", args=[endpoint.slug]))


class EndpointDetail(Resource):
    """One endpoint."""

    @extend_schema(operation_id="getEndpoint", responses=answers(EndpointSerializer, 404))
    def get(self, request: ApiRequest, slug: str) -> Response:
        """One model endpoint."""
        found = selectors.endpoint(slug, viewer=request.user)
        accounts.note_view(found, kind="endpoint", by=request.user)
        return Response(EndpointSerializer(found).data)
