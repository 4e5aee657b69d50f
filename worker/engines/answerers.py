"""Where answers come from: one class a kind of endpoint, all with `answer(sample)`."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from django.conf import settings

from apps.catalog.models import Endpoint, EndpointKind
from apps.catalog.sandbox import VERSION
from apps.core.egress import EgressError, ReplyError, UnreachableError
from apps.core.egress.client import Answer, Client
from worker.engines.errors import AnswerError, EndpointDownError

_TRIES = 4
_SECONDS = 120.0  # of one call
_LONGEST_REPLY = 2_000_000  # characters of one answer
_MOST_TOKENS = 2**31 - 1  # what the column of a count holds

T = TypeVar("T")


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

    def __init__(self, *, base_url: str, model: str, credential: str, parameters: dict[str, Any]) -> None:
        self._base, self._model, self._parameters = base_url.rstrip("/"), model, parameters
        self._client = Client(base_url, purpose="models", credential=credential, seconds=_SECONDS)

    async def __aenter__(self) -> Self:
        try:
            await self._client.__aenter__()
        except EgressError as error:
            raise EndpointDownError(error.message) from None
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.__aexit__(*exc)

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
            **self._parameters, "model": self._model, "messages": messages, "stream": True,
            "stream_options": {"include_usage": True},
        }  # fmt: skip
        url, start = f"{self._base}/chat/completions", time.perf_counter()
        try:
            async with self._client.open("POST", url, json=body) as response:
                _check_status(response)
                return await _read_stream(response, start)
        except UnreachableError as error:
            raise _Refused(error.message) from None
        except ReplyError as error:
            raise _Refused(f"The server's reply is malformed: {error.message}", final=True) from None
        except EgressError as error:
            raise EndpointDownError(error.message) from None


def _check_status(response: Answer) -> None:
    if response.status == 200:
        return
    retry = response.status == 429 or response.status >= 500
    wait = response.headers.get("Retry-After", "")
    if response.status in (401, 403, 404):
        raise EndpointDownError(f"The endpoint answered {response.status}: check its address, model name and key.")
    pause = min(float(wait), 60.0) if wait.isascii() and wait.isdigit() else 0.0
    raise _Refused(f"The server answered {response.status}.", wait=pause, final=not retry)


def _malformed(what: str) -> _Refused:
    return _Refused(f"The server's reply is malformed: {what}.", final=True)


def _of(kind: type[T], value: object, name: str) -> T:
    """`value`, which must be of `kind`; what is absent or null is empty."""
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise _malformed(f"{name} is no {kind.__name__}")
    return value


@dataclass(frozen=True)
class _Piece:
    """What one event of a stream says, its types checked."""

    text: str
    finished: bool
    usage: dict[str, Any]


def _piece(event: object) -> _Piece:
    if not isinstance(event, dict):
        raise _malformed("an event is no object")
    if event.get("error") is not None:
        raise _Refused("The server broke off with an error.")
    choices = [_of(dict, choice, "a choice") for choice in _of(list, event.get("choices"), "choices")]
    deltas = [_of(dict, choice.get("delta"), "delta") for choice in choices]
    text = "".join(_of(str, delta.get("content"), "content") for delta in deltas)
    finished = any(_of(str, choice.get("finish_reason"), "finish_reason") for choice in choices)
    return _Piece(text, finished, _of(dict, event.get("usage"), "usage"))


async def _pieces(response: Answer) -> AsyncIterator[_Piece]:
    """The events of a server-sent stream; keep-alives and other lines are passed over."""
    async for raw in response.lines():
        line = raw.decode("utf-8", "replace").strip()
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or not data:
            continue
        if data == "[DONE]":
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise _malformed("an event is not JSON") from error
        yield _piece(event)


async def _read_stream(response: Answer, start: float) -> Reply:
    parts: list[str] = []
    size, first, finished = 0, None, False
    usage: dict[str, Any] = {}
    async for piece in _pieces(response):
        usage = piece.usage or usage
        finished = finished or piece.finished
        if piece.text:
            first = _milliseconds(start) if first is None else first
            parts.append(piece.text)
            size += len(piece.text)
        if size > _LONGEST_REPLY:
            raise _Refused("The answer is longer than two million characters.", final=True)
    if not finished:
        raise _Refused("The stream ended before the answer was finished.")
    sent, back = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return Reply("".join(parts), _milliseconds(start), first, sent, back)


def _count(value: object) -> int | None:
    """A number of tokens as the server gives it; None for anything that cannot be one."""
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


class Sandbox(OpenAICompatible):
    """The portal's own calculator, which must be the version that the catalog knows."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            await self._check_version()
        except BaseException:
            await self.__aexit__(None)
            raise
        return self

    async def _check_version(self) -> None:
        try:
            async with self._client.open("GET", f"{self._base}/models") as response:
                version = json.loads(await response.read())["data"][0]["version"]
        except EgressError as error:
            raise EndpointDownError(f"The sandbox does not answer: {error.message}") from None
        except (LookupError, TypeError, ValueError):
            version = None
        if version != VERSION:
            raise EndpointDownError(f"The sandbox is of version {version}, not {VERSION}: restart it, or the worker.")


def for_endpoint(endpoint: Endpoint, *, recorded: dict[str, str], parameters: dict[str, Any]) -> Answerer:
    """The answerer of `endpoint`, which sends `parameters` along. Raises EndpointDownError when it cannot be tried."""
    if endpoint.kind == EndpointKind.RECORDED:
        return Recorded(recorded)
    own = endpoint.kind == EndpointKind.SANDBOX
    url = settings.SANDBOX_URL if own else endpoint.base_url
    if not url:
        raise EndpointDownError("No sandbox server is running here; `python3 manage.py demo` starts one.")
    kind, model = Sandbox if own else OpenAICompatible, endpoint.model_name or "sandbox"
    return kind(base_url=url, model=model, credential=endpoint.key_variable, parameters=parameters)
