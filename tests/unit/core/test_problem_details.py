"""Problem details: one form for every refusal, whatever raised it."""

import json
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import IntegrityError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

from apps.core.api.problems import MEDIA_TYPE, flat, problem_details
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, StaleError


def answered(error: Exception) -> dict[str, Any]:
    """The body of the answer to `error`, as it goes over the wire."""
    response = problem_details(error, {})
    assert response is not None
    assert response.content_type == MEDIA_TYPE
    body: dict[str, Any] = json.loads(JSONRenderer().render(response.data))
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:coe-portal:problem:{body['code']}"
    return body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError("x"), 404, "not-found"),
        (NotAllowedError("x"), 403, "not-allowed"),
        (ConflictError("x"), 409, "conflict"),
        (StaleError("x"), 412, "stale"),
        (InvalidError("x"), 422, "invalid"),
        (Http404("x"), 404, "not-found"),
        (PermissionDenied("x"), 403, "permission-denied"),
        (SuspiciousOperation("x"), 400, "parse-error"),
        (BadRequest("x"), 400, "parse-error"),
        (exceptions.ParseError("x"), 400, "parse-error"),
        (exceptions.ValidationError({"a": ["x"]}), 400, "invalid-query"),
        (exceptions.NotAuthenticated(), 401, "not-authenticated"),
        (exceptions.AuthenticationFailed(), 401, "authentication-failed"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (exceptions.NotAcceptable(), 406, "not-acceptable"),
        (exceptions.UnsupportedMediaType("a/b"), 415, "unsupported-media-type"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
    ],
)
def test_every_refusal_has_a_status_and_a_stable_code(error: Exception, status: int, code: str) -> None:
    body = answered(error)
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]


@pytest.mark.parametrize("error", [RuntimeError("x"), IntegrityError("x"), KeyError("x")])
def test_an_error_that_is_no_refusal_stays_one(error: Exception) -> None:
    assert problem_details(error, {}) is None


def test_a_refusals_fields_are_its_errors() -> None:
    body = answered(InvalidError("Wrong.", fields={"title": ["Fill this in."]}))
    assert (body["detail"], body["errors"]) == ("Wrong.", {"title": ["Fill this in."]})
    assert "errors" not in answered(InvalidError("Wrong."))


def test_waiting_time_survives() -> None:
    response = problem_details(exceptions.Throttled(wait=3), {})
    assert response is not None
    assert response["Retry-After"] == "3"


def test_text_that_utf_8_cannot_carry_is_mended() -> None:
    body = answered(InvalidError("No \ud800\x00.", fields={"\udfff": ["\ud800 is no choice."]}))
    assert (body["detail"], body["errors"]) == ("No \ufffd\ufffd.", {"\ufffd": ["\ufffd is no choice."]})


@pytest.mark.parametrize(
    ("nested", "expected"),
    [
        ({"a": ["x", "y"]}, {"a": ["x", "y"]}),
        ({"items": [{}, {"input": ["x"]}]}, {"items.1.input": ["x"]}),
        ({"items": {3: ["x"]}}, {"items.3": ["x"]}),
        ({"items": {3: {"input": ["x"]}}}, {"items.3.input": ["x"]}),
        ({"non_field_errors": ["x"]}, {"body": ["x"]}),
        ({"items": {"non_field_errors": ["x"]}}, {"items": ["x"]}),
        (["x"], {"body": ["x"]}),
        ({}, {}),
    ],
)
def test_nested_errors_become_one_level(nested: Any, expected: dict[str, list[str]]) -> None:
    assert flat(nested) == expected


def test_thousands_of_faults_do_not_become_thousands_of_messages() -> None:
    assert len(flat({"items": [{"input": ["x"]}] * 10_000})) == 50
