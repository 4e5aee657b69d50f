"""Answering: pages of rows, created things, and what the OpenAPI document says about answers."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.problems import MEDIA_TYPE, Problem
from apps.core.api.reading import Query

M = TypeVar("M", bound=Model)
_LARGEST_PAGE = 200

_ALWAYS = (400, 401, 429)
_REFUSALS = {
    400: "The request cannot be read, or a parameter is wrong.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    404: "There is no such thing, or the caller may not see it.",
    409: "The thing is not in a state that allows this.",
    412: "The thing has changed since it was read.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "A value is missing or wrong; `errors` names it.",
    429: "Too many requests; wait for `Retry-After` seconds.",
}


class Pages(PageNumberPagination):
    """Pages of 50, at most 200 rows by `page_size`."""

    page_size_query_param = "page_size"
    max_page_size = _LARGEST_PAGE


class Listing(Query):
    """The parameters of every list."""

    page = serializers.IntegerField(min_value=1, required=False, help_text="Which page, from 1.")
    page_size = serializers.IntegerField(
        min_value=1, max_value=_LARGEST_PAGE, required=False, help_text="Rows a page, 50 without."
    )


class Shown(serializers.ModelSerializer[M]):
    """A row as it is answered: nothing of it can be written through this shape."""

    def get_extra_kwargs(self) -> dict[str, Any]:
        """Every field of the model is for reading."""
        return {name: {"read_only": True} for name in self.Meta.fields}

    class Meta:
        fields: tuple[str, ...] = ()


def page(view: APIView, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
    """The asked-for page of `rows` in their order, the primary key deciding between equals."""
    paginator = Pages()
    order = rows.query.order_by or rows.model._meta.ordering
    found = paginator.paginate_queryset(rows.order_by(*order, "pk"), view.request, view=view)
    return paginator.get_paginated_response(shape(found, many=True).data)


def created(data: Any, at: str) -> Response:
    """201 with the new thing and its address."""
    return Response(data, status=201, headers={"Location": at})


def answers(shape: Any, *refusals: int, status: int = 200) -> dict[Any, Any]:
    """For `extend_schema(responses=…)`: the answer's shape, and problem details for each refusal's status."""
    problems = {
        (code, MEDIA_TYPE): OpenApiResponse(Problem, _REFUSALS[code]) for code in sorted({*_ALWAYS, *refusals})
    }
    return {status: shape, **problems}
