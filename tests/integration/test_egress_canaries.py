"""Secrets surface nowhere: in no page, export, answer of the API, log, trace, audit event, stored row or error."""

import base64
import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
import structlog
from django.conf import settings as site
from django.test import Client as Browser
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from pytest_django import Settings

from apps.accounts import services as accounts
from apps.accounts.models import ApiToken, Role, User
from apps.catalog.models import Endpoint
from apps.compute.models import Job, JobState
from apps.core import egress, lists
from apps.core.egress import sync
from apps.core.egress.sessions import EgressSession
from apps.egress import services as store
from apps.evaluations import services as evaluations
from apps.notifications.models import Delivery, DeliveryState, WebhookEndpoint, WebhookKind
from apps.notifications.services import deliveries
from apps.search.embedders import EmbeddingError, OpenAICompatible
from coe_portal.operations import tracing
from tests.architecture.test_routes import classed
from tests.factories import cases, shelves, told
from tests.factories.canaries import Canaries, Net
from tests.factories.people import person
from worker.engines import answerers
from worker.tasks import compute, notifications

pytestmark = pytest.mark.django_db
FAULTS = ("echo-500", "echo-401", "echo-200", "redirect", "reason", "garbage", "hang", "long")


class Echo:
    """A server that fails in the way its path names, and sends back all that it was sent."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.over = Event()
        echo = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                said = f"{self.path} {dict(self.headers.items())} {body}".replace("\r", "").replace("\n", "")
                echo.heard.append(said)
                echo.answer(self, self.path.split("/")[1], said)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler, fault: str, said: str) -> None:
        """Fail as told."""
        if fault == "hang":
            self.over.wait(30)
        if fault == "garbage":
            handler.wfile.write(said.encode())
            return
        status = {"echo-500": 500, "echo-401": 401, "redirect": 302, "reason": 400}.get(fault, 200)
        handler.send_response(status, said if fault == "reason" else None)
        handler.send_header("Location", f"{self.url}/echo-500/?stolen={said}")
        handler.send_header("X-Said", said)
        handler.end_headers()
        handler.wfile.write(said.encode() * (100 if fault == "long" else 1))

    def close(self) -> None:
        """Stop serving."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def echo() -> Iterator[Echo]:
    running = Echo()
    yield running
    running.close()


