"""Search over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import Resource, answers, read_query
from apps.search import selectors
from apps.search.api.serializers import FoundSerializer, SearchQuery


class Search(Resource):
    """Everything the caller may see."""

    rates = {"GET": "search"}

    @extend_schema(operation_id="search", parameters=[SearchQuery], responses=answers(FoundSerializer))
    def get(self, request: Request) -> Response:
        """Search by words and by meaning among all that the caller may see."""
        query = read_query(request, SearchQuery)
        kinds = [query["kind"]] if "kind" in query else None
        hits = selectors.search(query["q"], viewer=request.user, kinds=kinds, limit=query["limit"])
        return Response(FoundSerializer({"results": hits}).data)
