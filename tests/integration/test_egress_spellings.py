"""Dangerous addresses, however they are spelled: saved, used, redirected to, rebound to — and never connected to."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from asgiref.sync import async_to_sync
from django.test import Client as Browser
from pytest_django import Settings

from apps.accounts.models import Role
from apps.catalog.models import Endpoint, EndpointKind
from apps.core import egress
from apps.core.egress import client, sources
from apps.core.egress.permits import Origin, Permit
from apps.core.egress.sessions import EgressSession
from tests.factories import dangerous
from tests.factories.people import person
from worker.engines import answerers
from worker.engines.errors import EndpointDownError

pytestmark = pytest.mark.django_db
GOOD_ADDRESS = "93.184.215.14"
NAMES = {name.lower(): plain for plain, name in dangerous.names()}
# Each door is tried with hundreds; what takes longer is tried with fewer.
HOSTS = [*(spelled for _, spelled in dangerous.hosts()), *(name for _, name in dangerous.names())]
SOME, FEW = HOSTS[::4], HOSTS[::30]


class Trap:
    """A server on every address of this machine that counts who connects, and redirects to `location`."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.location = ""
        trap = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trap.paths.append(self.path)
                self.send_response(302 if trap.location else 200)
                if trap.location:
                    self.send_header("Location", trap.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)  # noqa: S104 every spelling is to be caught
        self.port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def trap() -> Iterator[Trap]:
    running = Trap()
    yield running
    running.close()


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What each name leads to, one list a lookup; the last one stays. Numbers are read as the system reads them."""
    told: dict[str, list[list[str]]] = {name: [[plain]] for name, plain in NAMES.items()}
    told[dangerous.GOOD] = [[GOOD_ADDRESS]]

    async def look_up(host: str, port: int) -> list[str]:
        if host in told:
            return told[host].pop(0) if len(told[host]) > 1 else told[host][0]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(entry[4][0]) for entry in found]

    monkeypatch.setattr(client, "look_up", look_up)
    return told


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a connection was begun to, by the client or past it; those outside do not answer."""
    seen: list[str] = []
    loop_type = asyncio.SelectorEventLoop
    really: Callable[..., Awaitable[None]] = loop_type.sock_connect

    async def sock_connect(self: Any, sock: socket.socket, address: Any) -> None:
        seen.append(str(address[0]))
        if not str(address[0]).startswith("127."):
            raise ConnectionRefusedError
        await really(self, sock, address)

    monkeypatch.setattr(loop_type, "sock_connect", sock_connect)
    return seen


def _url(host: str, trap: Trap) -> str:
    return f"http://{host}:{trap.port}/v1"


class Everything(Permit):
    """A permission for every origin, so that nothing but the address itself can be refused."""

    def covers(self, origin: Origin, *, purpose: str = "") -> bool:
        """Whatever is asked."""
        return True


