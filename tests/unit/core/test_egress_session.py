"""The client in the shape of `requests`, and the one call of synchronous code, against a real server on loopback."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from pytest_django import Settings

from apps.core import egress
from apps.core.egress.sessions import EgressSession

pytestmark = pytest.mark.usefixtures("environment_alone")


class Server:
    """Answers on loopback with `status`, `headers` and `body`; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status, self.headers, self.body = 200, {"Content-Type": "application/json"}, b'{"said": "hello"}'
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked.append((self.command, self.path, dict(self.headers.items()), sent))
                self.send_response(outer.status)
                for name, value in {**outer.headers, "Content-Length": str(len(outer.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def test_a_session_asks_and_reads_as_requests_does(server: Server) -> None:
    session = EgressSession()
    found = session.get(f"{server.url}/well-known?a=1", headers={"X-One": "1"}, timeout=3)
    assert (found.status_code, found.json(), found.text) == (200, {"said": "hello"}, '{"said": "hello"}')
    method, path, headers, _ = server.asked[0]
    assert (method, path, headers["X-One"]) == ("GET", "/well-known?a=1", "1")
    assert headers["Host"] == server.url.removeprefix("http://")


def test_a_session_posts_forms_with_basic_credentials(server: Server) -> None:
    EgressSession().post(f"{server.url}/token", data={"code": "a b"}, auth=("id", "word"))
    _, _, headers, body = server.asked[0]
    assert body == b"code=a+b"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Authorization"].startswith("Basic ")


def test_a_session_follows_no_redirect_and_keeps_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.status, server.headers = 302, {"Location": f"{server.url}/elsewhere"}
    assert EgressSession().get(server.url, allow_redirects=True).status_code == 302
    assert len(server.asked) == 1


def test_a_session_goes_nowhere_that_is_not_permitted(server: Server, settings: Settings) -> None:
    settings.EGRESS_ALLOWED = []
    with pytest.raises(requests.ConnectionError, match="not on the portal's list"):
        EgressSession().get(server.url)
    assert not server.asked


def test_an_answer_to_a_session_has_an_end(server: Server) -> None:
    server.body = b"x" * (1024 * 1024 + 1)
    with pytest.raises(requests.ConnectionError, match="longer than 1048576 bytes"):
        EgressSession().get(server.url)


def test_send_makes_one_call_and_gives_status_and_beginning(server: Server) -> None:
    server.status, server.body = 500, b"y" * 1000
    reply = egress.send("POST", f"{server.url}/hook?key=1", headers={"webhook-id": "1"}, body=b"{}", purpose="webhooks")
    assert (reply.status, reply.ok, reply.body_start) == (500, False, "y" * 500)
    method, path, headers, body = server.asked[0]
    assert (method, path, headers["webhook-id"], body) == ("POST", "/hook?key=1", "1", b"{}")


def test_send_works_where_a_loop_is_running(server: Server) -> None:
    async def inside() -> egress.Reply:
        return egress.send("GET", server.url, purpose="any")

    assert json.loads(asyncio.run(inside()).body_start) == {"said": "hello"}


def test_nobody_there_and_no_http_are_errors_in_words(server: Server) -> None:
    gone = server.url
    with pytest.raises(egress.UnreachableError, match="could not be reached"):
        egress.send("GET", "http://127.0.0.1:1/", purpose="any")
    server.headers = {"X": "1\r\nbroken line here\r\nTransfer-Encoding: nonsense"}
    with pytest.raises(egress.EgressError) as refused:
        egress.send("GET", gone, purpose="any")
    assert "broken line" not in str(refused.value)
