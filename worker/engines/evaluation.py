"""Executes an evaluation run: ask for the samples that have no stored result, store answers batch by batch."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

from apps.catalog import selectors as catalog
from apps.compute import selectors as jobs
from apps.compute import services as compute
from apps.compute.models import Attempt
from apps.core.errors import InvalidError
from apps.core.hashing import sha256_hex
from apps.evaluations import selectors, services
from apps.evaluations.models import DatasetItem, EvaluationRun
from apps.evaluations.services import Answer
from apps.prompts import rules as prompts
from worker.engines import answerers
from worker.engines.errors import AnswerError, EndpointDownError, StopRequestedError

CONCURRENCY = 32
BATCH = 50
# A batch is stored when it is full or this old, so that a page shows progress on slow endpoints too.
BATCH_SECONDS = 1.0
# So many unanswered samples in a row mean that the endpoint is down, not that the samples are odd.
FAILURES_IN_A_ROW = 20


def run(run_id: str, attempt: Attempt) -> None:
    """Answer, score and store every pending sample of the run, then end it.

    Raises LeaseLostError, StopRequestedError or EndpointDownError; what is stored by then stays.
    """
    evaluation = services.run_of_job(run_id)
    items = list(selectors.pending(evaluation))
    async_to_sync(_answer_all)(evaluation, attempt, items)
    services.complete(run=evaluation, attempt=attempt)


async def _answer_all(run: EvaluationRun, attempt: Attempt, items: list[DatasetItem]) -> None:
    """Callers answer, one storer stores, a heartbeat keeps the lease; the first failure of any stops them all."""
    recorded = await sync_to_async(_recorded)(run, items)
    answers: asyncio.Queue[Answer] = asyncio.Queue(maxsize=2 * BATCH)
    try:
        async with answerers.for_endpoint(run.endpoint, recorded=recorded) as answerer, asyncio.TaskGroup() as group:
            heartbeat = group.create_task(_keep_lease(attempt))
            waiting = iter(items)
            for _ in range(CONCURRENCY):
                group.create_task(_call(run, answerer, waiting, answers))
            await group.create_task(_store_all(run, attempt, answers, len(items)))
            heartbeat.cancel()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _call(
    run: EvaluationRun, answerer: answerers.Answerer, waiting: Iterator[DatasetItem], answers: asyncio.Queue[Answer]
) -> None:
    for item in waiting:
        await answers.put(await _answer(run, answerer, item))


async def _store_all(run: EvaluationRun, attempt: Attempt, answers: asyncio.Queue[Answer], planned: int) -> None:
    stored = failures = 0
    while stored < planned:
        batch = await _next_batch(answers, at_most=min(BATCH, planned - stored))
        for answer in batch:
            failures = failures + 1 if answer.error else 0
        if failures >= FAILURES_IN_A_ROW:
            # Not stored: these samples are still to be answered once the endpoint is back.
            raise EndpointDownError(f"{failures} samples in a row got no answer; the last: {batch[-1].error}")
        await sync_to_async(_store)(run, attempt, batch)
        stored += len(batch)


async def _next_batch(answers: asyncio.Queue[Answer], *, at_most: int) -> list[Answer]:
    batch = [await answers.get()]
    try:
        async with asyncio.timeout(BATCH_SECONDS):
            while len(batch) < at_most:
                batch.append(await answers.get())
    except TimeoutError:
        pass
    return batch


def _recorded(run: EvaluationRun, items: Iterable[DatasetItem]) -> dict[str, str]:
    return catalog.recorded_texts(run.endpoint_id, input_hashes=[sha256_hex(item.input) for item in items])


def _store(run: EvaluationRun, attempt: Attempt, batch: list[Answer]) -> None:
    services.store_answers(run=run, attempt=attempt, answers=batch)
    if jobs.is_cancel_requested(attempt.job_id):
        raise StopRequestedError


async def _keep_lease(attempt: Attempt) -> None:
    while True:
        await asyncio.sleep(settings.JOB_LEASE_SECONDS / 3)
        await sync_to_async(compute.renew)(attempt)


async def _answer(run: EvaluationRun, answerer: answerers.Answerer, item: DatasetItem) -> Answer:
    make = partial(Answer, item.index, item.expected)
    try:
        prompt = run.prompt_version
        messages = prompts.messages(system=prompt.system, user=prompt.user, values=item.input)
        reply = await answerer.answer(messages, input_hash=sha256_hex(item.input))
    except (AnswerError, InvalidError) as error:
        return make(error=str(error))
    return make(
        output=reply.output, latency_ms=reply.latency_ms, first_token_ms=reply.first_token_ms,
        input_tokens=reply.input_tokens, output_tokens=reply.output_tokens,
    )  # fmt: skip
