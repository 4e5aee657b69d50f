"""Claims over the API, for reading."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, page, read_query
from apps.core.refs import Ref
from apps.evidence import selectors
from apps.evidence.api.serializers import ClaimQuery, ClaimSerializer


class Claims(Resource):
    """Every claim."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listClaims", parameters=[ClaimQuery], responses=answers(ClaimSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Claims, newest first."""
        query = read_query(request, ClaimQuery)
        rows = selectors.claims(viewer=request.user)
        if "subject" in query:
            rows = rows.filter(subject_kind=query["subject"].kind, subject_id=query["subject"].id)
        if "verdict" in query:
            rows = rows.filter(verdict=query["verdict"])
        return page(self, rows, ClaimSerializer, [query["ordering"]])


class ClaimDetail(Resource):
    """One claim."""

    @extend_schema(operation_id="getClaim", responses=answers(ClaimSerializer, 404))
    def get(self, request: ApiRequest, claim_id: UUID) -> Response:
        """One claim."""
        claim = get_object_or_404(selectors.claims(viewer=request.user), pk=claim_id)
        accounts.note_view_about(Ref(claim.subject_kind, claim.subject_id), by=request.user)
        return Response(ClaimSerializer(claim).data)
