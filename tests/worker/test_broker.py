"""The broker dies in the middle of a run: the run does not notice, and the worker takes new work afterwards."""

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from apps.accounts.models import Role
from apps.compute.models import Job, JobState
from apps.evaluations import services
from apps.evaluations.models import EvaluationRun, SampleResult
from coe_portal.local.ports import free_port
from coe_portal.local.processes import Child, spawn
from coe_portal.local.valkey import Broker
from tests.factories import shelves
from tests.factories.people import person
from tests.worker.conftest import Worker, serve_faulty, wait_for
from worker.celery import app


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Broker, Callable[[], Child]]]:
    """A broker of this test's own, and how to start it (again)."""
    folder = tmp_path / "valkey"
    folder.mkdir()
    own = Broker(folder, free_port(), "only-for-this-test")
    started: list[Child] = []

    def start() -> Child:
        started.append(spawn(own.spec(dict(os.environ), tmp_path / "valkey.log")))
        wait_for(own.answers, what="the broker")
        return started[-1]

    # This process publishes to it too: Celery reads the variable anew once it has forgotten its connections.
    monkeypatch.setenv("CELERY_BROKER_URL", own.url)
    app._after_fork()
    yield own, start
    monkeypatch.undo()
    app._after_fork()
    started[-1].process.kill()
    started[-1].process.wait()


def _run(url: str, name: str, samples: int) -> EvaluationRun:
    return services.start_run(
        prompt_version=shelves.prompt(),
        endpoint=shelves.openai_endpoint(f"{url}/v1"),
        dataset_version=shelves.dataset([(f"{name} {n}", "7") for n in range(samples)]),
        scorers=["numeric"],
        gate_scorer="numeric",
        threshold=Decimal("0.1"),
        by=person(Role.AI_ENGINEER),
    )


def test_a_broker_killed_in_the_middle_of_a_run_is_not_noticed(
    start_worker: Callable[..., Worker], broker: tuple[Broker, Callable[[], Child]], caplog: pytest.LogCaptureFixture
) -> None:
    """One attempt finishes the run; the next run, whose message fell on a dead broker, is rung for again."""
    own, start = broker
    server = start()
    worker = start_worker(CELERY_BROKER_URL=own.url)
    with serve_faulty() as url:
        first = _run(url, "slow", 100)
        wait_for(lambda: SampleResult.objects.filter(run=first).exists(), what="the first results")
        server.process.kill()
        server.process.wait()
        second = _run(url, "fine", 5)
        assert "The broker did not take compute.work" in caplog.text
        start()
        wait_for(lambda: not Job.objects.exclude(state=JobState.DONE).exists(), what="both runs", seconds=90)
    assert worker.process.poll() is None
    assert SampleResult.objects.filter(run=first).count() == 100
    assert SampleResult.objects.filter(run=second).count() == 5
    assert Job.objects.get(run=first).attempts.count() == 1
