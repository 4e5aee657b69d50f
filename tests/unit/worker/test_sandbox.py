"""The sandbox works out written sums exactly, executes nothing, and never pretends to be a model."""

import asyncio

import pytest
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from worker.engines.answerers import Sandbox
from worker.engines.sandbox import application, calculate


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 12 * 7?", "84"),
        ("An invoice lists 3 chairs at 4.50 each. What is 3 * 4.50?", "13.5"),
        ("Work out 664 + 534 - 17.", "1181"),
        ("Add tax: 283 * (1 + 0.2) = ?", "339.6"),
        ("How much is (17600 - 600) / 20?", "850"),
        ("1,000 / 8", "125"),
        ("0.1 + 0.2", "0.3"),
        ("6 × 7", "42"),
        ("First 1 + 1, then 2 + 3?", "5"),
    ],
)
def test_a_written_sum_is_worked_out(question: str, answer: str) -> None:
    assert calculate(question).rpartition("= ")[2] == answer


@pytest.mark.parametrize(
    "question", ["Twice two?", "", "In 2024 there were 12 orders.", "1 / 0", "9**9**9", "__import__('os')"]
)
def test_anything_else_is_declined_by_something_that_says_what_it_is(question: str) -> None:
    assert "a calculator and not a language model" in calculate(question)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert calculate(text)


@given(st.text(alphabet="0123456789.,()+-*/ ", max_size=300))
def test_no_heap_of_signs_breaks_it(text: str) -> None:
    assert calculate(text)


@pytest.mark.usefixtures("environment_alone")
def test_it_says_which_version_it_is() -> None:
    async def ask() -> str:
        async with TestServer(application()) as server:
            sandbox = Sandbox(base_url=str(server.make_url("/v1")), model="", credential="", parameters={})
            async with sandbox:
                return (await sandbox.answer([{"role": "user", "content": "2 + 2"}], input_hash="")).output

    assert asyncio.run(ask()) == "2 + 2 = 4"