@pytest.fixture(params=["as permitted", "with everything permitted"])
def permitted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The allow-list as a site has it, and one that permits whatever host is named: the address must then tell."""
    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}:80", f"https://{dangerous.GOOD}"]
    if request.param != "as permitted":
        monkeypatch.setattr(sources, "permits", lambda: [Everything("http", "anything", 0)])


def test_there_are_spellings_enough() -> None:
    assert len(set(SOME)) >= 200
    assert {plain for plain, _ in dangerous.hosts()} == dangerous.DANGEROUS.keys()


@pytest.mark.usefixtures("resolved", "permitted")
def test_none_is_what_a_service_would_store(trap: Trap) -> None:
    for host in HOSTS:
        url = _url(host, trap)
        if not sources.problem(url, purpose="webhooks"):
            # A name tells nothing of itself; the call will be refused.
            assert host.lower() in NAMES


@pytest.mark.usefixtures("resolved")
def test_none_is_saved_by_the_page(settings: Settings, trap: Trap, connected: list[str]) -> None:
    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}", f"https://{dangerous.GOOD}"]
    browser = _signed_in()
    form = {"name": "N", "slug": "n", "kind": "openai", "model_name": "m", "audience": "organisation"}
    taken = [
        host for host in FEW if browser.post("/models/new", {**form, "base_url": _url(host, trap)}).status_code != 422
    ]
    assert (taken, connected, trap.paths, Endpoint.objects.count()) == ([], [], [], 0)


@pytest.mark.usefixtures("resolved")
def test_none_is_saved_by_the_api(settings: Settings, trap: Trap, connected: list[str]) -> None:
    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}", f"https://{dangerous.GOOD}"]
    browser = _signed_in()
    body = {"name": "N", "slug": "n", "kind": "openai", "model_name": "m"}
    taken = [
        host
        for host in SOME
        if browser.post(
            "/api/v1/endpoints/", json.dumps({**body, "base_url": _url(host, trap)}), content_type="application/json"
        ).status_code
        not in (400, 422)
    ]
    assert (taken, connected, trap.paths, Endpoint.objects.count()) == ([], [], [], 0)


def _signed_in() -> Browser:
    browser = Browser()
    browser.force_login(person(Role.ARCHITECT))
    return browser


@pytest.mark.usefixtures("resolved", "permitted")
def test_none_is_called_by_synchronous_code(trap: Trap, connected: list[str]) -> None:
    """By webhooks and embeddings."""
    for host in HOSTS:
        with pytest.raises(egress.EgressError):
            egress.send("POST", _url(host, trap), body=b"{}", purpose="webhooks")
    assert (connected, trap.paths) == ([], [])


@pytest.mark.usefixtures("resolved", "permitted")
def test_none_is_called_by_single_sign_on(trap: Trap, connected: list[str]) -> None:
    """Its library rewrites some of them before they are sent, `good\\@bad` to a path of the good host."""
    session = EgressSession()
    for host in HOSTS:
        with pytest.raises(requests.RequestException):
            session.get(_url(host, trap))
    assert set(connected) <= {GOOD_ADDRESS}
    assert trap.paths == []


@pytest.mark.usefixtures("resolved", "permitted")
def test_none_is_called_by_a_worker_though_it_stands_in_the_catalog(trap: Trap, connected: list[str]) -> None:
    """As if somebody had written the row past every check."""

    async def use(host: str) -> None:
        endpoint = Endpoint(kind=EndpointKind.OPENAI, base_url=_url(host, trap), model_name="m")
        async with answerers.for_endpoint(endpoint, recorded={}, parameters={}) as answerer:
            await answerer.answer([{"role": "user", "content": "?"}], input_hash="")

    for host in HOSTS:
        with pytest.raises(EndpointDownError):
            async_to_sync(use)(host)
    assert (connected, trap.paths) == ([], [])


@pytest.mark.usefixtures("resolved")
def test_none_is_reached_by_a_redirect(settings: Settings, trap: Trap, connected: list[str]) -> None:
    settings.EGRESS_ALLOWED = [f"http://127.0.0.1:{trap.port}"]
    session, here = EgressSession(), f"http://127.0.0.1:{trap.port}/hook"
    for host in SOME:
        trap.location = f"http://{host.encode('ascii', 'ignore').decode()}:{trap.port}/stolen"
        assert egress.send("POST", here, purpose="webhooks").status == 302
        assert session.get(here, allow_redirects=True).status_code == 302
    assert set(connected) == {"127.0.0.1"}
    assert set(trap.paths) == {"/hook"}
    assert len(trap.paths) == 2 * len(SOME)


@pytest.mark.parametrize("plain", dangerous.DANGEROUS)
def test_none_is_reached_by_a_name_that_led_elsewhere_before(
    plain: str, settings: Settings, resolved: dict[str, list[list[str]]], connected: list[str]
) -> None:
    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}"]
    resolved[dangerous.GOOD] = [[GOOD_ADDRESS], [plain]]
    with pytest.raises(egress.UnreachableError):
        egress.send("GET", f"http://{dangerous.GOOD}/", purpose="any")
    with pytest.raises(egress.RefusedError, match="is not called"):
        egress.send("GET", f"http://{dangerous.GOOD}/", purpose="any")
    assert set(connected) == {GOOD_ADDRESS}


@pytest.mark.parametrize("plain", dangerous.DANGEROUS)
@pytest.mark.parametrize("place", [0, 1])
def test_one_bad_address_among_good_ones_refuses_all(
    plain: str, place: int, settings: Settings, resolved: dict[str, list[list[str]]], connected: list[str]
) -> None:
    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}"]
    both = [GOOD_ADDRESS]
    both.insert(place, plain)
    resolved[dangerous.GOOD] = [both]
    with pytest.raises(egress.RefusedError):
        egress.send("GET", f"http://{dangerous.GOOD}/", purpose="any")
    assert connected == []


@pytest.mark.parametrize("plain", dangerous.DANGEROUS)
def test_a_name_is_not_asked_again_between_check_and_connection(
    plain: str, settings: Settings, resolved: dict[str, list[list[str]]], connected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whatever the system's own resolver would say by then."""

    def lies(*args: Any, **kwargs: Any) -> Any:
        family = socket.AF_INET6 if ":" in plain else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (plain, 80))]

    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}"]
    monkeypatch.setattr(socket, "getaddrinfo", lies)
    with pytest.raises(egress.UnreachableError):
        egress.send("GET", f"http://{dangerous.GOOD}/", purpose="any")
    assert set(connected) == {GOOD_ADDRESS}


def test_a_worker_that_holds_a_connection_meets_the_rebound_name(
    settings: Settings, resolved: dict[str, list[list[str]]], connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once what it knows is old it looks again, before the next call."""
    settings.EGRESS_ALLOWED = [f"http://{dangerous.GOOD}"]
    resolved[dangerous.GOOD] = [[GOOD_ADDRESS], ["169.254.169.254"]]
    monkeypatch.setattr(client, "_FRESH_SECONDS", -1.0)

    async def twice() -> None:
        async with client.Client(f"http://{dangerous.GOOD}/", purpose="models") as held:
            with pytest.raises(egress.RefusedError):
                async with held.open("GET", f"http://{dangerous.GOOD}/"):
                    pass

    async_to_sync(twice)()
    assert connected == []
