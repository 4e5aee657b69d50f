"""The main job from idea to a cleared case, by API alone; only the worker's part is done through its services."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.accounts.models import Lane, Role
from apps.audit import selectors as audit
from apps.compute import services as compute
from apps.evaluations import services as evaluations
from apps.evaluations.services import Answer
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db

_QUESTIONS = [("What is 2 + 2?", "4"), ("What is 3 * 5?", "15"), ("What is 9 - 1?", "8"), ("What is 7 + 6?", "13")]


@pytest.fixture
def engineer() -> Caller:
    """An AI engineer."""
    return Caller(person(Role.AI_ENGINEER))


@pytest.fixture
def owner() -> Caller:
    """A business owner in the unit Operations."""
    return Caller(person(Role.BUSINESS_OWNER, name="owner"))


def case_body(**fields: Any) -> dict[str, Any]:
    """A case that can be registered."""
    purpose = "Clerks sort by hand; sorting by machine saves them time."
    unit()
    record = {"title": "Sort invoices", "purpose": purpose, "business_unit": "Operations", "topic_area": "internal"}
    return {**record, **fields}


def work(run_id: str, *, output: str | None = None) -> None:
    """What a worker does: answer every sample, rightly unless `output` says otherwise, and end the run."""
    run = evaluations.run_of_job(UUID(run_id))
    assert run.job_id
    attempt = compute.claim(job_id=run.job_id, worker="test")
    assert attempt
    answers = [
        Answer(index=item.index, expected=item.expected, output=output or f"It is {item.expected}.", latency_ms=3)
        for item in run.dataset_version.items.all()
    ]
    evaluations.store_answers(run=run, attempt=attempt, answers=answers)
    evaluations.complete(run=run, attempt=attempt)


def shelves(engineer: Caller) -> dict[str, Any]:
    """A prompt in production, an endpoint and a dataset, and how a run names them."""
    engineer.post("prompts/", {"slug": "sums", "name": "Sums", "user": "{{question}}"})
    engineer("PUT", "prompts/sums/labels/production/", {"version": 1})
    Caller(person(Role.ARCHITECT)).post(
        "endpoints/",
        {
            "slug": "local", "name": "Local", "kind": "openai", "base_url": "http://127.0.0.1:9/v1/",
            "model_name": "small",
        },
    )  # fmt: skip
    items = [{"input": {"question": question}, "expected": expected} for question, expected in _QUESTIONS]
    engineer.post("datasets/", {"slug": "sums", "name": "Sums", "items": items})
    return {"prompt_version": "sums@production", "endpoint": "local", "dataset_version": "sums@1"}


def run_body(pins: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A run that can be started."""
    return {**pins, "scorers": ["exact", "numeric"], "gate_scorer": "numeric", "threshold": 0.5, **fields}


def test_a_case_goes_from_idea_to_cleared(owner: Caller, engineer: Caller) -> None:
    pins = shelves(engineer)
    case = owner.post("use-cases/", case_body())
    ref = case["ref"]
    assert (case["stage"], case["standing"], case["owner"], case["gate"]["key"]) == (
        "DISCOVER", "UNREVIEWED", "owner", "G1",
    )  # fmt: skip

    first = submitted(owner, ref)
    decide(first, "steward", Role.STEWARD)
    assert owner.post(f"use-cases/{ref}/advance/", status=200)["stage"] == "PLAY"

    changes = {"prompt_version": pins["prompt_version"], "endpoint": "local"}
    pinned = owner("PATCH", f"use-cases/{ref}/", changes)
    assert (pinned["prompt_version"], pinned["endpoint"], pinned["standing"]) == ("sums@1", "local", "LAPSED")
    assert len(pinned["gate"]["missing"]) == 3
    for part, row in cases.ROWS.items():
        owner.post(f"use-cases/{ref}/{part}/", {name: str(value) for name, value in row.items()})

    run = engineer.post("evaluation-runs/", run_body(pins, use_case=ref))
    assert (run["state"], run["planned"], run["stored"], run["prompt_version"]) == ("queued", 4, 0, "sums@1")
    work(run["id"])
    done = engineer.get(f"evaluation-runs/{run['id']}/")
    assert (done["state"], done["stored"], done["summary"]["verdict"]) == ("done", 4, "passed")
    assert [(f["scorer"], f["right"], f["n"]) for f in done["progress"]] == [("exact", 0, 4), ("numeric", 4, 4)]

    ready = owner.get(f"use-cases/{ref}/")
    assert ready["gate"]["missing"] == []
    assert [claim["verdict"] for claim in ready["gate"]["claims"]] == ["passed"]
    second = submitted(owner, ref)
    assert second["lanes"] == ["architecture", "security", "privacy"]
    decide(second, "architecture", Role.ARCHITECT)
    for lane in (Lane.SECURITY, Lane.PRIVACY):
        decide(second, lane.value, Role.REVIEWER, of=lane)
    assert owner.get(f"use-cases/{ref}/")["standing"] == "CLEARED"
    assert owner.post(f"use-cases/{ref}/advance/", status=200)["stage"] == "DEVELOP"
    with connection.cursor() as cursor:  # history is sealed at the end of a transaction
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not list(audit.breaks())
    trail = Caller(person(Role.AUDITOR)).get(f"audit-events/?subject={case['subject']}")["results"]
    assert [event["action"] for event in reversed(trail)] == [
        "use_case.registered", "use_case.answered", "review.requested", "review.decided", "use_case.advanced",
        "use_case.edited", "use_case.value_measure_added", "use_case.risk_added", "evidence.published",
        "review.requested", *["review.decided"] * 3, "use_case.advanced",
    ]  # fmt: skip


