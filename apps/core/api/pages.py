"""Parts of a list: numbered pages for small catalogues, cursors for what grows without end."""

from collections.abc import Sequence
from typing import Any, cast

from django.core import signing
from django.db.models import Field, Model, Q, QuerySet
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from apps.core.api.reading import LARGEST_PAGE

USUAL_PAGE = 50
_ADDRESS = {"type": ["string", "null"], "format": "uri"}
_SAMPLE = "https://portal.example.org/api/v1/things/"


class Pages(PageNumberPagination):
    """Pages of 50, at most 200 rows by `page_size`."""

    page_size = USUAL_PAGE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page as OpenAPI 3.1 describes it: DRF still spells null as 3.0 did."""
        properties = {"count": {"type": "integer"}, "next": _ADDRESS, "previous": _ADDRESS, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    @staticmethod
    def example(row: Any) -> dict[str, Any]:
        """A page of one row."""
        return {"count": 1, "next": None, "previous": None, "results": [row]}


class Cursors(BasePagination):
    """Parts of 50 rows, at most 200; `next` continues after the last row, whatever was added or removed meanwhile.

    The order must be by columns that are never null, the last of them unique. A cursor is signed, so that it can only
    be one that was handed out, and holds for its address and order alone.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """One part of the rows in their order. Raises ValidationError on a cursor that was not handed out here."""
        self.address, self.salt = request.build_absolute_uri(), f"cursor:{request.path}"
        self.order = [str(name) for name in queryset.query.order_by]
        if given := request.query_params.get("cursor"):
            queryset = queryset.filter(self._beyond(queryset.model, given))
        size = int(request.query_params.get("page_size") or USUAL_PAGE)
        rows = list(queryset[: size + 1])
        self.last = rows[size - 1] if len(rows) > size else None
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The part, and where the next one is."""
        following = replace_query_param(self.address, "cursor", self._cursor(self.last)) if self.last else None
        return Response({"next": following, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A part as OpenAPI describes it."""
        properties = {"next": _ADDRESS, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    @staticmethod
    def example(row: Any) -> dict[str, Any]:
        """A part of one row that is not the last."""
        return {"next": f"{_SAMPLE}?cursor=WyJpZCIsMV0%3A1kX2abc", "results": [row]}

    def _cursor(self, row: Model) -> str:
        values = [_field(type(row), name).value_to_string(row) for name in self.order]
        return signing.dumps([self.order, values], salt=self.salt)

    def _beyond(self, model: type[Model], cursor: str) -> Q:
        """Rows after the one that the cursor names: later by some column, equal by those before it."""
        found, equal, within = Q(), Q(), Q()
        for name, text in zip(self.order, self._values(cursor), strict=True):
            field = _field(model, name)
            value = field.to_python(text)
            beyond = "lt" if name.startswith("-") else "gt"
            # Said of the first column by itself, too, PostgreSQL begins there in its index and not at the list's start.
            within = within or Q(**{f"{field.attname}__{beyond}e": value})
            found |= equal & Q(**{f"{field.attname}__{beyond}": value})
            equal &= Q(**{field.attname: value})
        return within & found

    def _values(self, cursor: str) -> list[str]:
        try:
            order, values = signing.loads(cursor, salt=self.salt)
        except signing.BadSignature:
            order, values = [], []
        if order != self.order:
            message = "This is no cursor of this list in this order. Start without one, then follow `next`."
            raise exceptions.ValidationError({"cursor": [message]})
        return list(values)


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    bare = name.removeprefix("-")
    field = model._meta.pk if bare == "pk" else model._meta.get_field(bare)
    return cast("Field[Any, Any]", field)


def page(
    view: Any,
    rows: QuerySet[Any],
    shape: type[serializers.BaseSerializer[Any]],
    order: Sequence[str] = (),
) -> Response:
    """The asked-for part of `rows` in `order` (else in their own), the primary key deciding between equals."""
    paginator = view.pagination_class()
    names = order or rows.query.order_by or rows.model._meta.ordering
    found = paginator.paginate_queryset(rows.order_by(*names, _last(names)), view.request, view=view)
    answer: Response = paginator.get_paginated_response(shape(found, many=True).data)
    return answer


def _last(names: Sequence[Any]) -> str:
    """The primary key in the direction of the first column, so that one index can serve both."""
    return "-pk" if names and str(names[0]).startswith("-") else "pk"
