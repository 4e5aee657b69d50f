"""What a worker does with a job whose engine breaks."""

import pytest

from apps.accounts.models import Role
from apps.compute import services as compute
from apps.compute.models import Job, JobState
from apps.compute.rules import FRUITLESS_ATTEMPTS
from tests.factories.people import person
from worker.engines import execute

pytestmark = pytest.mark.django_db


def test_a_job_whose_engine_breaks_goes_back_and_gives_up_after_fruitless_attempts() -> None:
    """The error reaches the worker's log each time; the sixth taker finds the job failed, with a reason."""
    job = compute.enqueue(kind="unheard-of", subject_id="x", queue="cpu", by=person(Role.AI_ENGINEER))
    for _ in range(FRUITLESS_ATTEMPTS):
        with pytest.raises(KeyError):
            execute.run_job(str(job.pk))
        assert Job.objects.get().state == JobState.QUEUED
    execute.run_job(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "again and again" in job.reason
    assert {attempt.exit_cause for attempt in job.attempts.all()} == {"crashed"}
