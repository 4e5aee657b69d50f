"""Around every doorbell a worker answers: the ids of whoever rang, a span, and one log line."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from coe_portal.operations import logs, timing, tracing

logger = structlog.get_logger("coe_portal.job")
_REQUEST_ID = "coe_request_id"


def luggage() -> dict[str, str]:
    """The headers of a message: the id of the request that rings, and its span where traces are configured."""
    request_id = logs.bound().get("request_id", "")
    return {**tracing.carrier(), **({_REQUEST_ID: request_id} if request_id else {})}


@contextmanager
def watched(doorbell: str, ids: Mapping[str, Any], headers: Mapping[str, Any] | None) -> Iterator[None]:
    """Bind the ids of the message to all lines from here on, trace the block, and say how it ended.

    The ids stay bound when it is over, so that Celery's own line about a failure has them; the next message replaces
    them.
    """
    luggage = {name: str(value) for name, value in (headers or {}).items()}
    bound = {"doorbell": doorbell, **{name: str(value) for name, value in ids.items()}}
    if request_id := luggage.get(_REQUEST_ID):
        bound["request_id"] = request_id
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**bound)
    started, outcome = time.perf_counter(), "failed"
    attributes = {f"coe.{name}": value for name, value in bound.items()}
    with tracing.span(doorbell, kind="CONSUMER", carrier=luggage, **attributes) as span, timing.database() as spent:
        try:
            yield
            outcome = "answered"
        finally:
            if span is not None:
                span.set_attributes(spent.traced())
            # Beat rings every few seconds: nothing to tell of when nobody asked and nothing failed.
            say = logger.info if ids or request_id or outcome == "failed" else logger.debug
            seconds = time.perf_counter() - started
            say("job", outcome=outcome, ms=round(seconds * 1000, 1), **spent.told())
