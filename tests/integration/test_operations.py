"""Health, metrics, request ids, log lines, spans and reports of a site that serves."""

import json
import logging
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import structlog
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from apps.accounts.models import Role
from apps.compute import services as compute
from apps.outbox import services as outbox
from coe_portal.operations import health, heartbeats, metrics, reports, tracing
from tests.factories.people import person
from worker.celery import app

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and reports of earlier tests serve nobody here."""
    monkeypatch.setattr(reports, "_allowance", reports.Allowance(reports.A_MINUTE))
    health.state.forget()
    metrics.facts.forget()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the site's own loggers say meanwhile."""
    heard: list[dict[str, Any]] = []

    def hear(_logger: Any, _method: str, event: dict[str, Any]) -> Any:
        heard.append(dict(event))
        raise structlog.DropEvent

    chain: list[Any] = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, hear]
    for module in (health, metrics, reports):
        monkeypatch.setattr(module, "logger", structlog.wrap_logger(logging.getLogger("heard"), chain))
    from coe_portal.operations import jobs, middleware  # looked at here alone

    for around in (jobs, middleware):
        monkeypatch.setattr(around, "logger", structlog.wrap_logger(logging.getLogger("heard"), chain))
    return heard


# Health


def test_a_living_process_says_so_without_asking_anybody(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz", headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert answer["Cache-Control"] == "no-store"


def test_a_ready_site_says_what_it_looked_at(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok"}
    assert "COE_CACHE_URL" in answer.json()["workers"]["note"]


def test_asking_often_asks_the_database_once(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/readyz")
    with django_assert_num_queries(0):
        assert all(client.get("/readyz").status_code == 200 for _ in range(20))


def test_a_site_without_its_broker_is_not_ready_and_tells_no_secret(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = app.connection_for_write("redis://:hunter2hunter2@127.0.0.1:1/0", connect_timeout=1)
    monkeypatch.setattr(app, "connection_for_write", lambda **_: lost)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "broker does not answer" in answer.json()["checks"]["broker"]
    assert "hunter2" not in answer.text


def test_a_site_without_its_database_is_not_ready_and_lives(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "connection", _NoDatabase())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"].startswith("The database does not answer")
    assert answer.json()["checks"]["migrations"] == "not asked: no database"
    assert client.get("/healthz").status_code == 200


class _NoDatabase:
    """A connection to nowhere."""

    def close_if_unusable_or_obsolete(self) -> None:
        """Nothing to close."""

    def close(self) -> None:
        """Nothing to close."""

    def cursor(self) -> Any:
        """Never."""
        from django.db import OperationalError  # what Django raises

        raise OperationalError("connection to server at 10.1.2.3 failed: password authentication failed")


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_waits_is_named(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    try:
        answer = client.get("/readyz")
    finally:
        call_command("migrate", "sessions", fake=True, verbosity=0)
    assert answer.status_code == 503
    assert "first sessions.0001_initial: run `manage.py migrate`" in answer.json()["checks"]["migrations"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_only_reads(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_a_probe_is_answered_over_plain_http_behind_a_proxy(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200


def test_a_workers_heartbeat_is_told_where_the_cache_is_shared(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "is_shared", lambda: True)
    monkeypatch.setattr(heartbeats, "_last_beat", 0.0)
    heartbeats.beat(["cpu"], now=1000.0)
    assert heartbeats.ages()["cpu"] is not None
    workers = client.get("/readyz").json()["workers"]
    assert workers["cpu"].startswith("heartbeat 0 s")
    assert workers["gpu"] == "no heartbeat"
    assert 'coe_worker_heartbeat_seconds{queue="cpu"}' in scraped(client)


# Metrics


def scraped(client: Client, **headers: str) -> str:
    """What Prometheus would read."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return answer.text


def value(text: str, sample: str) -> float:
    """One figure; fails where there is none."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    assert found, f"no {sample} in\n{text}"
    return float(found.group(1))


def test_requests_are_counted_by_route_and_not_by_address(client: Client) -> None:
    client.force_login(person())
    before = client.get("/metrics").text
    client.get("/use-cases/UC-4711999")
    client.get("/nowhere/with-a-persons-name")
    text = scraped(client)
    sample = 'coe_http_requests_total{method="GET",route="unmatched",status="4xx"}'
    assert value(text, sample) - (value(before, sample) if sample in before else 0) == 1
    assert "4711999" not in text
    assert "persons-name" not in text
    assert value(text, 'coe_http_request_seconds_count{method="GET",route="unmatched"}') >= 1


def test_a_made_up_method_makes_no_label_of_its_own(client: Client) -> None:
    client.generic("BREW", "/accounts/login/")
    text = scraped(client)
    assert 'method="OTHER"' in text
    assert "BREW" not in text


def test_work_that_waits_is_counted(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    owner = person(Role.AI_ENGINEER)
    job = compute.enqueue(kind="nothing", subject_id="1", queue="gpu", by=owner)
    outbox.publish("nobody.reacts")
    text = scraped(client)
    assert value(text, "coe_database_up") == 1
    assert value(text, 'coe_jobs{queue="gpu",state="queued"}') == 1
    assert value(text, 'coe_job_oldest_queued_seconds{queue="gpu"}') >= 0
    assert value(text, "coe_outbox_waiting") >= 1
    assert value(text, "coe_outbox_failing") == 0
    assert value(text, "coe_reviews_open") == 0
    assert value(text, "coe_leases_lost") == 0
    assert str(job.pk) not in text


def test_a_refused_password_is_counted(client: Client) -> None:
    before = value(scraped(client), "coe_failed_sign_ins_total")
    client.post("/accounts/login/", {"username": "nobody", "password": "wrong"})
    assert value(scraped(client), "coe_failed_sign_ins_total") == before + 1


def test_figures_go_on_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> Any:
        from django.db import OperationalError  # what Django raises

        raise OperationalError("gone")

    monkeypatch.setattr("apps.compute.selectors.jobs_by_state", lost)
    monkeypatch.setattr(connection, "close", lambda: None)
    text = scraped(client)
    assert value(text, "coe_database_up") == 0
    assert "coe_http_requests_in_flight" in text


@pytest.mark.parametrize(
    ("token", "allowed", "proxies", "sent", "address", "permitted"),
    [
        ("t" * 20, [], 0, {"Authorization": f"Bearer {'t' * 20}"}, "203.0.113.9", True),
        ("t" * 20, [], 0, {"Authorization": f"Bearer {'u' * 20}"}, "203.0.113.9", False),
        ("t" * 20, [], 0, {"Authorization": "Bearer \N{SNOWMAN}"}, "203.0.113.9", False),
        ("", [], 0, {"Authorization": "Bearer "}, "203.0.113.9", False),
        ("", ["10.0.0.0/8"], 0, {}, "10.3.2.1", True),
        ("", ["10.0.0.0/8"], 0, {}, "203.0.113.9", False),
        ("", ["127.0.0.1/32"], 0, {"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1", False),
        ("", ["::1/128"], 1, {}, "::1", True),
        ("", ["127.0.0.1/32"], 0, {}, "not an address", False),
        ("", [], 0, {}, "127.0.0.1", False),
    ],
)
def test_figures_are_for_the_token_or_a_permitted_address(
    settings: Any, token: str, allowed: list[str], proxies: int, sent: dict[str, str], address: str, permitted: bool
) -> None:
    settings.METRICS_TOKEN, settings.METRICS_ALLOWED, settings.PROXIES = token, allowed, proxies
    request = RequestFactory(headers=sent).get("/metrics", REMOTE_ADDR=address)
    assert metrics.exposition(request).status_code == (200 if permitted else 404)


# Request ids, lines and spans


@pytest.mark.parametrize("given", ["ticket-4711.a_b", "0" * 64])
def test_a_sane_id_of_the_caller_is_kept(client: Client, given: str) -> None:
    assert client.get("/accounts/login/", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "new\\nline-here", "with space here", "<script>alert</script>", ""]
)
def test_any_other_id_is_replaced(client: Client, given: str) -> None:
    found = client.get("/accounts/login/", headers={"X-Request-ID": given})["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", found)


def test_a_request_is_told_of_once_without_what_was_asked(client: Client, lines: list[dict[str, Any]]) -> None:
    someone = person()
    client.force_login(someone)
    answer = client.get("/search?q=a-private-word", headers={"X-Request-ID": "request-0001"})
    (line,) = lines
    assert line.pop("ms") >= line.pop("db_ms") > 0
    assert line.pop("db_statements") > 0
    assert line == {
        "event": "request", "level": "info", "request_id": "request-0001", "method": "GET", "route": "search",
        "status": answer.status_code, "user": str(someone.pk),
    }  # fmt: skip


def test_a_stranger_has_no_user_and_a_probe_no_line(client: Client, lines: list[dict[str, Any]]) -> None:
    client.get("/accounts/login/")
    client.get("/healthz")
    assert [(line["route"], line["user"]) for line in lines] == [("login", "")]


def test_a_crash_is_told_of_with_its_id(
    client: Client, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("apps.search.selectors.search", lambda *_, **__: 1 / 0)
    client.force_login(person())
    answer = client.get("/search?q=x")
    assert answer.status_code == 500
    assert (lines[-1]["level"], lines[-1]["status"], lines[-1]["request_id"]) == ("error", 500, answer["X-Request-ID"])


def test_a_refusal_of_the_api_names_the_request(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    client.force_login(person())
    monkeypatch.setattr("apps.search.selectors.search", lambda *_, **__: 1 / 0)
    for path, status in (("jobs/?x=1", 400), ("use-cases/UC-000001/", 404), ("nothing/", 404), ("search/?q=x", 500)):
        answer = client.get(f"/api/v1/{path}", headers={"X-Request-ID": "request-0003"})
        assert (answer.status_code, answer.json()["request_id"]) == (status, "request-0003")
    assert Client().get("/api/v1/me/").json()["request_id"]


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A real OTLP receiver: its address, and what it received."""
    received: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep what is sent."""
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
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


def test_a_collector_receives_the_span_of_a_request(
    client: Client, collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    made = tracing.provider(SimpleSpanProcessor(OTLPSpanExporter()))
    monkeypatch.setattr(tracing, "current", lambda: made)
    client.force_login(person())
    client.get("/search?q=a-private-word", headers={"X-Request-ID": "request-0002"})
    made.shutdown()
    ((path, body),) = received
    span = ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans[0]
    attributes = {found.key: found.value for found in span.attributes}
    assert (path, span.name) == ("/v1/traces", "GET search")
    assert attributes["coe.request_id"].string_value == "request-0002"
    assert attributes["coe.db.statements"].int_value > 0
    assert attributes["http.response.status_code"].int_value == 200
    assert b"a-private-word" not in body


# Reports of the content security policy, and headers


def report(client: Client, body: Any, kind: str = "application/csp-report") -> int:
    """Send a report as a browser does and return the answer's status."""
    sent = body if isinstance(body, str) else json.dumps(body)
    return client.post("/csp-report", sent, content_type=kind).status_code


def test_a_report_is_logged_without_queries_and_in_bounds(client: Client, lines: list[dict[str, Any]]) -> None:
    page, evil = "https://portal.example.org/search?q=private", "https://a:b@evil.example/x?q=private"
    told = {"effective-directive": "img-src", "blocked-uri": evil, "document-uri": page, "sample": "private"}
    old = {"csp-report": told}
    new = [{"type": "csp-violation", "body": {"effectiveDirective": "y" * 999, "blockedURL": "inline"}}]
    assert report(client, old) == report(client, new, "application/reports+json") == 204
    first, second = [line for line in lines if line["event"] == "content security policy"]
    assert (first["directive"], first["blocked"]) == ("img-src", "https://evil.example/x")
    assert (len(second["directive"]), second["blocked"]) == (200, "inline")
    assert "private" not in json.dumps([first, second])


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "7", '{"csp-report": 7}', "[" * 9000, '{"csp-report": {"x": "' + "y" * 20_000 + '"}}']
)
def test_what_is_no_report_is_answered_and_not_logged(client: Client, lines: list[dict[str, Any]], body: str) -> None:
    assert report(client, body) == 204
    assert [line for line in lines if line["event"] != "request"] == []


def test_a_flood_of_reports_writes_few_lines(client: Client, lines: list[dict[str, Any]]) -> None:
    for _ in range(reports.A_MINUTE + 20):
        assert report(client, {"csp-report": {"effective-directive": "img-src"}}) == 204
    assert sum(line["event"] != "request" for line in lines) == reports.A_MINUTE


def test_every_page_names_where_to_report_and_what_it_never_needs(client: Client) -> None:
    answer = client.get("/accounts/login/")
    assert "report-uri /csp-report" in answer["Content-Security-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_form_that_another_site_sends_is_refused(client: Client) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.post("/accounts/login/", headers=sent).status_code == 403
    assert client.get("/accounts/login/", headers=sent).status_code == 200
