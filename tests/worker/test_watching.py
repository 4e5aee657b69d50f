"""What a real worker tells of a job: the id of the request that rang, a span, and that the worker lives."""

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import redis
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from coe_portal import dispatch
from tests.worker.conftest import Worker, wait_for

_OTHER_DATABASE = 7


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """A real OTLP receiver: its address, and what it received."""
    received: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep what is sent."""
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def spans(received: list[bytes]) -> dict[str, dict[str, str]]:
    """Text attributes by name of span."""
    found = [ExportTraceServiceRequest.FromString(body) for body in list(received)]
    parts = [scope for sent in found for part in sent.resource_spans for scope in part.scope_spans]
    every = [span for part in parts for span in part.spans]
    return {span.name: {pair.key: pair.value.string_value for pair in span.attributes} for span in every}


def lines(worker: Worker, event: str) -> list[dict[str, Any]]:
    """The JSON lines of one kind in the worker's log."""
    read = [line for line in worker.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, read) if line["event"] == event]


def test_a_job_is_told_of_with_the_id_of_the_request_that_rang(
    start_worker: Callable[..., Worker], collector: tuple[str, list[bytes]]
) -> None:
    address, received = collector
    cache_url = os.environ["CELERY_BROKER_URL"].removesuffix("0") + str(_OTHER_DATABASE)
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    worker = start_worker(COE_LOG_FORMAT="json", COE_CACHE_URL=cache_url, **traced)
    job_id = str(uuid.uuid4())  # of a job that is not there: the doorbell finds nothing to do
    with structlog.contextvars.bound_contextvars(request_id="request-of-a-test"):
        dispatch.ring("compute.work", {"job_id": job_id}, "cpu")

    wait_for(lambda: lines(worker, "job"), what="the line of the job")
    (line,) = [told for told in lines(worker, "job") if told["doorbell"] == "compute.work"]
    assert (line["request_id"], line["job_id"], line["outcome"]) == ("request-of-a-test", job_id, "answered")
    assert line["db_statements"] > 0

    wait_for(lambda: "compute.work" in spans(received), what="the span of the job")
    assert spans(received)["compute.work"]["coe.request_id"] == "request-of-a-test"

    with redis.Redis.from_url(cache_url) as kept:
        wait_for(lambda: kept.keys("*operations.heartbeat.cpu"), what="the worker's heartbeat")
