"""What the OpenAPI document says beyond what drf-spectacular reads from the code by itself."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance, is_list_serializer

from apps.core.api.answers import REFUSALS
from apps.core.api.guards import Guard, guard_of
from apps.core.api.problems import MEDIA_TYPE, Problem, problem_body
from apps.core.api.reading import Body

_TAG = '"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"'
_CODES = {
    400: "invalid-query", 401: "not-authenticated", 403: "not-allowed", 404: "not-found", 409: "conflict",
    412: "stale", 413: "too-large", 415: "unsupported-media-type", 422: "invalid", 428: "precondition-required",
    429: "throttled",
}  # fmt: skip
_REQUEST = "0f8fad5bd9cb469fa16570867728950e"
_MATCH = "The ETag that GET of the thing answered."
_KEY = "Repeating the request with the same key within 24 hours gives the same answer and does nothing twice."


class ClosedBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    """Says in the OpenAPI document that a body takes no other fields."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> Any:
        """The usual schema, closed."""
        usual: Any = auto_schema._map_serializer
        schema = usual(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tokens of the API, where the portal has them."""

    target_class = "apps.accounts.authentication.TokenAuthentication"
    name = "token"
    optional = True

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """How a token is sent."""
        return {"type": "http", "scheme": "bearer", "description": "A token of the API, `coe_….…`."}


class Described(AutoSchema):
    """An operation with its preconditions, the headers of its answers, its refusals, and examples.

    A serializer's `example` is the example of every body and answer of its shape.
    """

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The usual operation, completed."""
        operation = super().get_operation(*args, **kwargs)
        if operation:
            if self.method == "GET":
                self._read(operation)
            else:
                self._written(operation, guard_of(getattr(self.view, self.method.lower()), self.method))
            self._exemplify(operation)
        return operation

    def _read(self, operation: dict[str, Any]) -> None:
        _ask(operation, "If-None-Match", "An ETag that the caller has: while it holds, the answer is 304.", _TAG)
        answers = operation["responses"]
        _tell(answers.get("200"), ETag="Changes whenever the answer does.")
        answers["304"] = {"description": "Nothing has changed since the caller read it."}

    def _written(self, operation: dict[str, Any], guard: Guard) -> None:
        answers = operation["responses"]
        self._refuse(operation, 403, 415, *((412, 428) if guard.changes else ()))
        if guard.changes:
            _ask(operation, "If-Match", _MATCH, _TAG, required=not guard.makes)
            operation["x-etag-of"] = self.path if guard.thing is None else re.sub(r"[^/]+/$", "", self.path)
        if guard.makes:
            _ask(operation, "If-None-Match", "`*` where nothing is there yet.", "*")
        if self.method == "POST" and not guard.secret:
            _ask(operation, "Idempotency-Key", _KEY, "8f1c2a5e-register", pattern="^[!-~]{1,200}$")
            self._refuse(operation, 409, 422)
            for status in ("200", "201"):
                _tell(answers.get(status), **{"Idempotent-Replayed": "`true` when this is the answer of before."})
        _tell(answers.get("200" if guard.changes else "201"), ETag="The thing's as it is now.")
        _tell(answers.get("201"), Location="Where the new thing is.")

    def _refuse(self, operation: dict[str, Any], *statuses: int) -> None:
        answers = operation["responses"]
        for status in statuses:
            shape: Any = self.resolve_serializer(Problem, "response").ref
            told = {"description": REFUSALS[status], "content": {MEDIA_TYPE: {"schema": shape}}}
            answers.setdefault(str(status), told)
        operation["responses"] = dict(sorted(answers.items()))

    def _exemplify(self, operation: dict[str, Any]) -> None:
        for status, answer in operation["responses"].items():
            if MEDIA_TYPE in answer.get("content", {}):
                answer["content"][MEDIA_TYPE]["example"] = _problem(int(status))
        _tell(operation["responses"].get("429"), **{"Retry-After": "Seconds to wait."})
        if "requestBody" in operation:
            _show(operation["requestBody"], _example(self.get_request_serializer()))
        shapes = self.get_response_serializers()
        known: dict[Any, Any] = shapes if isinstance(shapes, dict) else {}
        for status, shape in known.items():
            if isinstance(status, int) and status < 300:
                _show(operation["responses"][str(status)], self._answer_example(shape))

    def _answer_example(self, shape: Any) -> Any:
        found = _example(shape)
        instance: Any = _instance(shape)
        view: Any = self.view
        return view.pagination_class.example(found) if found is not None and is_list_serializer(instance) else found


def _instance(shape: Any) -> Any:
    return force_instance(shape)  # type: ignore[no-untyped-call]


def _example(shape: Any) -> Any:
    instance = _instance(shape)
    return getattr(getattr(instance, "child", instance), "example", None)


def _show(message: dict[str, Any], example: Any) -> None:
    for media in message.get("content", {}).values():
        if example is not None:
            media["example"] = example


def _ask(
    operation: dict[str, Any], name: str, description: str, example: str, *, required: bool = False, **schema: str
) -> None:
    header: dict[str, Any] = {"in": "header", "name": name, "description": description, "example": example}
    header["schema"] = {"type": "string", **schema}
    operation.setdefault("parameters", []).append({**header, "required": True} if required else header)


def _tell(answer: dict[str, Any] | None, **headers: str) -> None:
    if answer is None:
        return
    for name, description in headers.items():
        answer.setdefault("headers", {})[name] = {"description": description, "schema": {"type": "string"}}


def _problem(status: int) -> dict[str, Any]:
    code = _CODES.get(status, "refused")
    return problem_body(status, code, REFUSALS.get(status, "Refused."), {}, request_id=_REQUEST)
