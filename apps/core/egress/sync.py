"""The client for synchronous code: one call, read to its end."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import async_to_sync
from django.db import connections

from apps.core.egress.client import LARGEST, Client
from apps.core.egress.replies import Fetched

# Whoever prepared the call may have set these; the client sets its own.
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "keep-alive", "cookie"}


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    purpose: str,
    timeout: float = 15.0,
    credential: str = "",
    largest: int = LARGEST,
) -> Fetched:
    """The whole answer, a redirect included. `timeout` is in seconds, `largest` in bytes.

    Raises RefusedError, CredentialError, UnreachableError, ReplyError.
    """

    async def call() -> Fetched:
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _OWN_HEADERS}
        client = Client(url, purpose=purpose, credential=credential, seconds=timeout, largest=largest)
        async with client, client.open(method, url, headers=kept, body=body or None) as answer:
            return Fetched(answer.status, answer.headers, await answer.read())

    def here() -> Fetched:
        return async_to_sync(call)()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return here()
    with ThreadPoolExecutor(1) as elsewhere:  # a loop that runs in this thread cannot run a second one
        return elsewhere.submit(_and_close, here).result()


def _and_close(work: Callable[[], Fetched]) -> Fetched:
    try:
        return work()
    finally:
        connections.close_all()
