"""Every refusal of the API as problem details (RFC 9457) with a stable code."""

from collections.abc import Iterator
from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import IntegrityError
from django.http import Http404, JsonResponse
from psycopg.errors import UniqueViolation
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.core.errors import DomainError
from apps.core.text import clean_value

MEDIA_TYPE = "application/problem+json"
_HEADERS = ("WWW-Authenticate", "Retry-After", "Allow")
# A body of thousands of faulty items must not become an answer of thousands of messages.
_MOST_ERRORS = 50


class Problem(serializers.Serializer[Any]):
    """Why a request was refused. `code` is stable; `detail` is for people; `errors` names the faulty values."""

    type = serializers.CharField(help_text="A URN that ends with the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField(
        help_text="Under which the log tells of this request; quote it to whoever runs the portal."
    )
    errors = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Messages by the name of the faulty value, such as `title` or `items.3.expected`.",
    )


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None lets an error that is no refusal become an internal server error."""
    if isinstance(error, DomainError):
        problem = _problem(error.status, error.code, error.message, error.fields)
        if seconds := getattr(error, "retry_after", 0):
            problem["Retry-After"] = str(seconds)
        return problem
    error = _as_api_exception(error)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return None
    problem = _from(error)
    for name in _HEADERS:
        if name in response:
            problem[name] = response[name]
    return problem


def flat(errors: Any) -> dict[str, list[str]]:
    """Nested serializer errors as one level: `{"items": {3: {"input": [..]}}}` gives `{"items.3.input": [..]}`."""
    found: dict[str, list[str]] = {}
    for path, message in _leaves(errors, ()):
        found.setdefault(path, []).append(message)
        if len(found) >= _MOST_ERRORS:
            break
    return found


def _leaves(errors: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from _leaves(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(errors, list):
        for number, inner in enumerate(errors):
            # A list holds either messages, or one dictionary an item (an empty one where all is well).
            yield from _leaves(inner, (*path, str(number)) if isinstance(inner, dict) else path)
    else:
        yield ".".join(path) or "body", str(errors)


def _as_api_exception(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, (SuspiciousOperation, BadRequest)):
        return exceptions.ParseError("The request cannot be read.")
    if isinstance(error, IntegrityError) and isinstance(error.__cause__, UniqueViolation):
        return _TakenMeanwhile()
    return error


class _TakenMeanwhile(exceptions.APIException):
    """Two requests wrote the same name at once: the service's own check saw neither."""

    status_code = 409
    default_detail = "Something else was saved under the same name at the same moment. Read it and try again."
    default_code = "conflict"


def _from(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        return _problem(
            error.status_code, "invalid-query", "The address has wrong parameters; see errors.", flat(error.detail)
        )
    return _problem(error.status_code, str(error.get_codes()).replace("_", "-"), str(error.detail), {})


def problem_body(
    status: int, code: str, detail: str, errors: dict[str, list[str]], *, request_id: str
) -> dict[str, Any]:
    """The members of a problem."""
    body: dict[str, Any] = {
        "type": f"urn:coe-portal:problem:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = errors
    return body


def _problem(status: int, code: str, detail: str, errors: dict[str, list[str]]) -> Response:
    # Messages quote what was sent, which may be text that UTF-8 cannot carry.
    body = clean_value(problem_body(status, code, detail, errors, request_id=_request_id()))
    return Response(body, status=status, content_type=MEDIA_TYPE)


def crashed() -> JsonResponse:
    """The answer when the portal itself failed; what happened is in the log alone."""
    words = "Something broke here. It is not your fault; the error is in the log. Try again later."
    body = problem_body(500, "internal-error", words, {}, request_id=_request_id())
    return JsonResponse(body, status=500, content_type=MEDIA_TYPE)


def _request_id() -> str:
    """The id that every line of the log carries now, "" outside a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
