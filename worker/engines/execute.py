"""Takes one job under a lease, hands it to the engine of its kind, and ends it whatever happens."""

import logging
import os
import socket
from collections.abc import Callable

import structlog

from apps.compute import selectors
from apps.compute import services as compute
from apps.compute.models import Attempt, Job, JobState
from apps.evaluations.models import JOB_KIND
from apps.usecases.models import IMPORT_KIND
from worker.engines import evaluation, importing, stopping
from worker.engines.errors import (
    EndpointDownError,
    PlanOutdatedError,
    RefusedError,
    StopRequestedError,
    WorkerStoppingError,
)

logger = logging.getLogger(__name__)

ENGINES: dict[str, Callable[[str, Attempt], None]] = {JOB_KIND: evaluation.run, IMPORT_KIND: importing.run}


def run_job(job_id: str) -> None:
    """Work on the job until it is done, failed, cancelled, or lost to another attempt. Safe to call twice.

    A worker that is stopping takes none, and hands back the one it has.
    """
    if stopping.asked():
        return
    attempt = compute.claim(job_id=job_id, worker=f"{socket.gethostname()}:{os.getpid()}")
    if attempt is None:
        return
    job = selectors.job(job_id)
    told = {"kind": job.kind, "subject_id": job.subject_id, "attempt": attempt.number}
    try:
        with structlog.contextvars.bound_contextvars(**told):
            _work(job, attempt)
    except compute.LeaseLostError as lost:
        logger.warning("%s Nothing more is written by this worker.", lost)


def _work(job: Job, attempt: Attempt) -> None:
    try:
        ENGINES[job.kind](job.subject_id, attempt)
    except compute.LeaseLostError:
        raise
    except StopRequestedError:
        compute.finish(attempt, state=JobState.CANCELLED, reason="Cancelled on request.")
    except (EndpointDownError, PlanOutdatedError, RefusedError) as hopeless:
        compute.finish(attempt, state=JobState.FAILED, reason=str(hopeless))
    except WorkerStoppingError:
        compute.release(attempt, cause="stopped")
    except SystemExit:
        # SIGTERM reached this process itself, as a service manager sends it to every process of a service.
        compute.release(attempt, cause="stopped")
        raise
    except Exception:
        # Not the job's fault as far as anyone knows: it goes back, and gives up only after fruitless attempts.
        compute.release(attempt, cause="crashed")
        raise
