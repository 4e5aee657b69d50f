"""Failures are stored once it is certain that they are the samples', not the endpoint's."""

import asyncio

import pytest

from apps.compute.models import Attempt
from apps.evaluations import services
from apps.evaluations.models import EvaluationRun
from apps.evaluations.services import Answer
from worker.engines import evaluation
from worker.engines.errors import EndpointDownError


def _stored(outcomes: str, *, planned: int = 0) -> tuple[list[list[int]], bool]:
    """The batches that are stored when answers (`a`) and failures (`x`) come one by one, and whether it ended well."""
    batches: list[list[int]] = []

    def store(*, run: EvaluationRun, attempt: Attempt, answers: list[Answer]) -> None:
        batches.append([answer.index for answer in answers])

    async def arrive() -> None:
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        for index, outcome in enumerate(outcomes):
            answers.put_nowait(Answer(index, "", error="no answer" if outcome == "x" else ""))
        run = EvaluationRun(planned=planned or len(outcomes))
        await evaluation._store_all(run, Attempt(), answers, len(outcomes))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "store_answers", store)
        patch.setattr(evaluation, "BATCH", 1)
        try:
            asyncio.run(arrive())
        except EndpointDownError:
            return batches, False
    return batches, True


def test_failures_wait_for_the_answer_that_follows_them() -> None:
    assert _stored("axxa") == ([[0], [1, 2, 3]], True)


def test_failures_at_the_end_are_the_samples_own() -> None:
    assert _stored("axx") == ([[0], [1, 2]], True)
    assert _stored("a" + "x" * 19) == ([[0], list(range(1, 20))], True)


def test_twenty_failures_in_a_row_leave_nothing_behind() -> None:
    assert _stored("a" + "x" * 20) == ([[0]], False)
    assert _stored("axxxa" + "x" * 30) == ([[0], [1, 2, 3, 4]], False)


@pytest.mark.parametrize("samples", [1, 3, 19])
def test_a_short_run_without_any_answer_has_no_results(samples: int) -> None:
    assert _stored("x" * samples) == ([], False)


def test_the_rest_of_a_resumed_run_may_fail() -> None:
    assert _stored("xxx", planned=40) == ([[0, 1, 2]], True)
