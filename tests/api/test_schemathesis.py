"""Ten thousand generated requests, right and wrong, by several people: no crash, no answer off the document."""

import gc
import logging
import os
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client

from tests.api.world import CSRF, World, cookies_of, part_of

pytestmark = pytest.mark.django_db
# Fewer while looking for the cause of a failure.
AT_LEAST = int(os.environ.get("COE_FUZZ_REQUESTS", "10000"))
CHECKS: list[Any] = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip


class Bombardment:
    """Sends generated cases, each in a transaction that is undone, so that every case meets the same world."""

    def __init__(self, world: World) -> None:
        self.world, app = world, WSGIHandler()
        self.reader = Client(app, use_cookies=False)
        self.statuses: Counter[int] = Counter()
        self.reached: Counter[str] = Counter()
        self.faults: dict[str, str] = {}
        self._etags: dict[str, str] = {}
        self.callers = [cookies_of(who) for who in world.people]
        document = self._document()
        self.places = world.places(document["paths"])
        schema: Any = schemathesis.openapi.from_dict(document)
        schema.app = app
        self.operations: list[Any] = [found.ok() for found in schema.get_all_operations()]

    @property
    def sent(self) -> int:
        """How many requests there were."""
        return self.statuses.total()

    def unanswered(self) -> list[Any]:
        """The operations that nobody was let through to yet."""
        return [operation for operation in self.operations if not self.reached[operation.label]]

    def strike(self, case: Any, draw: Any) -> None:
        """Send one case as everybody, mostly with names of things that exist and their ETags, and check the answers."""
        if draw(st.integers(0, 3)):
            self._name(case, draw)
        if draw(st.integers(0, 3)):
            self._match(case)
        # What takes no body must still name the type, and nothing in the document would make it.
        headers = {"X-CSRFToken": CSRF} | ({} if case.media_type else {"Content-Type": "application/json"})
        for cookies in self.callers:
            with transaction.atomic():
                answer = case.call(headers=headers, cookies=cookies)
                transaction.set_rollback(True)
            self.statuses[answer.status_code] += 1
            self.reached[case.operation.label] += answer.status_code < 300
            self._check(case, answer)

    def _check(self, case: Any, answer: Any) -> None:
        """Note what is wrong with an answer; the first of its like says it for all."""
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for fault in group.exceptions:
                told = f"{case.as_curl_command()}\n{answer.status_code} {answer.text[:500]}\n{fault}"
                self.faults.setdefault(f"{case.operation.label} {answer.status_code} {type(fault).__name__}", told)

    def _name(self, case: Any, draw: Any) -> None:
        """Put names of things that exist into the address and the body."""
        part = part_of(case.path)
        # New ones each time: what was generated may be generated again, and must be as it was.
        if (fits := self.world.fits(case.path)) and draw(st.booleans()):
            case.path_parameters = dict(draw(st.sampled_from(fits)))
        else:
            case.path_parameters = {
                name: draw(st.sampled_from(known)) if (known := self.places.get((part, name))) else value
                for name, value in (case.path_parameters or {}).items()
            }
        address = case.path.format_map({name: str(value) for name, value in case.path_parameters.items()})
        if isinstance(case.body, dict) and (bodies := self.world.bodies.get((case.method, address))):
            right = draw(st.sampled_from(bodies))
            if draw(st.booleans()):
                case.body = dict(right)
            else:
                case.body = {**case.body, **{name: right[name] for name in right if draw(st.integers(0, 3))}}
        # Almost any page is beyond the last, and any cursor made up.
        if case.query and draw(st.booleans()):
            case.query = {name: value for name, value in case.query.items() if name not in ("page", "cursor")}

    def _match(self, case: Any) -> None:
        """Send the ETag of what the case changes, if there is such a thing."""
        template = case.operation.definition.raw.get("x-etag-of")
        if template:
            path = template.format_map({name: str(value) for name, value in (case.path_parameters or {}).items()})
            if path not in self._etags:
                self._etags[path] = self._read(path).headers.get("ETag", "")
            if self._etags[path]:
                case.headers["If-Match"] = self._etags[path]
                case.headers.pop("Idempotency-Key", None)

    def _read(self, path: str) -> Any:
        cookies = "; ".join(f"{name}={value}" for name, value in self.callers[0].items())
        return self.reader.get(path, headers={"Cookie": cookies})

    def _document(self) -> Any:
        """The document as callers get it, but for the ways to sign in: every case is sent by somebody signed in."""
        document: Any = self._read("/api/schema/").json
        del document["components"]["securitySchemes"]
        for methods in document["paths"].values():
            for operation in methods.values():
                del operation["security"]
        return document


@pytest.fixture
def bombardment(settings: Any) -> Iterator[Bombardment]:
    """A seeded portal, without the thousands of lines that refusals leave in the log."""
    crashes: list[str] = []
    # A query less a request; sessions are tested elsewhere.
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    def note(sender: Any, **_: Any) -> None:
        crashes.append(traceback.format_exc())

    world = World()
    got_request_exception.connect(note)
    # Between requests Django drops connections, and with them the transaction that undoes each case.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    logging.disable(logging.CRITICAL)
    # What there is by now stays until the end, and looking through it again and again takes long.
    gc.freeze()
    yield Bombardment(world)
    gc.unfreeze()
    logging.disable(logging.NOTSET)
    got_request_exception.disconnect(note)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    assert not crashes, crashes[0]


def test_ten_thousand_requests_meet_no_crash_and_no_answer_off_the_document(bombardment: Bombardment) -> None:
    turn, people, began = 0, len(bombardment.callers), time.process_time()
    while bombardment.sent < AT_LEAST:
        each = -(-(AT_LEAST - bombardment.sent) // (2 * people * len(bombardment.operations)))
        for operation in bombardment.operations:
            _volley(bombardment, operation, GenerationMode.POSITIVE, most=each, turn=turn)
            if _can_be_wrong(operation):
                _volley(bombardment, operation, GenerationMode.NEGATIVE, most=each, turn=turn)
        turn += 1
    # Whatever is always refused would be tested for its refusals alone; chance may have missed some.
    for further in range(turn, turn + 5):
        for operation in bombardment.unanswered():
            _volley(bombardment, operation, GenerationMode.POSITIVE, most=20, turn=further)
    spent = time.process_time() - began
    print(f"{bombardment.sent} requests in {spent:.0f} s of this process: {sorted(bombardment.statuses.items())}")
    assert not bombardment.faults, "\n\n".join(f"{what}\n{told}" for what, told in bombardment.faults.items())
    assert bombardment.sent >= AT_LEAST
    unanswered = [operation.label for operation in bombardment.unanswered()]
    assert not unanswered, "Nobody was let through; extend world.py:\n" + "\n".join(unanswered)


def _can_be_wrong(operation: Any) -> bool:
    """Whether a value could be off its schema; any text is right for a header, and for a part of the address."""
    raw = operation.definition.raw
    return "requestBody" in raw or any(
        parameter["in"] == "query" or "format" in parameter["schema"] or parameter["schema"]["type"] != "string"
        for parameter in raw.get("parameters", [])
    )


def _volley(bombardment: Bombardment, operation: Any, mode: GenerationMode, *, most: int, turn: int) -> None:
    """Generate at most `most` cases; `turn` makes them other ones than before, and the same in every run."""

    @seed(turn)
    @effort(
        max_examples=most, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def strike(case: Any, data: Any) -> None:
        bombardment.strike(case, data.draw)

    with suppress(Unsatisfiable):  # there is nothing that could be wrong
        strike()
