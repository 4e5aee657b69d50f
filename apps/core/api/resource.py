"""The base of every view of the API, and its pages of rows."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import exceptions, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
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

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what another site could make a signed-in browser send. Raises PermissionDenied (403), 415."""
        super().initial(request, *args, **kwargs)
        if request.method in self.allowed_methods and request.method not in ("GET", "HEAD"):
            _check_sender(request)

    @property
    def allowed_methods(self) -> list[str]:
        """What `Allow` lists: what is answered, so not OPTIONS."""
        return [method for method in super().allowed_methods if method != "OPTIONS"]


def _check_sender(request: Request) -> None:
    """Browsers add a password they know for this site to any site's request, and no CSRF token guards that.

    Another site's form cannot send JSON, and its script would have to ask beforehand and be refused; so JSON must be
    named even where there is no body.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise exceptions.PermissionDenied("Another site may not write here.")
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != StrictJSON.media_type:
        raise exceptions.UnsupportedMediaType(kind, "Send Content-Type: application/json, even without a body.")


def page(view: Resource, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
    """The asked-for page of `rows` in their order, the primary key deciding between equals."""
    paginator = view.pagination_class()
    order = rows.query.order_by or rows.model._meta.ordering
    found = paginator.paginate_queryset(rows.order_by(*order, "pk"), view.request, view=view)
    return paginator.get_paginated_response(shape(found, many=True).data)
