"""A server that speaks the chat protocol and fails on request, run as a process of its own.

Each question names its fault: `429`, `500`, `cut`, `slow`, `hang`, `nul`, `error` (in the stream), `odd-counts`,
one of MALFORMED, or none. A fault with `once` happens to the first call of that question only.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import Any

from aiohttp import web

calls: Counter[str] = Counter()


def _event(**fields: Any) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def _answer(**fields: Any) -> bytes:
    """A whole answer in one event, with `fields` in place of what belongs there."""
    return _event(**{"choices": [{"delta": {"content": "A: 7"}, "finish_reason": "stop"}], **fields})


# Replies of status 200 that no client should believe, each followed by a whole answer.
MALFORMED = {
    "choices-object": _event(choices={"0": {"delta": {"content": "A: 7"}}}),
    "choices-number": _event(choices=1),
    "choice-text": _event(choices=["A: 7"]),
    "choice-list": _event(choices=[["A: 7"]]),
    "delta-text": _event(choices=[{"delta": "A: 7"}]),
    "content-list": _event(choices=[{"delta": {"content": [{"type": "text", "text": "A: 7"}]}}]),
    "content-number": _event(choices=[{"delta": {"content": 7}}]),
    "finish-number": _event(choices=[{"delta": {}, "finish_reason": 1}]),
    "usage-list": _answer(usage=[5, 2]),
    "event-list": b"data: [1, 2]\n\n",
    "event-text": b'data: "A: 7"\n\n',
    "event-null": b"data: null\n\n",
    "event-broken": b'data: {"choices": [{"delta": {"conte\n\n',
    "event-nested": b"data: " + b'{"choices":[' * 50_000 + b"\n\n",
    "event-digits": b"data: " + b"9" * 5_000 + b"\n\n",
    "event-endless": b"data: " + b" " * 2_000_000 + b"\n\n",
}
# What a server may claim to have counted, and no column can hold.
ODD_COUNTS = {"prompt_tokens": -1, "completion_tokens": 2**31}


async def chat(request: web.Request) -> web.StreamResponse:
    """Answer `A: 7`, with the fault that the question asks for."""
    body = await request.json()
    question = body["messages"][-1]["content"]
    calls[question] += 1
    fault = "" if "once" in question and calls[question] > 1 else question.split()[0]
    if fault == "429":
        return web.Response(status=429, headers={"Retry-After": "1"})
    if fault == "wait":
        return web.Response(status=429, headers={"Retry-After": question.split()[1]})
    if fault == "hang":
        await asyncio.sleep(600)
    if fault in ("500", "401"):
        return web.Response(status=int(fault))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b": keep-alive\n\n")
    await response.write(_event(choices=[{"delta": {"role": "assistant"}, "finish_reason": None}]))
    await response.write(MALFORMED.get(fault, b""))
    text = "A: \x00 \ud800 7" if fault == "nul" else "A: 7"
    for part in text.split(" "):
        await asyncio.sleep(1.0 if fault == "slow" else 0.005)
        await response.write(_event(choices=[{"delta": {"content": part + " "}, "finish_reason": None}]))
        if fault == "cut":
            request.transport.close()  # type: ignore[union-attr]  # open while we answer
            return response
        if fault == "error":
            await response.write(_event(error={"message": "overloaded"}))
            return response
    # Some servers send the end and the usage in one event and no [DONE].
    usage = ODD_COUNTS if fault == "odd-counts" else {"prompt_tokens": 5, "completion_tokens": 2}
    await response.write(_event(choices=[{"delta": {}, "finish_reason": "stop"}], usage=usage))
    return response


async def counts(request: web.Request) -> web.Response:
    """How often each question was asked."""
    return web.json_response(calls)


def application() -> web.Application:
    """The server."""
    served = web.Application()
    served.add_routes([web.post("/v1/chat/completions", chat), web.get("/calls", counts)])
    return served


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