@pytest.fixture
def canaries(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Canaries:
    """Secrets in the environment, a file, the store, the settings, a password, and the secret part of a token."""
    found = Canaries()
    settings.SECRET_KEY = found.plant("secret-key")
    settings.SECRET_KEYS = {"one": b"canary-of-thirty-two-bytes-long."}
    found.planted["key-ring"] = "canary-of-thirty-two-bytes-long."
    settings.SECRET_FILES = str(tmp_path)
    monkeypatch.setenv("COE_ENDPOINT_KEY_CANARY", found.plant("variable"))
    monkeypatch.setenv(settings.EMBEDDING_KEY_VARIABLE, found.plant("embeddings"))
    (tmp_path / "canary").write_text(found.plant("file"))
    store.set_secret(name="canary", value=found.plant("stored"), by=person(Role.ADMINISTRATOR))
    settings.TOKEN_PEPPERS = {"one": found.plant("pepper")}
    holder = person(name="holder")
    holder.set_password(found.plant("password"))
    holder.save()
    _, token = accounts.issue_token(owner=holder, name="canary", scopes=["all:read"], by=holder)
    found.planted["token"] = token.partition(".")[2]
    return found


@pytest.fixture
def net(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    """What is seen, with all logs down to the last detail, and the traces."""
    found = Net()
    made = tracing.provider(SimpleSpanProcessor(found.traces))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(tracing, "current", lambda: made)
    caplog.set_level(logging.DEBUG)
    yield found
    made.shutdown()
    # Doorbells that were answered in this process leave their ids.
    structlog.contextvars.clear_contextvars()


def test_the_net_would_notice() -> None:
    canaries, net = Canaries(), Net()
    net.add("a page", f"<p>{canaries.plant('x')}</p>")
    net.add_error(ValueError(canaries.plant("y")))
    made = tracing.provider(SimpleSpanProcessor(net.traces))
    with made.get_tracer("test").start_as_current_span("a span", attributes={"said": canaries.plant("z")}):
        pass
    made.shutdown()
    net.add_traces()
    assert {line.split()[0] for line in net.surfaced(canaries)} == {"x", "y", "z"}


def _call_everything(echo: Echo, net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenAICompatible, "timeout_seconds", 0.4)
    for fault in FAULTS:
        url = f"{echo.url}/{fault}/v1"
        for credential in ("COE_ENDPOINT_KEY_CANARY", f"file:{tmp_path}/canary", "store:canary"):
            try:
                sync.fetch("POST", url, purpose="models", credential=credential, timeout=0.4, largest=5000)
            except egress.EgressError as error:
                net.add_error(error)
        try:
            OpenAICompatible(url, "m").embed(["7"])
        except EmbeddingError as error:
            net.add_error(error)
        try:
            EgressSession(seconds=0.4).post(url, auth=("id", "word"), timeout=1).raise_for_status()
        except requests.RequestException as error:
            net.add_error(error)


def test_no_failing_call_tells_its_secret(
    echo: Echo, canaries: Canaries, net: Net, caplog: pytest.LogCaptureFixture, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _call_everything(echo, net, tmp_path, monkeypatch)
    refused = ["http://127.0.0.1:1/", "http://169.254.169.254/", "http://elsewhere.example.org/"]
    for url in refused:
        with pytest.raises(egress.EgressError) as caught:
            sync.fetch("GET", url, purpose="models", credential="store:canary", timeout=0.4)
        net.add_error(caught.value)
    net.add_logs(caplog.records)
    net.add_traces()
    net.add_database()
    assert net.surfaced(canaries) == []
    heard = "".join(echo.heard)
    assert all(canaries.planted[name] in heard for name in ("variable", "file", "stored", "embeddings"))


def _failed_run(url: str, credential: str) -> Endpoint:
    endpoint = shelves.openai_endpoint(url, key_variable=credential)
    evaluations.start_run(
        prompt_version=shelves.prompt(), endpoint=endpoint, dataset_version=shelves.dataset(), scorers=["numeric"],
        gate_scorer="numeric", threshold=Decimal("0.5"), by=person(Role.AI_ENGINEER),
    )  # fmt: skip
    return endpoint


def test_no_run_and_no_page_tells_a_secret(
    echo: Echo, canaries: Canaries, net: Net, caplog: pytest.LogCaptureFixture, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Runs that fail in every way; then everything is read by the most and by the least powerful."""
    monkeypatch.setattr(answerers, "_TRIES", 1)
    monkeypatch.setattr(answerers, "_SECONDS", 0.5)
    credentials = ["COE_ENDPOINT_KEY_CANARY", f"file:{tmp_path}/canary", "store:canary"]
    for number, fault in enumerate(FAULTS):
        _failed_run(f"{echo.url}/{fault}/v1", credentials[number % 3])
    for job in Job.objects.all():
        compute.work(job_id=str(job.pk))
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.FAILED}
    _sign_in(net, canaries)
    for reader in (person(Role.ADMINISTRATOR), person(Role.AUDITOR), person(), User.objects.get(username="holder")):
        _read(_places(), reader, net)
    assert any("store:canary" in text for place, text in net.seen if place.startswith("/egress/ "))
    net.add_logs(caplog.records)
    net.add_traces()
    net.add_database()
    assert {"span compute.work", "span GET egress:list", "span POST login"} <= {place for place, _ in net.seen}
    assert net.surfaced(canaries) == []


def test_no_webhook_or_channel_tells_its_secret(
    echo: Echo, canaries: Canaries, net: Net, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Messages that fail in every way: no signing secret and no address of a channel is seen anywhere."""
    monkeypatch.setattr(deliveries, "SECONDS", 0.4)
    for fault in FAULTS:
        signed = told.webhook(f"{echo.url}/{fault}/")
        canaries.planted[f"signing-{fault}"] = signed.secret.removeprefix("whsec_")
        told.webhook(f"{echo.url}/{fault}/{canaries.plant(f'channel-{fault}')}", kind=WebhookKind.SLACK)
    for row in told.happen(cases.case().subject):
        notifications.deliver(delivery_id=str(row.pk))
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    assert Delivery.objects.exclude(state=DeliveryState.DELIVERED).count() >= len(FAULTS)
    assert all(canaries.planted[f"channel-{fault}"] in "".join(echo.heard) for fault in FAULTS)
    told_there = [path for path in _places() if re.search("webhook|audit|egress|notification", path)]
    for reader in (person(Role.ADMINISTRATOR), person(Role.AUDITOR), person()):
        _read(told_there, reader, net)
    net.add_logs(caplog.records)
    net.add_traces()
    net.add_database()
    assert {"span notifications.deliver", "span GET webhooks:detail"} <= {place for place, _ in net.seen}
    assert net.surfaced(canaries) == []


def test_no_call_by_a_token_tells_it(canaries: Canaries, net: Net, caplog: pytest.LogCaptureFixture) -> None:
    """The token where it belongs, and where people put it by mistake."""
    text = f"coe_{ApiToken.objects.get().key}.{canaries.planted['token']}"
    basic = base64.b64encode(f"holder:{text}".encode()).decode()
    for header in (f"Bearer {text}", f"Bearer {text}x", f"Token {text}", text, f"Basic {basic}"):
        for path in ("me/", "tokens/", "use-cases/", f"use-cases/?token={text}", f"use-cases/{text}/", f"{text}/"):
            answer = Browser().get(f"/api/v1/{path}", headers={"Authorization": header})
            net.add(f"headers of {path} by {header.split()[0]}", str(dict(answer.headers)))
            if text not in path:
                net.add(f"{path} by {header.split()[0]}", answer.content)
    sent = Browser().post("/api/v1/use-cases/", "{", "application/json", headers={"Authorization": f"Bearer {text}"})
    net.add("a body that is no JSON", sent.content)
    net.add_logs(caplog.records)
    net.add_traces()
    net.add_database()
    assert any(place.startswith("me/ by Bearer") and "holder" in said for place, said in net.seen)
    assert net.surfaced(canaries) == []


def _sign_in(net: Net, canaries: Canaries) -> None:
    """The right password, a wrong name, and the password in the field of the name."""
    password = canaries.planted["password"]
    for username in ("holder", "nobody"):
        net.add("sign-in", Browser().post("/accounts/login/", {"username": username, "password": password}).content)


def _places() -> list[str]:
    """Every page, export and address of the API that names nothing, and those of what was made here."""
    paths = [route.path for route in classed("public", "signed-in", "only") if "none" not in route.path]
    paths += [f"{page.address}?format={form}" for page in lists.known() for form in ("csv", "xlsx")]
    paths += [f"/models/{slug}/" for slug in Endpoint.objects.values_list("slug", flat=True)]
    paths += [f"/evaluations/{run}/" for run in Job.objects.values_list("run__pk", flat=True)]
    for webhook in WebhookEndpoint.objects.values_list("pk", flat=True):
        paths += [f"/webhooks/{webhook}/", f"/webhooks/{webhook}/edit", f"/api/v1/webhooks/{webhook}/"]
        paths.append(f"/api/v1/webhooks/{webhook}/deliveries/")
    return list(dict.fromkeys(paths))


def _read(paths: list[str], reader: User, net: Net) -> None:
    browser = Browser(raise_request_exception=False)
    browser.force_login(reader, backend=site.AUTHENTICATION_BACKENDS[0])
    for path in paths:
        answer = browser.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        net.add(f"{path} for {reader}", body)
        net.add(f"headers of {path}", str(dict(answer.headers)))


def test_a_crash_shows_no_secret_that_was_typed(canaries: Canaries, net: Net, settings: Settings,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The form of secrets, with the database failing under it: neither the page nor the log repeats it."""

    def crash(**_: Any) -> None:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(store, "set_secret", crash)
    browser = Browser(raise_request_exception=False)
    browser.force_login(person(Role.ADMINISTRATOR), backend=site.AUTHENTICATION_BACKENDS[0])
    answer = browser.post("/egress/secrets/set", {"name": "typed", "value": canaries.plant("typed")})
    assert answer.status_code == 500
    net.add("the page", answer.content)
    net.add_logs(caplog.records)
    net.add_traces()
    assert "span POST egress:set_secret" in {place for place, _ in net.seen}
    assert net.surfaced(canaries) == []
