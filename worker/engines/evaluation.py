"""Executes an evaluation run: ask for the samples that have no stored result, store answers batch by batch."""

import asyncio
import time
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
from apps.evaluations.scorers import SCORERS
from apps.evaluations.services import Answer
from apps.prompts import rules as prompts
from worker.engines import answerers, stopping
from worker.engines.errors import (
    AnswerError,
    EndpointDownError,
    PlanOutdatedError,
    StopRequestedError,
    WorkerStoppingError,
)

CONCURRENCY = 32
BATCH = 50
# A batch is stored when it is full or this old, so that a page shows progress on slow endpoints too.
BATCH_SECONDS = 1.0
# So many unanswered samples in a row mean that the endpoint is down, not that the samples are odd.
FAILURES_IN_A_ROW = 20
# So often a run looks whether it is to stop, however long its endpoint takes.
WATCH_SECONDS = 1.0


def run(run_id: str, attempt: Attempt) -> None:
    """Answer, score and store every pending sample of the run, then end it.

    Raises LeaseLostError or one of `worker.engines.errors`; what is stored by then stays.
    """
    evaluation = services.run_of_job(run_id)
    _check_plan(evaluation)
    items = list(selectors.pending(evaluation))
    async_to_sync(_answer_all)(evaluation, attempt, items)
    services.complete(run=evaluation, attempt=attempt)


def _check_plan(run: EvaluationRun) -> None:
    """A run that is resumed after an update must not score its rest by another version of a scorer."""
    for key, planned in run.plan["scorers"].items():
        found = SCORERS[key].version if key in SCORERS else None
        if found != planned:
            now = f"now version {found}" if found else "now gone"
            raise PlanOutdatedError(f"Planned with version {planned} of the scorer “{key}”, {now}: start a new run.")


async def _answer_all(run: EvaluationRun, attempt: Attempt, items: list[DatasetItem]) -> None:
    """Callers answer, one storer stores, a watch keeps the lease; the first failure of any stops them all."""
    recorded = await sync_to_async(_recorded)(run, items)
    answers: asyncio.Queue[Answer] = asyncio.Queue(maxsize=2 * BATCH)
    try:
        answering = answerers.for_endpoint(run.endpoint, recorded=recorded, parameters=run.plan["parameters"])
        async with answering as answerer, asyncio.TaskGroup() as group:
            watch = group.create_task(_watch(attempt))
            waiting = iter(items)
            for _ in range(CONCURRENCY):
                group.create_task(_call(run, answerer, waiting, answers))
            await group.create_task(_store_all(run, attempt, answers, len(items)))
            watch.cancel()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _call(
    run: EvaluationRun, answerer: answerers.Answerer, waiting: Iterator[DatasetItem], answers: asyncio.Queue[Answer]
) -> None:
    for item in waiting:
        await answers.put(await _answer(run, answerer, item))


async def _store_all(run: EvaluationRun, attempt: Attempt, answers: asyncio.Queue[Answer], pending: int) -> None:
    """Store what arrives. Failures are held back until an answer follows: till then the endpoint may be to blame."""
    arrived, held = 0, list[Answer]()
    while arrived < pending:
        batch = await _next_batch(answers, at_most=min(BATCH, pending - arrived))
        arrived += len(batch)
        ready, held = _split(held + batch)
        if ready:
            await sync_to_async(services.store_answers)(run=run, attempt=attempt, answers=ready)
        # A run that is shorter than that is down when nothing at all was answered.
        if len(held) >= min(FAILURES_IN_A_ROW, run.planned):
            raise EndpointDownError(f"{len(held)} samples in a row got no answer; the last: {held[-1].error}")
    if held:
        await sync_to_async(services.store_answers)(run=run, attempt=attempt, answers=held)


def _split(answers: list[Answer]) -> tuple[list[Answer], list[Answer]]:
    """Everything up to the last answer that is no failure, and the failures after it."""
    after = next((place for place in range(len(answers), 0, -1) if not answers[place - 1].error), 0)
    return answers[:after], answers[after:]


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


async def _watch(attempt: Attempt) -> None:
    """Renew the lease in time, and end the run when it is cancelled or its worker stops."""
    lease = settings.JOB_LEASE_SECONDS / 3
    renewed = time.monotonic()
    while True:
        await asyncio.sleep(min(WATCH_SECONDS, lease))
        if stopping.asked():
            raise WorkerStoppingError
        if await sync_to_async(jobs.is_cancel_requested)(attempt.job_id):
            raise StopRequestedError
        if time.monotonic() - renewed >= lease:
            await sync_to_async(compute.renew)(attempt)
            renewed = time.monotonic()


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
