"""The base of every view of the API, and its pages of rows."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.reading import LARGEST_PAGE, StrictJSON


class Pages(PageNumberPagination):
    """Pages of 50, at most 200 rows by `page_size`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page as OpenAPI 3.1 describes it: DRF still spells null as 3.0 did."""
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {"count": {"type": "integer"}, "next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}


class Resource(APIView):
    """The base of every view of the API."""

    parser_classes = (StrictJSON,)
    pagination_class = Pages
    # Without metadata OPTIONS is refused like any method that a view does not have.
    metadata_class = None

    @property
    def allowed_methods(self) -> list[str]:
        """What `Allow` lists: what is answered, so not OPTIONS."""
        return [method for method in super().allowed_methods if method != "OPTIONS"]


def page(view: Resource, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
    """The asked-for page of `rows` in their order, the primary key deciding between equals."""
    paginator = view.pagination_class()
    order = rows.query.order_by or rows.model._meta.ordering
    found = paginator.paginate_queryset(rows.order_by(*order, "pk"), view.request, view=view)
    return paginator.get_paginated_response(shape(found, many=True).data)
