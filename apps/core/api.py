"""API mechanics every app shares: problem details (RFC 9457) and page-number pagination."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.core.errors import DomainError


class Pages(PageNumberPagination):
    """Pages of 50, at most 200 rows by `page_size`."""

    page_size_query_param = "page_size"
    max_page_size = 200


def _problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    body = {"type": f"urn:coe-portal:problem:{code}", "title": code.replace("-", " "), "status": status}
    return Response(
        {**body, "code": code, "detail": detail, **extra},
        status=status,
        content_type="application/problem+json",
    )


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes.replace("_", "-") if isinstance(codes, str) else "invalid"


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal as `application/problem+json` with a stable `code`."""
    if isinstance(error, DomainError):
        return _problem(error.status, error.code, error.message, errors=error.fields)
    if isinstance(error, (Http404, PermissionDenied)):
        error = exceptions.NotFound() if isinstance(error, Http404) else exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    fields = error.detail if isinstance(error, exceptions.ValidationError) else {}
    detail = "Some values are missing or wrong; see errors." if fields else str(error.detail)
    problem = _problem(error.status_code, _code(error), detail, **({"errors": fields} if fields else {}))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response:
            problem[name] = response[name]
    return problem
