"""An answerer believes a whole, well-formed answer and nothing else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.models import Endpoint, EndpointKind
from apps.catalog.sandbox import VERSION
from tests.worker import model_server
from worker.engines import answerers
from worker.engines.answerers import OpenAICompatible, Reply, Sandbox
from worker.engines.errors import AnswerError, EndpointDownError

pytestmark = pytest.mark.usefixtures("environment_alone")
T = TypeVar("T")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_ENDING = 'data: {"choices": [{"delta": {"content": "A: 7"}, "finish_reason": "stop"}]}\n\n'


def _with_server(served: web.Application, use: Callable[[str], Awaitable[T]]) -> T:
    async def meanwhile() -> T:
        async with TestServer(served) as server:
            return await use(str(server.make_url("/v1")))

    return asyncio.run(meanwhile())


def _asked(url: str, question: str, **parameters: Any) -> Awaitable[Reply]:
    async def ask() -> Reply:
        async with OpenAICompatible(base_url=url, model="m", credential="", parameters=parameters) as answerer:
            return await answerer.answer([{"role": "user", "content": question}], input_hash="")

    return ask()


def _reply_to(question: str) -> Reply:
    return _with_server(model_server.application(), lambda url: _asked(url, question))


@pytest.mark.parametrize("fault", model_server.MALFORMED)
def test_a_malformed_reply_is_the_error_of_its_sample(fault: str) -> None:
    with pytest.raises(AnswerError, match="malformed"):
        _reply_to(fault)


@pytest.mark.parametrize("wait", ["²", "-5", "nan", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"])
def test_no_wish_to_wait_breaks_a_call(wait: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answerers, "_TRIES", 1)
    with pytest.raises(AnswerError, match="429"):
        _reply_to(f"wait {wait}")


@pytest.mark.parametrize("count", [-1, 2**31, True, 7.0, "7", None, [7]])
def test_a_count_that_cannot_be_one_is_left_out(count: object) -> None:
    assert answerers._count(count) is None
    assert answerers._count(2**31 - 1) == 2**31 - 1


def test_what_no_column_can_hold_does_not_spoil_the_answer() -> None:
    reply = _reply_to("odd-counts")
    assert (reply.output.strip(), reply.input_tokens, reply.output_tokens) == ("A: 7", None, None)


@given(st.dictionaries(st.sampled_from(["choices", "usage", "delta", "content", "error"]), _JSON))
def test_no_event_breaks_the_reader(event: dict[str, Any]) -> None:
    with suppress(answerers._Refused):
        answerers._piece(event)


def test_the_parameters_of_the_plan_are_what_is_sent() -> None:
    sent: list[dict[str, Any]] = []

    async def chat(request: web.Request) -> web.Response:
        sent.append(await request.json())
        return web.Response(text=_ENDING)

    served = web.Application()
    served.add_routes([web.post("/v1/chat/completions", chat)])
    reply = _with_server(served, lambda url: _asked(url, "Twice two?", temperature=0.25, top_p=0.5))
    assert reply.output == "A: 7"
    assert (sent[0]["temperature"], sent[0]["top_p"], sent[0]["model"]) == (0.25, 0.5, "m")


async def _enter(url: str) -> None:
    async with Sandbox(base_url=url, model="sandbox", credential="", parameters={}):
        pass


@pytest.mark.parametrize(
    "said", [{"data": [{"version": VERSION + 1}]}, {"data": [{"id": "m"}]}, {"data": []}, [], None, "not JSON"]
)
def test_a_sandbox_of_another_version_is_refused(said: object) -> None:
    async def models(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(said), content_type="application/json")

    served = web.Application()
    served.add_routes([web.get("/v1/models", models)])
    with pytest.raises(EndpointDownError, match="version"):
        _with_server(served, _enter)


@override_settings(SANDBOX_URL="http://127.0.0.1:1/v1")
def test_the_sandbox_of_the_catalog_is_asked_for_its_version() -> None:
    endpoint = Endpoint(kind=EndpointKind.SANDBOX)
    assert isinstance(answerers.for_endpoint(endpoint, recorded={}, parameters={}), Sandbox)


def test_a_sandbox_that_is_not_there_is_down() -> None:
    with pytest.raises(EndpointDownError, match="could not be reached"):
        _with_server(web.Application(), lambda url: _enter("http://127.0.0.1:1/v1"))
