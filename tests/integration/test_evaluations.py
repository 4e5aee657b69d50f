"""Runs on real PostgreSQL: a frozen plan, one result a sample behind the fence, and evidence when all are there."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from apps.accounts.models import Role
from apps.compute import services as compute
from apps.compute.models import Attempt, JobState, Lease
from apps.core.errors import ConflictError, DomainError, InvalidError, NotAllowedError
from apps.evaluations import selectors, services
from apps.evaluations.models import DatasetVersion, EvaluationRun, SampleResult, Score
from apps.evaluations.services import Answer, Item
from apps.evidence.models import Claim, Verdict
from apps.usecases.models import Stage
from tests.factories import cases, people, shelves

pytestmark = pytest.mark.django_db
PAIRS = [(f"{number} + 1?", str(number + 1)) for number in range(4)]


def planned(**change: Any) -> EvaluationRun:
    """A queued run over four sums."""
    given: dict[str, Any] = {
        "prompt_version": shelves.prompt(),
        "endpoint": shelves.recorded_endpoint([({"question": "q"}, "a")]),
        "dataset_version": shelves.dataset(PAIRS),
        "scorers": ["exact", "numeric"],
        "gate_scorer": "numeric",
        "threshold": Decimal("0.5"),
        "by": people.person(Role.AI_ENGINEER),
    }
    return services.start_run(**{**given, **change})


def claimed(run: EvaluationRun) -> Attempt:
    """A worker's attempt at the run."""
    attempt = compute.claim(job_id=run.job_id, worker="w")
    assert attempt is not None
    return attempt


def store(run: EvaluationRun, attempt: Attempt, *outputs: str, first: int = 0) -> None:
    """Store these outputs for the samples from `first` on; "!" stands for an answer that could not be had."""
    answers = [
        Answer(index, PAIRS[index][1], error="no answer") if output == "!" else Answer(index, PAIRS[index][1], output)
        for index, output in enumerate(outputs, start=first)
    ]
    services.store_answers(run=run, attempt=attempt, answers=answers)


