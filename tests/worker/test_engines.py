"""Evaluation runs against real servers: the sandbox, and one that fails in every way a model server does."""

import json
import urllib.request
from collections.abc import Iterator
from decimal import Decimal

import pytest

from apps.compute.models import JobState
from apps.evaluations import services
from apps.evaluations.models import EvaluationRun, SampleResult, Score
from apps.evidence.models import Claim
from apps.outbox.models import OutboxEvent
from apps.search.models import SearchDocument
from coe_portal.local.ports import free_port
from tests.factories import shelves
from tests.worker import model_server
from tests.worker.conftest import run_on, serve, wait_final, wait_for

pytestmark = pytest.mark.usefixtures("standing_worker")


@pytest.fixture
def sandbox() -> Iterator[str]:
    """The address of the portal's sandbox."""
    port = free_port()
    with serve(["-m", "worker.engines.sandbox", "--port", str(port)], f"http://127.0.0.1:{port}/v1") as url:
        yield url


def _right(run: EvaluationRun) -> dict[int, Decimal | None]:
    return dict(Score.objects.filter(result__run=run, scorer="numeric").values_list("result__index", "value"))


def test_the_sandbox_is_scored_by_what_it_really_answers(sandbox: str) -> None:
    """It works out written sums, fails on words, and its stream yields times and token counts."""
    run = run_on(sandbox, [("What is 12 * (3 + 4)?", "84"), ("What is 1,000 / 8?", "125"), ("Twice two?", "4")])
    assert wait_final(run).state == JobState.DONE
    assert _right(run) == {0: 1, 1: 1, 2: 0}
    for result in SampleResult.objects.filter(run=run):
        assert result.latency_ms is not None
        assert result.first_token_ms is not None
        assert result.first_token_ms <= result.latency_ms
        assert result.output_tokens


def test_each_fault_of_a_server_is_met_without_a_wrong_score(faulty: str) -> None:
    """What passes is tried again; what stays broken becomes an error result; no partial answer is ever scored."""
    names = ["fine", "429 once", "500 once", "cut once", "error once", "nul", "cut always", "500 always"]
    run = run_on(f"{faulty}/v1", [(name, "7") for name in names])
    assert wait_final(run).state == JobState.DONE
    results = {names[result.index]: result for result in SampleResult.objects.filter(run=run)}
    assert {name for name, result in results.items() if result.error} == {"cut always", "500 always"}
    assert _right(run) == dict.fromkeys(range(6), Decimal(1))
    assert "\x00" not in results["nul"].output
    with urllib.request.urlopen(f"{faulty}/calls") as answer:
        calls = json.load(answer)
    assert calls["429 once"] == calls["cut once"] == 2
    assert calls["cut always"] == 4
    run.refresh_from_db()
    assert run.summary is not None
    assert (run.summary["n"], run.summary["errors"]) == (8, 2)


def test_no_malformed_reply_ends_arun_on(faulty: str) -> None:
    """Each becomes the error of its own sample; what a server claims to have counted is kept only where it can be."""
    names = [*model_server.MALFORMED, "odd-counts", "wait ² once", "wait -5 once", "fine"]
    run = run_on(f"{faulty}/v1", [(name, "7") for name in names])
    assert wait_final(run).state == JobState.DONE
    results = {names[result.index]: result for result in SampleResult.objects.filter(run=run)}
    assert {name for name, result in results.items() if result.error} == set(model_server.MALFORMED)
    assert all("malformed" in results[name].error for name in model_server.MALFORMED)
    assert (results["odd-counts"].input_tokens, results["odd-counts"].output_tokens) == (None, None)
    assert results["fine"].input_tokens == 5


@pytest.mark.parametrize("samples", [40, 3])
def test_an_endpoint_that_is_down_fails_the_job_in_words_and_scores_nothing(samples: int) -> None:
    """Nobody listens, to a long run or to a short one: no result is stored, no claim made, the reason is on the job."""
    run = run_on(f"http://127.0.0.1:{free_port()}/v1", [(f"question {n}", "7") for n in range(samples)])
    job = wait_final(run)
    assert job.state == JobState.FAILED
    assert "in a row got no answer" in job.reason
    assert not SampleResult.objects.filter(run=run).exists()
    assert not Claim.objects.filter(source_id=run.pk).exists()


@pytest.mark.parametrize(("question", "key"), [("401", ""), ("fine", "COE_ENDPOINT_KEY_MISSING")])
def test_a_refused_or_missing_key_fails_the_job_at_once(faulty: str, question: str, key: str) -> None:
    """Trying on would only lock the key."""
    job = wait_final(run_on(f"{faulty}/v1", [(question, "7")], key_variable=key))
    assert job.state == JobState.FAILED
    assert "key" in job.reason or "COE_ENDPOINT_KEY_MISSING" in job.reason


def test_a_cancelled_run_stops_before_its_next_batch_and_keeps_what_it_has(faulty: str) -> None:
    """Two hundred slow samples, cancelled after the first results."""
    run = run_on(f"{faulty}/v1", [(f"slow {n}", "7") for n in range(200)])
    wait_for(lambda: SampleResult.objects.filter(run=run).exists(), what="the first results")
    services.cancel_run(run=run, by=run.created_by)
    job = wait_final(run, seconds=10)
    assert job.state == JobState.CANCELLED
    assert 0 < SampleResult.objects.filter(run=run).count() < 200
    run.refresh_from_db()
    assert run.summary is None


def test_the_worker_keeps_the_search_index_current_through_the_outbox() -> None:
    """A new prompt is found without anybody asking for an index."""
    version = shelves.prompt("Summarise this complaint: {{question}}")
    wait_for(lambda: not OutboxEvent.objects.exists(), what="a drained outbox")
    assert SearchDocument.objects.filter(kind="prompt", object_id=str(version.prompt_id)).exists()
