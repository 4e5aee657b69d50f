"""Where answers come from: one class a kind of endpoint, all with `answer(sample)`."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

import aiohttp
from django.conf import settings

from apps.catalog import rules as catalog_rules
from apps.catalog.models import Endpoint, EndpointKind
from apps.core import egress
from worker.engines.errors import AnswerError, EndpointDownError

_TRIES = 4
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=5)
_LONGEST_REPLY = 2_000_000  # characters of one answer


@dataclass(frozen=True)
class Reply:
    """A model's answer; times in milliseconds from sending, token counts where the server gives them."""

    output: str
    latency_ms: int | None = None
    first_token_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Answerer(Protocol):
    """Answers samples; raises AnswerError for one sample, EndpointDownError for all that follow."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...

    async def answer(self, messages: list[dict[str, str]], *, input_hash: str) -> Reply:
        """The answer to one sample."""
        ...


class Recorded:
    """Answers recorded earlier, by the hash of the sample's input."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def answer(self, messages: list[dict[str, str]], *, input_hash: str) -> Reply:
        """The recorded text; AnswerError when this input was never recorded."""
        if input_hash not in self._texts:
            raise AnswerError("No answer was recorded for this input.")
        return Reply(self._texts[input_hash])


def _milliseconds(start: float) -> int:
    return round((time.perf_counter() - start) * 1000)


class _Refused(Exception):
    """One call failed. `wait` seconds is what the server asks for; `final` says that trying again is useless."""

    def __init__(self, message: str, *, wait: float = 0.0, final: bool = False) -> None:
        super().__init__(message)
        self.wait, self.final = wait, final


class OpenAICompatible:
    """A server that speaks OpenAI's chat completions, read as a stream so that the first token can be timed."""

    def __init__(self, *, base_url: str, model: str, key: str) -> None:
        self._url, self._model = f"{base_url.rstrip('/')}/chat/completions", model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers, connector=connector)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def answer(self, messages: list[dict[str, str]], *, input_hash: str) -> Reply:
        """Call the server, up to four times with growing pauses. A sample is never scored on a partial answer."""
        for number in range(_TRIES):
            try:
                return await self._call(messages)
            except _Refused as refused:
                if refused.final or number == _TRIES - 1:
                    raise AnswerError(str(refused)) from refused
                await asyncio.sleep(max(refused.wait, 0.25 * 4**number))
        raise AnswerError("No answer.")

    async def _call(self, messages: list[dict[str, str]]) -> Reply:
        body = {
            "model": self._model, "messages": messages, "temperature": 0, "stream": True,
            "stream_options": {"include_usage": True},
        }  # fmt: skip
        start = time.perf_counter()
        try:
            async with self._session.post(self._url, json=body, allow_redirects=False) as response:
                await _check_status(response)
                return await _read_stream(response, start)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Refused(f"The server could not be reached or broke off: {type(error).__name__}.") from error


async def _check_status(response: aiohttp.ClientResponse) -> None:
    if response.status == 200:
        return
    retry = response.status == 429 or response.status >= 500
    wait = response.headers.get("Retry-After", "")
    if response.status in (401, 403, 404):
        raise EndpointDownError(f"The endpoint answered {response.status}: check its address, model name and key.")
    pause = min(float(wait), 60.0) if wait.isdigit() else 0.0
    raise _Refused(f"The server answered {response.status}.", wait=pause, final=not retry)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of a server-sent stream; keep-alives and other lines are passed over."""
    async for raw in response.content:
        line = raw.decode("utf-8", "replace").strip()
        if line == "data: [DONE]" or line == "data:[DONE]":
            return
        if line.startswith("data:"):
            try:
                event = json.loads(line.removeprefix("data:"))
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event


async def _read_stream(response: aiohttp.ClientResponse, start: float) -> Reply:
    parts: list[str] = []
    size, first, finished = 0, None, False
    usage: dict[str, Any] = {}
    async for event in _events(response):
        if "error" in event:
            raise _Refused("The server broke off with an error.")
        usage = event.get("usage") or usage
        for choice in event.get("choices") or []:
            text = (choice.get("delta") or {}).get("content") or ""
            finished = finished or bool(choice.get("finish_reason"))
            if text:
                first = _milliseconds(start) if first is None else first
                parts.append(text)
                size += len(text)
        if size > _LONGEST_REPLY:
            raise _Refused("The answer is longer than two million characters.", final=True)
    if not finished:
        raise _Refused("The stream ended before the answer was finished.")
    tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return Reply("".join(parts), _milliseconds(start), first, *tokens)


def for_endpoint(endpoint: Endpoint, *, recorded: dict[str, str]) -> Answerer:
    """The answerer of `endpoint`. Raises EndpointDownError when it cannot even be tried."""
    if endpoint.kind == EndpointKind.RECORDED:
        return Recorded(recorded)
    url = settings.SANDBOX_URL if endpoint.kind == EndpointKind.SANDBOX else endpoint.base_url
    if not url:
        raise EndpointDownError("No sandbox server is running here; `python3 manage.py demo` starts one.")
    if problem := egress.address_problem(url, allowed=settings.EGRESS_ALLOWED):
        raise EndpointDownError(problem)
    return OpenAICompatible(base_url=url, model=endpoint.model_name or "sandbox", key=_key(endpoint))


def _key(endpoint: Endpoint) -> str:
    if not endpoint.key_variable:
        return ""
    problem = catalog_rules.key_problem(endpoint.key_variable, prefix=settings.ENDPOINT_KEY_PREFIX)
    key = os.environ.get(endpoint.key_variable, "")
    if problem or not key:
        raise EndpointDownError(problem or f"The worker's environment has no {endpoint.key_variable}.")
    return key
