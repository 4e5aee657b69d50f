"""The recorded GSM8K models through the real path: broker, worker, lease, scorers, rows, evidence."""

from collections.abc import Callable
from decimal import Decimal

from django.core.management import call_command

from apps.accounts.models import Role
from apps.catalog.models import Endpoint
from apps.compute.models import Attempt, JobState
from apps.evaluations import services
from apps.evaluations.models import DatasetVersion, EvaluationRun, SampleResult, Score
from apps.evidence.models import Claim
from tests import shared_data
from tests.factories.people import person
from tests.factories.shelves import prompt
from tests.worker.conftest import Worker, wait_for

PUBLISHED = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}
PROBLEMS = 1319


def _start_runs() -> list[EvaluationRun]:
    architect = person(Role.ARCHITECT)
    call_command("import_gsm8k", str(shared_data.path("gsm8k")), "--as", architect.username, verbosity=0)
    dataset, version = DatasetVersion.objects.get(dataset__slug="gsm8k"), prompt()
    return [
        services.start_run(
            prompt_version=version, endpoint=endpoint, dataset_version=dataset, scorers=["exact", "numeric"],
            gate_scorer="numeric", threshold=Decimal("0.5"), by=architect,
        )
        for endpoint in Endpoint.objects.filter(slug__startswith="gsm8k-")
    ]  # fmt: skip


def _all_done() -> bool:
    return not EvaluationRun.objects.exclude(job__state=JobState.DONE).exists()


def _assert_published_figures() -> None:
    for run in EvaluationRun.objects.select_related("endpoint"):
        results = SampleResult.objects.filter(run=run)
        assert results.count() == PROBLEMS
        assert set(results.values_list("index", flat=True)) == set(range(PROBLEMS))
        right = Score.objects.filter(result__run=run, scorer="numeric", value=1).count()
        assert right == PUBLISHED[run.endpoint.model_name], run.endpoint.model_name
        assert run.summary is not None
        assert run.summary["scorers"]["numeric"]["right"] == right
        assert run.summary["errors"] == 0


def test_the_four_recorded_models_score_as_published(start_worker: Callable[..., Worker]) -> None:
    """286, 515, 458 and 742 of 1,319, the best with the interval [0.5356, 0.5891] and the only passed claim."""
    start_worker()
    _start_runs()
    wait_for(_all_done, what="four finished runs", seconds=120)
    _assert_published_figures()
    best = EvaluationRun.objects.get(endpoint__model_name="175b_verification")
    figures = (best.summary or {})["scorers"]["numeric"]
    assert (round(figures["low"], 4), round(figures["high"], 4)) == (0.5356, 0.5891)
    assert [claim.source_id for claim in Claim.objects.filter(verdict="passed")] == [str(best.pk)]


def test_a_worker_killed_in_the_middle_loses_nothing_and_counts_nothing_twice(
    start_worker: Callable[..., Worker],
) -> None:
    """SIGKILL with results of a run half stored; a new worker completes every run to exactly 1,319 results."""
    worker = start_worker()
    runs = _start_runs()
    wait_for(lambda: SampleResult.objects.count() > 100, what="the first results", pause=0.002)
    worker.kill()
    stored = SampleResult.objects.count()
    assert 0 < stored < PROBLEMS * len(runs), "the worker must die in the middle for this test to say anything"
    start_worker()
    wait_for(_all_done, what="four runs finished after the kill", seconds=120)
    _assert_published_figures()
    assert Attempt.objects.filter(exit_cause="lost").exists()
    assert sum(Attempt.objects.values_list("stored", flat=True)) == PROBLEMS * len(runs)
