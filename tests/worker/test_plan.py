"""A run ends by the scorers it was planned with, or not at all."""

from decimal import Decimal

import pytest

from apps.accounts.models import Role
from apps.compute.models import Job, JobState
from apps.evaluations import services
from apps.evaluations.models import SampleResult
from apps.evaluations.scorers import SCORERS
from apps.evidence.models import Claim
from tests.factories import shelves
from tests.factories.people import person
from worker.engines import execute


def _planned() -> str:
    run = services.start_run(
        prompt_version=shelves.prompt(),
        endpoint=shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]),
        dataset_version=shelves.dataset([("What is 2 + 2?", "4")]),
        scorers=["numeric"],
        gate_scorer="numeric",
        threshold=Decimal("0.1"),
        by=person(Role.AI_ENGINEER),
    )
    return str(run.job_id)


@pytest.mark.django_db
def test_a_run_planned_with_another_version_of_a_scorer_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first half was perhaps scored by the old one."""
    job_id = _planned()
    monkeypatch.setattr(type(SCORERS["numeric"]), "version", SCORERS["numeric"].version + 1)
    execute.run_job(job_id)
    job = Job.objects.get(pk=job_id)
    assert job.state == JobState.FAILED
    assert "version" in job.reason
    assert "“numeric”" in job.reason
    assert not SampleResult.objects.exists()
    assert not Claim.objects.exists()


@pytest.mark.django_db
def test_a_run_planned_with_a_scorer_that_is_gone_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """As above."""
    job_id = _planned()
    monkeypatch.delitem(SCORERS, "numeric")
    execute.run_job(job_id)
    assert "now gone" in Job.objects.get(pk=job_id).reason
