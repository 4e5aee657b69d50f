"""Servers on loopback that receive what the portal sends: webhooks and mails."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    """A server that keeps what it is sent and answers with `statuses` in turn, then with the last for good."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = list(statuses) or [200]
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        # While it is cleared, answers wait.
        self.open = threading.Event()
        self.open.set()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_status(self) -> int:
        """What to answer now."""
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Keep the request and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.path, headers, body))
        self.server.open.wait(10)
        self.send_response(self.server.next_status())
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def receiver(*statuses: int) -> Iterator[Receiver]:
    """A receiving server on loopback, closed at the end."""
    server = Receiver(*statuses)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.open.set()
        server.shutdown()
        thread.join()
        server.server_close()


class MailServer:
    """As much of an SMTP server as a client needs: it keeps what it is sent, and refuses the first `refusals`."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.port = refusals, 0
        self.taken: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line.strip().upper()[:4]
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                if self.refusals:
                    self.refusals -= 1
                    writer.write(b"451 not now\r\n")
                    continue
                self.taken.append(text)
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                break
        writer.close()


@contextmanager
def mail_server(refusals: int = 0) -> Iterator[MailServer]:
    """A mail server on loopback in a thread of its own."""
    server, loop, ready = MailServer(refusals), asyncio.new_event_loop(), threading.Event()

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        server.stop = asyncio.Event()  # type: ignore[attr-defined]  # made where the loop runs
        ready.set()
        await server.stop.wait()  # type: ignore[attr-defined]
        listening.close()
        await listening.wait_closed()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(server.stop.set)  # type: ignore[attr-defined]
        thread.join()
        loop.close()
