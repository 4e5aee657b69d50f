"""What stands around a write: the ETag that the caller has read, and the key that makes repeating harmless."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db import transaction
from django.utils.http import parse_etags
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from apps.core import replies, rows
from apps.core.api.throttles import caller_of
from apps.core.errors import DomainError, InvalidError, NotFoundError, StaleError
from apps.core.hashing import sha256_hex

if TYPE_CHECKING:
    from apps.core.api.resource import Resource

Handler = TypeVar("Handler", bound=Callable[..., Any])
KEY = re.compile(r"[!-~]{1,200}")
_KEPT_HEADERS = ("ETag", "Location")


class PreconditionRequired(exceptions.APIException):
    """The request does not say which state of the thing it was made for."""

    status_code = 428
    default_code = "precondition_required"


class KeyRefusedError(InvalidError):
    """The answer holds a secret, which is shown once and kept nowhere."""

    code = "idempotency-key-refused"


class Guard(NamedTuple):
    """How a writing handler is guarded; without a declaration PATCH, PUT and DELETE change what their address names."""

    declared: bool = False
    changes: bool = False
    thing: "type[Resource] | None" = None
    makes: bool = False
    whatever: bool = False
    secret: bool = False


def creates(*, secret: bool = False) -> Callable[[Handler], Handler]:
    """Declares a POST that makes something new, so that no `If-Match` is needed.

    `secret`: the answer holds what may be shown once only; it is never kept, so no idempotency key is taken.
    """
    return _declared(Guard(declared=True, secret=secret))


def changes(
    thing: "type[Resource] | None" = None, *, makes: bool = False, whatever: bool = False
) -> Callable[[Handler], Handler]:
    """Declares a write to an existing thing: `If-Match` must name the ETag that GET of `thing` answers now.

    `thing` is the view of the thing, without one this very view; it has `shown` and `row`, and takes the same parts of
    the address. `makes`: where nothing is there yet, `If-None-Match: *` makes it. `whatever`: `If-Match: *` will do,
    for deeds that are right in any state of the thing.
    """
    return _declared(Guard(declared=True, changes=True, thing=thing, makes=makes, whatever=whatever))


def guard_of(handler: Any, method: str) -> Guard:
    """How a handler is guarded."""
    found: Guard = getattr(handler, "guard", Guard(changes=method.upper() != "POST"))
    return found


def etag_of(data: Any) -> str:
    """The strong ETag of an answer's body: SHA-256 of its JSON with sorted keys, in quotation marks."""
    text = json.dumps(data, cls=JSONEncoder, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'


def guarded(handler: Callable[..., Response]) -> Callable[..., Response]:
    """A writing handler in one transaction with its precondition and its kept answer."""

    @wraps(handler)
    def carry_out(view: "Resource", request: Request, **kwargs: Any) -> Response:
        guard = guard_of(handler, request.method or "")
        with transaction.atomic():
            key = _Key.of(request, guard)
            if key and (kept := key.answer()):
                return kept
            answer = _answer(handler, view, guard, key, request, kwargs)
        if isinstance(answer, DomainError):
            raise answer
        return answer

    return carry_out


def _answer(
    handler: Callable[..., Response],
    view: "Resource",
    guard: Guard,
    key: "_Key | None",
    request: Request,
    kwargs: dict[str, Any],
) -> Response | DomainError:
    """The answer, or the refusal: services undo their own part; what they mean to stay, as a voided request, stays."""
    try:
        if guard.changes:
            _check(view, guard, request, kwargs)
        return _done(handler(view, request, **kwargs), guard, key)
    except DomainError as error:
        return error


def _done(response: Response, guard: Guard, key: "_Key | None") -> Response:
    """The answer to a write that succeeded, with the thing's new ETag, and kept for its key."""
    if guard.changes and response.status_code == 200:
        response["ETag"] = etag_of(response.data)
    if key and response.status_code < 300:
        key.keep(response)
    return response


class _Key(NamedTuple):
    """An idempotency key, whose it is, and the request it stands for."""

    caller: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, request: Request, guard: Guard) -> "_Key | None":
        """The key of a POST, None without one. Raises ParseError, KeyRefusedError."""
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST":
            return None
        if not KEY.fullmatch(key):
            raise exceptions.ParseError("An Idempotency-Key is 1 to 200 visible ASCII characters.")
        if guard.secret:
            raise KeyRefusedError("The answer is shown once and kept nowhere, so no Idempotency-Key is taken here.")
        fingerprint = sha256_hex([request.method, request.get_full_path(), request.data])
        return cls(caller_of(request), key, fingerprint)

    def answer(self) -> Response | None:
        """The kept answer."""
        reply = replies.find(**self._asdict())
        if reply is None:
            return None
        headers = {**reply.headers, "Idempotent-Replayed": "true"}
        return Response(json.loads(reply.body), status=reply.status, headers=headers)

    def keep(self, response: Response) -> None:
        """Keep an answer."""
        headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
        body = json.dumps(response.data, cls=JSONEncoder)
        replies.keep(**self._asdict(), status=response.status_code, headers=headers, body=body)


def _check(view: "Resource", guard: Guard, request: Request, kwargs: dict[str, Any]) -> None:
    """Lock the thing and compare. Raises NotFoundError, PreconditionRequired, StaleError."""
    thing: Any = (guard.thing or type(view))()
    thing.request, thing.kwargs = request, kwargs
    row = thing.row(request, **kwargs)
    named = parse_etags(request.headers.get("If-Match", ""))
    makes = guard.makes and request.headers.get("If-None-Match", "").strip() == "*"
    if not (named or makes) or ("*" in named and not guard.whatever):
        raise PreconditionRequired(_wanted(guard, "*" in named))
    rows.lock(row)
    current = _current(thing, guard, request, kwargs)
    if not (current is None if makes else current and ("*" in named or current in named)):
        raise StaleError("It has changed since you read it. Read it again, then say what should happen to it now.")


def _current(thing: Any, guard: Guard, request: Request, kwargs: dict[str, Any]) -> str | None:
    """The ETag of the thing as it is, None where it can be made and is not there yet."""
    try:
        return etag_of(thing.shown(request, **kwargs))
    except NotFoundError:
        if guard.makes:
            return None
        raise


def _wanted(guard: Guard, any_state: bool) -> str:
    if any_state:
        return "`If-Match: *` is not enough here: name the ETag that you have read."
    also = " Where nothing is there yet, send `If-None-Match: *`." if guard.makes else ""
    return f"Read the thing, and send its ETag as `If-Match`.{also}"


def _declared(guard: Guard) -> Callable[[Handler], Handler]:
    def declare(handler: Handler) -> Handler:
        handler.guard = guard  # type: ignore[attr-defined]  # read by guard_of
        return handler

    return declare
