"""Takes a staged import over, in one transaction, and keeps the job's lease while that lasts."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import connection

from apps.compute import selectors as jobs
from apps.compute import services as compute
from apps.compute.models import Attempt
from apps.core.errors import DomainError
from apps.usecases.importers import services
from worker.engines import stopping
from worker.engines.errors import RefusedError, StopRequestedError, WorkerStoppingError


def run(import_id: str, attempt: Attempt) -> None:
    """Take everything over, or nothing; ends the job with it.

    Raises LeaseLostError or one of `worker.engines.errors`; then nothing was written.
    """
    by = jobs.job(attempt.job_id).created_by
    # The import's own transaction shows nobody what it writes, a longer lease included: that goes another way.
    with ThreadPoolExecutor(max_workers=1) as aside:
        try:
            services.take_over(batch_id=import_id, by=by, attempt=attempt, pulse=_pulse(attempt, aside))
        except DomainError as refusal:
            raise RefusedError(str(refusal)) from refusal
        finally:
            aside.submit(_close).result()


def _pulse(attempt: Attempt, aside: ThreadPoolExecutor) -> Callable[[], None]:
    """What the import calls every few rows."""
    next_time = time.monotonic() + settings.JOB_LEASE_SECONDS / 3

    def pulse() -> None:
        nonlocal next_time
        if stopping.asked():
            raise WorkerStoppingError
        if time.monotonic() >= next_time:
            if aside.submit(jobs.is_cancel_requested, attempt.job_id).result():
                raise StopRequestedError
            aside.submit(compute.renew, attempt).result()
            next_time = time.monotonic() + settings.JOB_LEASE_SECONDS / 3

    return pulse


def _close() -> None:
    """End the connection of the thread that calls this."""
    connection.close()
