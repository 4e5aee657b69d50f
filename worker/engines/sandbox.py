"""The sandbox server: speaks OpenAI's chat protocol, but is a small calculator and not a language model.

It answers the last arithmetic expression of the conversation, such as `12 * (3 + 4)`, exactly, and says so when it
finds none. It exists so that the portal can be tried, and tested, without a key and without a model. Who changes what
it answers raises `VERSION` in `apps/catalog/sandbox.py`.
"""

import argparse
import ast
import asyncio
import json
import operator
import re
import time
import uuid
from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Any

from aiohttp import web

from apps.catalog.sandbox import VERSION

MODEL = "sandbox-calculator"
_NOTICE = "This is the portal's sandbox, a calculator and not a language model."
_EXPRESSION = re.compile(r"[-(]*\d(?:[\d\s.,()+\-*/×÷]*[\d)])?")
_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _value(node: ast.expr) -> Decimal:
    """The value of a tree of numbers, signs and the four operations; ValueError for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return Decimal(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("not arithmetic")


def calculate(text: str) -> str:
    """The sandbox's answer to `text`: the value of its last expression with an operator, or that there is none."""
    for found in reversed(_EXPRESSION.findall(text)):
        plain = found.replace(",", "").replace("×", "*").replace("÷", "/").strip()
        if len(plain) > 200 or not re.search(r"\d\s*[)]*\s*[-+*/]", plain):
            continue
        try:
            with localcontext(prec=28):
                value = _value(ast.parse(plain, mode="eval").body)
                return f"{plain} = {value.normalize():f}"
        except (SyntaxError, ValueError, ArithmeticError, DivisionByZero, InvalidOperation, RecursionError):
            continue
    return f"{_NOTICE} It found no arithmetic expression to work out."


def _completion(text: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL, "text": text}


def _usage(messages: list[dict[str, Any]], text: str) -> dict[str, int]:
    """Token counts by the rule of thumb of four characters a token: a calculator has no tokeniser."""
    sent, back = sum(len(str(m.get("content", ""))) for m in messages) // 4 + 1, len(text) // 4 + 1
    return {"prompt_tokens": sent, "completion_tokens": back, "total_tokens": sent + back}


def _problem(message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=400)


async def _stream(request: web.Request, text: str, usage: dict[str, int]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    base = {**_completion(text), "object": "chat.completion.chunk"}
    del base["text"]

    async def send(**fields: Any) -> None:
        await response.write(f"data: {json.dumps({**base, **fields})}\n\n".encode())

    await send(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    for word in re.findall(r"\S+\s*", text):
        await asyncio.sleep(request.app[_PACE])
        await send(choices=[{"index": 0, "delta": {"content": word}, "finish_reason": None}])
    await send(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    await send(choices=[], usage=usage)
    await response.write(b"data: [DONE]\n\n")
    return response


async def chat(request: web.Request) -> web.StreamResponse:
    """`POST /v1/chat/completions`, streamed or whole; 400 with a message on a malformed request."""
    try:
        body = await request.json()
        messages = body["messages"]
        text = calculate("\n".join(str(m["content"]) for m in messages if m["role"] == "user"))
    except (ValueError, TypeError, KeyError):
        return _problem("Send JSON with a list of messages, each with role and content.")
    usage = _usage(messages, text)
    if body.get("stream"):
        return await _stream(request, text, usage)
    await asyncio.sleep(request.app[_PACE])
    whole = _completion(text)
    message = {"role": "assistant", "content": whole.pop("text")}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return web.json_response({**whole, "object": "chat.completion", "choices": [choice], "usage": usage})


async def models(request: web.Request) -> web.Response:
    """`GET /v1/models`, naming the one thing it has for what it is, and its version."""
    row = {"id": MODEL, "object": "model", "owned_by": "coe-portal", "version": VERSION, "description": _NOTICE}
    return web.json_response({"object": "list", "data": [row]})


_PACE = web.AppKey("pace", float)


def application(*, pace: float = 0.02) -> web.Application:
    """The server; `pace` is the pause in seconds before each word, as a model would need."""
    app = web.Application(client_max_size=2_000_000)
    app[_PACE] = pace
    app.add_routes([web.post("/v1/chat/completions", chat), web.get("/v1/models", models)])
    return app


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description=_NOTICE)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pace", type=float, default=0.02, help="seconds before each word")
    options = parser.parse_args()
    web.run_app(application(pace=options.pace), host="127.0.0.1", port=options.port, print=None)


if __name__ == "__main__":
    main()