def submitted(owner: Caller, ref: str) -> Any:
    """The review of the next gate, asked for once the record has what all gates ask."""
    owner("PATCH", f"use-cases/{ref}/answers/", {"answers": cases.COMPLETE})
    return owner.post(f"use-cases/{ref}/submit/")


def decide(
    review: dict[str, Any], lane: str, role: Role, status: int = 200, of: Lane | None = None, **fields: Any
) -> Any:
    """A person with `role`, as a lane reviewer `of` a lane, reads the review and approves in `lane`."""
    reviewer = Caller(person(role, lane=of))
    read = reviewer.get(f"reviews/{review['id']}/")
    body = {"lane": lane, "outcome": "approve", "reason": "Read in full.", "content_hash": read["content_hash"]}
    return reviewer.post(f"reviews/{review['id']}/decide/", {**body, **fields}, status=status)


def test_the_reviewer_cannot_be_the_requester() -> None:
    both = Caller(person(Role.BUSINESS_OWNER, Role.STEWARD))
    case = both.post("use-cases/", case_body())
    review = submitted(both, case["ref"])
    body = {"lane": "steward", "outcome": "approve", "reason": "Mine.", "content_hash": review["content_hash"]}
    refusal = both.post(f"reviews/{review['id']}/decide/", body, status=403)
    assert refusal["code"] == "not-allowed"
    assert both.get(f"reviews/{review['id']}/")["decisions"] == []
    assert both.get(f"use-cases/{case['ref']}/")["standing"] == "IN_REVIEW"


def test_a_person_without_the_lanes_role_cannot_decide(owner: Caller) -> None:
    case = owner.post("use-cases/", case_body())
    review = submitted(owner, case["ref"])
    assert decide(review, "steward", Role.ARCHITECT, status=403)["code"] == "not-allowed"


@pytest.mark.django_db(transaction=True)
def test_deciding_after_an_edit_is_refused_and_the_request_stays_void(owner: Caller) -> None:
    case = owner.post("use-cases/", case_body())
    review = submitted(owner, case["ref"])
    owner("PATCH", f"use-cases/{case['ref']}/", {"title": "Sort and pay invoices"})
    assert decide(review, "steward", Role.STEWARD, status=412)["code"] == "stale"
    after = owner.get(f"reviews/{review['id']}/")
    assert (after["state"], after["decisions"]) == ("voided", [])


@pytest.mark.django_db(transaction=True)
def test_deciding_on_content_that_changed_unnoticed_voids_the_request_for_good(owner: Caller) -> None:
    case = owner.post("use-cases/", case_body())
    review = submitted(owner, case["ref"])
    # Past the services, as a faulty migration would.
    UseCase.objects.filter(pk=case["id"]).update(content_hash="0" * 64)
    refusal = decide(review, "steward", Role.STEWARD, status=412)
    assert refusal["code"] == "stale"
    after = owner.get(f"reviews/{review['id']}/")
    assert (after["state"], after["decisions"]) == ("voided", [])
    assert "changed" in after["closed_reason"]


def test_deciding_on_another_hash_than_the_one_under_review_is_stale(owner: Caller) -> None:
    case = owner.post("use-cases/", case_body())
    review = submitted(owner, case["ref"])
    assert decide(review, "steward", Role.STEWARD, status=412, content_hash="f" * 64)["code"] == "stale"
    assert owner.get(f"reviews/{review['id']}/")["state"] == "in_review"


def test_only_the_requester_withdraws(owner: Caller, engineer: Caller) -> None:
    case = owner.post("use-cases/", case_body())
    review = submitted(owner, case["ref"])
    assert engineer.post(f"reviews/{review['id']}/withdraw/", status=403)["code"] == "not-allowed"
    assert owner.post(f"reviews/{review['id']}/withdraw/", status=200)["state"] == "withdrawn"
    assert owner.post(f"reviews/{review['id']}/withdraw/", status=409)["code"] == "conflict"


