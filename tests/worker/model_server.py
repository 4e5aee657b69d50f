"""A server that speaks the chat protocol and fails on request, run as a process of its own.

Each question names its fault: `429`, `500`, `cut`, `slow`, `nul`, `error` (in the stream), `down`, or none.
A fault with `once` happens to the first call of that question only.
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


async def chat(request: web.Request) -> web.StreamResponse:
    """Answer `A: 7`, with the fault that the question asks for."""
    body = await request.json()
    question = body["messages"][-1]["content"]
    calls[question] += 1
    fault = "" if "once" in question and calls[question] > 1 else question.split()[0]
    if fault == "429":
        return web.Response(status=429, headers={"Retry-After": "1"})
    if fault in ("500", "401"):
        return web.Response(status=int(fault))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b": keep-alive\n\n")
    await response.write(_event(choices=[{"delta": {"role": "assistant"}, "finish_reason": None}]))
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
    usage = {"prompt_tokens": 5, "completion_tokens": 2}
    await response.write(_event(choices=[{"delta": {}, "finish_reason": "stop"}], usage=usage))
    return response


async def counts(request: web.Request) -> web.Response:
    """How often each question was asked."""
    return web.json_response(calls)


if __name__ == "__main__":
    application = web.Application()
    application.add_routes([web.post("/v1/chat/completions", chat), web.get("/calls", counts)])
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
