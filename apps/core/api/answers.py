"""Answering: what exists as it is shown, created things, and what the OpenAPI document says about answers."""

from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.response import Response

from apps.core.api.guards import etag_of
from apps.core.api.problems import MEDIA_TYPE, Problem

M = TypeVar("M", bound=Model)

ALWAYS = (400, 401, 429)
REFUSALS = {
    400: "The request cannot be read, or a parameter is wrong.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    404: "There is no such thing, or the caller may not see it.",
    409: "The thing is not in a state that allows this.",
    412: "The thing has changed since it was read.",
    413: "The body is too large.",
    415: "The content type is not `application/json`.",
    422: "A value is missing or wrong; `errors` names it.",
    428: "The request does not say with `If-Match` which state of the thing it was made for.",
    429: "Too many requests; wait for `Retry-After` seconds.",
}


class Shown(serializers.ModelSerializer[M]):
    """A row as it is answered: nothing of it can be written through this shape.

    `example` is shown in the OpenAPI document, and a test holds it to the shape.
    """

    example: ClassVar[dict[str, Any]] = {}

    def get_extra_kwargs(self) -> dict[str, Any]:
        """Every field of the model is for reading."""
        return {name: {"read_only": True} for name in self.Meta.fields}

    class Meta:
        fields: tuple[str, ...] = ()


def created(data: Any, at: str) -> Response:
    """201 with the new thing as its address `at` shows it, and its ETag."""
    return Response(data, status=201, headers={"Location": at, "ETag": etag_of(data)})


def answers(shape: Any, *refusals: int, status: int = 200) -> dict[Any, Any]:
    """For `extend_schema(responses=…)`: the answer's shape, and problem details for each refusal's status."""
    problems = {(code, MEDIA_TYPE): OpenApiResponse(Problem, REFUSALS[code]) for code in sorted({*ALWAYS, *refusals})}
    return {status: shape, **problems}
