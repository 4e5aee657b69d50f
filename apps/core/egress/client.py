"""The one HTTP client: checks where a call leads each time, and connects to the checked addresses alone.

In this order: permission, name resolution, check of every address, credential, connection. It follows no redirect,
takes no proxy from the environment, keeps no cookie, verifies TLS, and bounds size and time.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import HttpProcessingError
from asgiref.sync import sync_to_async
from yarl import URL

from apps.core.egress import addresses, credentials, permits, sources
from apps.core.egress.addresses import Network
from apps.core.egress.errors import RefusedError, ReplyError, UnreachableError
from apps.core.egress.permits import Origin

# So long, in seconds, a client goes by what it read or resolved; a withdrawn permission ends its calls no later.
_FRESH_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
LARGEST = 32 * 1024 * 1024  # bytes of one answer


async def look_up(host: str, port: int) -> list[str]:
    """The IP addresses that `host` leads to now."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def open_socket(info: Any) -> socket.socket:
    """A socket towards one checked address; every connection of the portal's HTTP calls begins here."""
    family, kind, protocol, _, _ = info
    return socket.socket(family=family, type=kind, proto=protocol)


class Answer:
    """An answer that is arriving; its body comes whole or by lines, at most `largest` bytes of it."""

    def __init__(self, response: aiohttp.ClientResponse, origin: Origin, largest: int) -> None:
        self._response, self._origin, self._largest = response, origin, largest
        self.status = response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, whatever their case."""
        return self._response.headers

    async def read(self) -> bytes:
        """All of the body."""
        parts, size = [], 0
        with _in_words(self._origin):
            async for part in self._response.content.iter_any():
                size += len(part)
                self._bound(size)
                parts.append(part)
        return b"".join(parts)

    async def lines(self) -> AsyncIterator[bytes]:
        """The body line by line, as it arrives."""
        size = 0
        while True:
            with _in_words(self._origin):
                line = await self._response.content.readline()
            if not line:
                return
            size += len(line)
            self._bound(size)
            yield line

    def _bound(self, size: int) -> None:
        if size > self._largest:
            raise ReplyError(f"The answer of {self._origin} is longer than {self._largest} bytes.")


class Client:
    """Calls one origin for one purpose, with one credential. Use it as an asynchronous context manager.

    `seconds` bounds each call. Every call may raise RefusedError, CredentialError, UnreachableError or ReplyError.
    """

    def __init__(
        self, url: str, *, purpose: str, credential: str = "", seconds: float = 30.0, largest: int = LARGEST
    ) -> None:
        self._url, self._purpose, self._credential, self._largest = url, purpose, credential, largest
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
        self._checked: list[str] = []
        self._until = 0.0
        self._key = ""
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=0, resolver=_Checked(self._checked), use_dns_cache=False, socket_factory=self._socket
        )
        self._session = aiohttp.ClientSession(
            timeout=self._timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
        try:
            await self._check()
        except UnreachableError:
            pass  # a name that leads nowhere at this moment; each call looks again
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json: Any = None,
    ) -> AsyncIterator[Answer]:
        """The answer to one call of an address of this client's origin."""
        target = self._target(url)
        await self._check()
        sent = {"Accept-Encoding": "identity", "User-Agent": "coe-portal", **(headers or {})}
        if self._key:
            sent["Authorization"] = f"Bearer {self._key}"
        with _in_words(self._origin):
            response = await self._session.request(
                method, target, headers=sent, data=body, json=json, allow_redirects=False
            )
        async with response:
            yield Answer(response, self._origin, self._largest)

    def _target(self, url: str) -> URL:
        """The address, put together from the parts that were checked, so that nobody reads another host in it."""
        try:
            origin = permits.origin(url)
        except ValueError as error:
            raise RefusedError(str(error)) from None
        if origin != self._origin:
            raise RefusedError(f"{origin} is not what this client was opened for, {self._origin}.")
        parts = urlsplit(url)
        return URL.build(
            scheme=origin.scheme, host=origin.host, port=origin.port, path=parts.path or "/", query_string=parts.query,
            encoded=True,
        )  # fmt: skip

    async def _check(self) -> None:
        """Permission, then addresses, then the credential; again once what was found is no longer fresh."""
        async with self._lock:
            if time.monotonic() < self._until:
                return
            self._until, self._key = 0.0, ""
            named = await sync_to_async(self._permission)()
            self._checked[:] = await self._lead(named)
            if self._credential:
                self._key = await sync_to_async(credentials.read)(self._credential)
            self._until = time.monotonic() + _FRESH_SECONDS

    def _permission(self) -> list[Network]:
        held = sources.permits()
        if why := permits.problem(self._url, permits=held, credential=self._credential, purpose=self._purpose):
            raise RefusedError(why)
        self._origin = permits.origin(self._url)
        return permits.networks(self._origin, held, purpose=self._purpose)

    async def _lead(self, named: list[Network]) -> list[str]:
        """Every address the host leads to. Raises RefusedError if one of them may not be called."""
        with _in_words(self._origin):
            async with asyncio.timeout(_CONNECT_SECONDS):
                found = await look_up(self._origin.host, self._origin.port)
        whys = [why for address in found if (why := addresses.problem(address, named=named))]
        if whys or not found:
            raise RefusedError(f"{self._origin} is not called: {whys[0] if whys else 'it leads to no IP address'}.")
        return found

    def _socket(self, info: Any) -> socket.socket:
        if info[4][0] not in self._checked:
            raise OSError("This address was not checked.")
        return open_socket(info)


class _Checked(AbstractResolver):
    """Gives the addresses that were checked, whatever the name leads to by now."""

    def __init__(self, checked: list[str]) -> None:
        self._addresses = checked

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The checked addresses as the connector wants them."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _in_words(origin: Origin) -> Iterator[None]:
    """Turn the failures of a call into ours, without what they quote: address, headers, or the other server's words."""
    try:
        yield
    except (aiohttp.ClientResponseError, HttpProcessingError, ValueError) as error:
        # ValueError is aiohttp's for lines that are too long, among others.
        raise ReplyError(f"The answer of {origin} is no HTTP: {type(error).__name__}.") from None
    except (aiohttp.ClientError, OSError) as error:
        raise UnreachableError(f"{origin} could not be reached or broke off: {type(error).__name__}.") from None