def test_a_failed_evaluation_leaves_the_gate_shut(owner: Caller, engineer: Caller) -> None:
    pins = shelves(engineer)
    run = engineer.post("evaluation-runs/", run_body(pins))
    work(run["id"], output="I do not know: 0")
    assert engineer.get(f"evaluation-runs/{run['id']}/")["summary"]["verdict"] == "failed"
    results = f"evaluation-runs/{run['id']}/results/"
    counts = {only: len(engineer.get(f"{results}?only={only}")["results"]) for only in ("right", "wrong", "error")}
    assert counts == {"right": 0, "wrong": 4, "error": 0}
    first = engineer.get(results)["results"][0]
    assert first["input"] == {"question": "What is 2 + 2?"}
    assert [(score["scorer"], score["value"]) for score in first["scores"]] == [("exact", 0.0), ("numeric", 0.0)]


def test_a_queued_run_is_cancelled_once(engineer: Caller) -> None:
    run = engineer.post("evaluation-runs/", run_body(shelves(engineer)))
    cancelled = engineer.post(f"evaluation-runs/{run['id']}/cancel/", status=200)
    assert cancelled["state"] == "cancelled"
    assert engineer.get(f"jobs/{run['job']}/")["cancel_requested"] is True
    assert engineer.post(f"evaluation-runs/{run['id']}/cancel/", status=409)["code"] == "conflict"


def test_a_role_is_asked_for_where_the_page_asks_for_it(owner: Caller) -> None:
    body = {"slug": "local", "name": "Local", "kind": "sandbox"}
    assert owner.post("endpoints/", body, status=403)["code"] == "not-allowed"


def test_an_edit_of_what_was_read_before_another_edit_is_stale_and_changes_nothing(owner: Caller) -> None:
    case = owner.post("use-cases/", case_body())
    path = f"use-cases/{case['ref']}/"
    read = owner.etag(path)
    owner("PATCH", path, {"title": "First"}, If_Match=read)
    assert owner("PATCH", path, {"title": "Second"}, status=412, If_Match=read)["code"] == "stale"
    assert owner.get(path)["title"] == "First"


def test_an_edit_touches_only_what_it_names(owner: Caller) -> None:
    sponsor = person(Role.BUSINESS_OWNER)
    case = owner.post("use-cases/", case_body(sponsor=sponsor.username))
    path = f"use-cases/{case['ref']}/"
    edited = owner("PATCH", path, {"title": "Other"})
    assert (edited["title"], edited["sponsor"], edited["purpose"]) == ("Other", sponsor.username, case["purpose"])
    assert owner("PATCH", path, {"sponsor": None})["sponsor"] is None


def test_recorded_answers_arrive_with_their_endpoint() -> None:
    architect = Caller(person(Role.ARCHITECT))
    answers = [{"input": {"question": "What is 2 + 2?"}, "text": "4"}]
    body = {"slug": "recorded", "name": "Recorded", "kind": "recorded", "answers": answers}
    assert architect.post("endpoints/", body)["kind"] == "recorded"
    assert architect.post("endpoints/", {**body, "slug": "none", "answers": []}, status=422)["code"] == "invalid"
    taken = architect.post("endpoints/", body, status=409)
    assert taken["errors"] == {"slug": ["Taken. Choose another."]}


def test_versions_of_prompts_and_datasets_are_added_and_named(engineer: Caller) -> None:
    shelves(engineer)
    version = engineer.post("prompts/sums/versions/", {"user": "Solve: {{question}}", "note": "Clearer"})
    assert (version["ref"], version["places"]) == ("sums@2", ["question"])
    assert engineer.get("prompts/sums/labels/production/")["ref"] == "sums@1"
    assert engineer("PUT", "prompts/sums/labels/production/", {"version": 2})["ref"] == "sums@2"
    assert engineer.get("prompts/sums/")["labels"] == {"production": 2}
    missing = engineer("PUT", "prompts/sums/labels/production/", {"version": 9}, status=422)
    assert missing["errors"] == {"version": ["sums has no version 9."]}
    for label in ("3", "Production", "x" * 41):
        refused = engineer("PUT", f"prompts/sums/labels/{label}/", {"version": 1}, status=422)
        assert list(refused["errors"]) == ["label"]
    items = [{"input": {"question": "What is 1 + 1?"}, "expected": 2}]
    again = engineer.post("datasets/", {"slug": "sums", "name": "Sums", "items": items})
    assert (again["ref"], again["item_count"]) == ("sums@2", 1)
    assert engineer.post("datasets/", {"slug": "sums", "name": "Sums", "items": items})["ref"] == "sums@2"
    stored = engineer.get("datasets/sums/versions/2/items/")["results"]
    assert stored == [{"index": 0, "input": {"question": "What is 1 + 1?"}, "expected": "2"}]
