"""OpenTelemetry traces, where OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise nothing is imported and nothing costs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def configured() -> bool:
    """Whether this process shall send traces."""
    return any(os.environ.get(name) for name in _ENDPOINTS)


@cache
def _provider_of(_process: int) -> TracerProvider:
    # Each import of the SDK costs half a second of start, so only sites that trace pay for it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from apps.core.egress.sessions import EgressSession

    # Traces, too, go only where the portal may call.
    return provider(BatchSpanProcessor(OTLPSpanExporter(session=EgressSession(purpose="traces"))))


def provider(processor: SpanProcessor) -> TracerProvider:
    """A provider that names this service and hands spans to `processor`."""
    # As above: only sites that trace.
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    made = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "coe-portal")}))
    made.add_span_processor(processor)
    return made


def current() -> TracerProvider:
    """This process's provider: made at the first span, since the exporter's thread does not survive a fork."""
    return _provider_of(os.getpid())


@contextmanager
def span(name: str, *, kind: str, carrier: Mapping[str, str] | None = None, **attributes: Any) -> Iterator[Span | None]:
    """A span around the block, or None where traces are not configured; `carrier` names the caller's span.

    `kind` is SERVER or CONSUMER. Attributes never hold what people wrote, and an error gives its type alone.
    """
    if not configured():
        yield None
        return
    from opentelemetry import propagate, trace  # as above: only sites that trace

    parent = propagate.extract(dict(carrier or {}))
    tracer = current().get_tracer("coe_portal")
    with tracer.start_as_current_span(
        name, parent, trace.SpanKind[kind], attributes, record_exception=False, set_status_on_exception=False
    ) as started:
        try:
            yield started
        except BaseException as error:
            failed(started, type(error).__name__)
            raise


def failed(span: Span, kind: str) -> None:
    """Mark the span as failed with an error of this kind."""
    from opentelemetry.trace import Status, StatusCode  # as above: only sites that trace

    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def carrier() -> dict[str, str]:
    """What a message to a worker carries, so that the job's span joins this one; empty without traces."""
    carried: dict[str, str] = {}
    if configured():
        from opentelemetry import propagate  # as above: only sites that trace

        propagate.inject(carried)
    return carried


def flush() -> None:
    """Send what waits, as a worker process does before it ends."""
    if configured():
        current().force_flush(timeout_millis=3000)
