"""The audit trail over the API, for reading."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit import selectors
from apps.audit.api.serializers import EventQuery, EventSerializer
from apps.core.api import Cursors, Resource, answers, page, read_query


class Events(Resource):
    """The trail."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listAuditEvents", parameters=[EventQuery], responses=answers(EventSerializer(many=True), 403, 404)
    )
    def get(self, request: Request) -> Response:
        """Events, newest first, for auditors and administrators."""
        query = read_query(request, EventQuery)
        rows = selectors.events(viewer=request.user)
        if "subject" in query:
            rows = selectors.about(rows, [str(query["subject"])])
        if "action" in query:
            rows = rows.filter(action=query["action"])
        return page(self, rows, EventSerializer, [query["ordering"]])


class EventDetail(Resource):
    """One event."""

    @extend_schema(operation_id="getAuditEvent", responses=answers(EventSerializer, 403, 404))
    def get(self, request: Request, sequence: int) -> Response:
        """One event by its place in the chain."""
        return Response(EventSerializer(selectors.one(sequence, viewer=request.user)).data)