def test_a_run_freezes_its_plan_and_waits_in_the_gpu_queue() -> None:
    run = planned()
    assert (run.planned, run.job and run.job.queue, run.summary) == (4, "gpu", None)
    assert run.plan["scorers"] == {"exact": 1, "numeric": 1}
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        EvaluationRun.objects.update(threshold=Decimal(0))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scorers": []}, "scorers"),
        ({"scorers": ["exact", "none"], "gate_scorer": "exact"}, "scorers"),
        ({"gate_scorer": "none"}, "gate_scorer"),
        ({"threshold": Decimal("1.1")}, "threshold"),
        ({"threshold": Decimal("-0.1")}, "threshold"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        planned(**change)
    assert field in refused.value.fields


def test_a_prompt_whose_places_the_dataset_leaves_empty_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        planned(prompt_version=shelves.prompt("{{question}} {{hint}}"))
    assert "hint" in refused.value.fields["prompt_version"][0]


def test_a_person_without_the_role_starts_nothing() -> None:
    with pytest.raises(NotAllowedError):
        planned(by=people.person(Role.AUDITOR))


def test_every_answer_becomes_one_row_with_a_score_of_each_scorer() -> None:
    run = planned()
    store(run, claimed(run), "1", "It is 2.", "no idea")
    scores = Score.objects.order_by("result__index", "scorer")
    assert [(score.scorer, int(score.value or 0)) for score in scores] == [
        ("exact", 1), ("numeric", 1), ("exact", 0), ("numeric", 1), ("exact", 0), ("numeric", 0),
    ]  # fmt: skip
    assert [item.index for item in selectors.pending(run)] == [3]


def test_a_sample_without_an_answer_is_an_error_and_counts_as_not_right() -> None:
    run = planned()
    store(run, claimed(run), "1", "!", "3", "4")
    figures = selectors.progress(run)
    assert (figures.stored, figures.errors) == (4, 1)
    assert [(scorer.right, scorer.n) for scorer in figures.scorers] == [(3, 4), (3, 4)]


def test_the_figures_of_a_running_run_are_of_one_moment(django_assert_num_queries: Any) -> None:
    """Two statements would let a batch fall between them: more right answers than results, and no interval."""
    run = planned()
    store(run, claimed(run), "1", "2")
    with django_assert_num_queries(1):
        figures = selectors.progress(run)
    assert [(scorer.key, scorer.right, scorer.n) for scorer in figures.scorers] == [("exact", 2, 2), ("numeric", 2, 2)]


def test_a_sample_is_stored_once_and_a_batch_that_repeats_one_stores_nothing() -> None:
    run = planned()
    attempt = claimed(run)
    store(run, attempt, "1", "2")
    with pytest.raises(IntegrityError, match="sample_result_once"), transaction.atomic():
        store(run, attempt, "2", "3", first=1)
    assert SampleResult.objects.count() == 2


def test_a_worker_that_was_replaced_stores_nothing_and_ends_nothing() -> None:
    run = planned()
    old = claimed(run)
    store(run, old, "1")
    Lease.objects.update(until=Now() - timedelta(seconds=1))
    new = claimed(run)
    with pytest.raises(compute.LeaseLostError):
        store(run, old, "2", first=1)
    with pytest.raises(compute.LeaseLostError):
        services.complete(run=run, attempt=old)
    store(run, new, "2", "3", "4", first=1)
    assert list(SampleResult.objects.values_list("attempt_number", flat=True)) == [1, 2, 2, 2]


def test_a_run_does_not_end_while_samples_are_missing() -> None:
    run = planned()
    attempt = claimed(run)
    store(run, attempt, "1", "2", "3")
    with pytest.raises(ConflictError, match="Only 3 of 4"):
        services.complete(run=run, attempt=attempt)
    assert not Claim.objects.exists()
    run = EvaluationRun.objects.select_related("job").get()
    assert (run.summary, run.job and run.job.state) == (None, JobState.RUNNING)


def finished(*outputs: str, **change: Any) -> EvaluationRun:
    """A run that got these outputs and ended."""
    run = planned(**change)
    attempt = claimed(run)
    store(run, attempt, *outputs)
    return services.complete(run=run, attempt=attempt)


@pytest.mark.parametrize(
    ("outputs", "verdict"), [(("1", "2", "3", "4"), Verdict.PASSED), (("1", "2", "3", "-"), Verdict.FAILED)]
)
def test_the_lower_end_of_the_interval_decides(outputs: tuple[str, ...], verdict: Verdict) -> None:
    run = finished(*outputs)
    assert run.summary
    assert run.summary["verdict"] == Claim.objects.get().verdict == verdict
    assert run.summary["scorers"]["numeric"]["low"] == pytest.approx(
        0.5101 if verdict == "passed" else 0.3006, abs=1e-4
    )


def test_evidence_for_a_case_counts_at_its_gate_only_for_what_was_evaluated() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    assert case.prompt_version
    finished("1", "2", "3", "4", use_case=case, prompt_version=case.prompt_version)
    with pytest.raises(InvalidError, match="passed evaluation of exactly"):
        cases.submitted(case)
    finished("1", "2", "3", "4", use_case=case, prompt_version=case.prompt_version, endpoint=case.endpoint)
    assert cases.submitted(case).gate == "G2"


def test_a_run_that_ended_cannot_end_or_be_cancelled_again() -> None:
    run = finished("1", "2", "3", "4")
    with pytest.raises(ConflictError, match="already done"):
        services.cancel_run(run=run, by=run.created_by)
    assert compute.claim(job_id=run.job_id, worker="w") is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM evaluations_sampleresult",
        "UPDATE evaluations_sampleresult SET output = 'x'",
        "DELETE FROM evaluations_score",
        "UPDATE evaluations_score SET value = 1",
        "DELETE FROM evaluations_datasetversion",
        "UPDATE evaluations_datasetitem SET expected = 'x'",
        "UPDATE catalog_endpoint SET base_url = 'x'",
        "UPDATE catalog_recordedanswer SET text = 'x'",
        "DELETE FROM prompts_promptversion",
        "UPDATE prompts_promptversion SET \"user\" = 'x'",
        "UPDATE evidence_claim SET verdict = 'passed'",
        "DELETE FROM evidence_claim",
    ],
)
def test_postgresql_refuses_to_rewrite_what_was_measured(statement: str) -> None:
    finished("1", "2", "3", "4")
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def dataset(*items: Item, slug: str = "d") -> DatasetVersion:
    """A version of the dataset `slug` with these items."""
    by = people.person(Role.AI_ENGINEER)
    return services.add_dataset_version(slug=slug, name="D", description="", source="", items=items, by=by)


def test_other_items_make_a_new_version_and_the_same_items_none() -> None:
    first = dataset(Item({"q": "1"}, "1"))
    assert dataset(Item({"q": "1"}, "1")) == first
    second = dataset(Item({"q": "1"}, "2"))
    assert (second.number, second.dataset) == (2, first.dataset)


@pytest.mark.parametrize("items", [[], [Item({"q": "1"}, "1"), Item({"p": "1"}, "1")]])
def test_an_empty_or_uneven_dataset_is_refused(items: list[Item]) -> None:
    with pytest.raises(DomainError):
        dataset(*items)


def test_items_that_postgresql_cannot_store_are_mended() -> None:
    item = dataset(Item({"q\x00": "a\ud800"}, "\x00")).items.get()
    assert (item.input, item.expected) == ({"q\ufffd": "a\ufffd"}, "\ufffd")


def test_a_run_is_cancelled_by_who_started_it_or_an_administrator_only() -> None:
    run = planned()
    with pytest.raises(NotAllowedError, match="Only the person who started"):
        services.cancel_run(run=run, by=people.person(Role.AI_ENGINEER, Role.ARCHITECT))
    assert services.cancel_run(run=run, by=people.person(Role.ADMINISTRATOR)).state == JobState.CANCELLED


def test_evidence_for_a_case_is_made_only_by_people_who_may_change_it() -> None:
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    with pytest.raises(NotAllowedError):
        planned(use_case=case, by=people.person(Role.ARCHITECT))
    assert planned(use_case=case, by=case.owner).use_case == case


def test_a_run_without_a_bar_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        planned(threshold=Decimal(0))
    assert refused.value.fields.keys() == {"threshold"}
