"""Traces: none and nothing loaded unless configured, and spans without what people wrote where they are."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from coe_portal.bootstrap import ROOT
from coe_portal.operations import jobs, tracing


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Configured traces that stay in memory."""
    memory = InMemorySpanExporter()
    made = tracing.provider(SimpleSpanProcessor(memory))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(tracing, "current", lambda: made)
    yield memory
    made.shutdown()


def test_a_site_without_a_collector_loads_nothing_of_it() -> None:
    code = (
        "import django, sys; django.setup()\n"
        "import coe_portal.wsgi, worker.tasks.compute\n"
        "from coe_portal.operations import tracing\n"
        "with tracing.span('x', kind='SERVER') as span: assert span is None\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_a_collector_a_message_carries_no_span() -> None:
    assert tracing.carrier() == {}


def test_a_span_has_its_name_kind_and_attributes(exporter: InMemorySpanExporter) -> None:
    told: dict[str, Any] = {"coe.job_id": "7"}
    with tracing.span("compute.work", kind="CONSUMER", **told):
        pass
    (found,) = exporter.get_finished_spans()
    assert (found.name, found.kind.name, dict(found.attributes or {})) == (
        "compute.work", "CONSUMER", {"coe.job_id": "7"},
    )  # fmt: skip
    assert found.resource.attributes["service.name"] == "coe-portal"


def test_an_error_gives_its_kind_and_not_its_words(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(RuntimeError), tracing.span("x", kind="SERVER"):
        raise RuntimeError("what a person wrote")
    (found,) = exporter.get_finished_spans()
    assert found.status.status_code is StatusCode.ERROR
    assert "what a person wrote" not in found.to_json()
    assert (found.attributes or {})["error.type"] == "RuntimeError"


def trace_of(span: ReadableSpan) -> int:
    """The id of the trace a span belongs to."""
    assert span.context is not None
    return int(span.context.trace_id)


def test_a_job_joins_the_trace_of_the_request_that_rang(exporter: InMemorySpanExporter) -> None:
    with tracing.span("GET home", kind="SERVER"):
        luggage = jobs.luggage()
    with tracing.span("compute.work", kind="CONSUMER", carrier=luggage):
        pass
    request, job = exporter.get_finished_spans()
    assert trace_of(request) == trace_of(job)
    assert request.context is not None
    assert job.parent is not None
    assert job.parent.span_id == request.context.span_id
