"""Runs that are cancelled, and workers that are told to stop or die: the next one goes on."""

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from apps.compute.models import Attempt, Job, JobState
from apps.evaluations import services
from apps.evaluations.models import SampleResult
from tests.worker.conftest import Worker, run_on, wait_final, wait_for

Start = Callable[..., Worker]


def test_a_run_is_cancelled_within_seconds_even_while_its_endpoint_hangs(start_worker: Start, faulty: str) -> None:
    """No batch will ever come to look at."""
    start_worker(COE_JOB_LEASE_SECONDS="30")
    run = run_on(f"{faulty}/v1", [(f"hang {n}", "7") for n in range(40)])
    wait_for(lambda: Job.objects.get(run=run).state == JobState.RUNNING, what="a running job")
    services.cancel_run(run=run, by=run.created_by)
    begun = time.monotonic()
    assert wait_final(run, seconds=5).state == JobState.CANCELLED
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("tell", [os.kill, os.killpg], ids=["worker", "group"])
def test_a_worker_told_to_stop_hands_its_run_to_the_next(
    start_worker: Start, faulty: str, tell: Callable[[int, int], None]
) -> None:
    """SIGTERM, to the worker or to all its processes: it ends within seconds, not with its lease; the next goes on."""
    worker = start_worker(COE_JOB_LEASE_SECONDS="300")
    run = run_on(f"{faulty}/v1", [("fine", "7"), *((f"slow {n}", "7") for n in range(49))])
    wait_for(lambda: SampleResult.objects.filter(run=run).exists(), what="the first results")
    tell(worker.process.pid, signal.SIGTERM)
    worker.process.wait(timeout=8)
    assert Job.objects.get(run=run).state == JobState.QUEUED
    start_worker(COE_JOB_LEASE_SECONDS="300")
    assert wait_final(run, seconds=30).state == JobState.DONE
    assert SampleResult.objects.filter(run=run).count() == 50
    assert [attempt.exit_cause for attempt in Attempt.objects.filter(job__run=run)] == ["stopped", "done"]


def test_the_death_of_the_pool_child_alone_is_survived_too(start_worker: Start, faulty: str) -> None:
    """The worker's parent replaces the child; the lease brings the job back."""
    worker = start_worker()
    run = run_on(f"{faulty}/v1", [(f"slow {n}", "7") for n in range(100)])
    wait_for(lambda: SampleResult.objects.filter(run=run).exists(), what="the first results")
    pid = int(Attempt.objects.get(job__run=run).worker.rpartition(":")[2])
    assert pid in {child.pid for child in psutil.Process(worker.process.pid).children()}
    os.kill(pid, signal.SIGKILL)
    assert wait_final(run).state == JobState.DONE
    assert SampleResult.objects.filter(run=run).count() == 100
    assert [attempt.exit_cause for attempt in Attempt.objects.filter(job__run=run)] == ["lost", "done"]
