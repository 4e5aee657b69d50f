"""Reading over the API: what lists and details show, how lists are narrowed, and how few queries they need."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.compute import services as compute
from apps.evaluations import services as evaluations
from apps.evaluations.models import EvaluationRun
from apps.evaluations.services import Answer
from apps.evidence import services as evidence
from apps.evidence.models import Verdict
from apps.prompts import services as prompts
from apps.search import services as search
from apps.usecases import services as usecases
from apps.usecases.models import Stage, TopicArea
from tests.factories import cases, shelves
from tests.factories.people import person, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db
LISTS = [
    "endpoints/", "prompts/", "datasets/", "use-cases/", "evaluation-runs/", "reviews/", "claims/", "jobs/",
    "audit-events/",
]  # fmt: skip
# These come by cursors and are not counted.
ENDLESS = ["use-cases/", "evaluation-runs/", "reviews/", "claims/", "jobs/", "audit-events/"]


@pytest.fixture
def reader() -> Caller:
    """A person without any role."""
    return Caller(person(name="reader"))


def run(by: User | None = None, **fields: Any) -> EvaluationRun:
    """A queued run over two samples."""
    plan: dict[str, Any] = {
        "prompt_version": shelves.prompt(), "endpoint": shelves.recorded_endpoint([({"question": "x"}, "4")]),
        "dataset_version": shelves.dataset(), "scorers": ["exact"], "gate_scorer": "exact", "threshold": 0.5, **fields,
    }  # fmt: skip
    return evaluations.start_run(by=by or person(Role.AI_ENGINEER), **plan)


def test_the_caller_learns_who_they_are() -> None:
    steward = person(Role.STEWARD, Role.FINOPS)
    assert Caller(steward).get("me/") == {
        "username": steward.username, "name": steward.username, "id": str(steward.pk), "roles": ["finops", "steward"],
        "lanes": ["finance", "steward"],
    }  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_is_a_page_of_nothing(path: str) -> None:
    empty: dict[str, Any] = {"next": None, "results": []}
    if path not in ENDLESS:
        empty |= {"count": 0, "previous": None}
    found = Caller(person(Role.AUDITOR)).get(f"{path}?page_size=200")
    # People themselves leave events, and nothing else.
    assert found == empty or path == "audit-events/"


def test_lists_have_pages_and_say_where_the_next_is(reader: Caller) -> None:
    for _ in range(3):
        shelves.prompt()
    first = reader.get("prompts/?page_size=2")
    assert (first["count"], len(first["results"]), first["previous"]) == (3, 2, None)
    second = reader.get(first["next"].partition("/api/v1/")[2])
    assert len(second["results"]) == 1
    assert reader.get("prompts/?page=9", status=404)["code"] == "not-found"


def test_cases_are_narrowed_by_stage_standing_owner_and_words(reader: Caller) -> None:
    owner = person(Role.BUSINESS_OWNER)
    office, topic = unit("Complaints"), TopicArea.HEALTH
    mine = cases.case(by=owner, title="Route complaints", business_unit=office, topic_area=topic)
    cases.case(stage=Stage.PLAY, answers={})
    usecases.submit(use_case=mine, by=owner)
    said = ("stage=DISCOVER", "standing=IN_REVIEW", f"owner={owner.username}", "q=complaint", f"q={mine.ref}")
    for query in (*said, "topic_area=health", f"business_unit={office.path}", "tier_provisional=false"):
        found = reader.get(f"use-cases/?{query}")["results"]
        assert [case["ref"] for case in found] == [mine.ref], query
    assert reader.get("use-cases/?stage=PLAY&standing=IN_REVIEW")["results"] == []
    assert len(reader.get("use-cases/?stage=")["results"]) == 2


def test_cases_are_narrowed_by_standing_and_tier_from_reviews_and_adjustments(reader: Caller) -> None:
    case = cases.case()
    usecases.submit(use_case=case, by=case.owner)
    with CaptureQueriesContext(connection) as asked:
        for query in ("standing=IN_REVIEW", "tier=STANDARD"):
            assert [row["ref"] for row in reader.get(f"use-cases/?{query}")["results"]] == [case.ref]
    listing = [one["sql"].partition(" WHERE ")[2] for one in asked if "usecases_standing" in one["sql"]]
    # The functions of the database are told of each row that is shown, and asked of none that is not.
    assert len(listing) == 2
    assert not any("usecases_standing" in where for where in listing)
    assert "usecases_tieradjustment" in listing[1]


def test_shelves_are_narrowed_by_words_and_kind(reader: Caller) -> None:
    endpoint = shelves.recorded_endpoint([({"question": "x"}, "4")])
    shelves.openai_endpoint("http://127.0.0.1:9/v1")
    assert [e["slug"] for e in reader.get("endpoints/?kind=recorded")["results"]] == [endpoint.slug]
    assert [e["slug"] for e in reader.get(f"endpoints/?q={endpoint.slug.upper()}")["results"]] == [endpoint.slug]
    assert reader.get("datasets/?q=nothing")["count"] == reader.get("prompts/?q=nothing")["count"] == 0


def test_runs_are_narrowed_by_state_case_and_author(reader: Caller) -> None:
    engineer, case = person(Role.AI_ENGINEER), cases.case()
    mine = run(by=engineer, use_case=case)
    run()
    for query in (f"use_case={case.ref}", f"created_by={engineer.username}", f"state=queued&use_case={case.ref}"):
        found = reader.get(f"evaluation-runs/?{query}")["results"]
        assert [row["id"] for row in found] == [str(mine.pk)], query
    assert reader.get("evaluation-runs/?state=done")["results"] == []
    assert len(reader.get("jobs/?state=queued")["results"]) == 2


def test_reviews_claims_and_events_are_narrowed_by_their_subject(reader: Caller) -> None:
    case, other = cases.case(), cases.case()
    for one in (case, other):
        usecases.submit(use_case=one, by=one.owner)
        claim(one)
    for path in ("reviews/", "claims/"):
        found = reader.get(f"{path}?subject={case.subject}")["results"]
        assert [row["subject"] for row in found] == [str(case.subject)]
    assert len(reader.get("reviews/?state=in_review")["results"]) == 2
    assert reader.get("reviews/?state=approved")["results"] == []
    assert reader.get("claims/?verdict=failed")["results"] == []
    auditor = Caller(person(Role.AUDITOR))
    requested = auditor.get(f"audit-events/?action=review.requested&subject={case.subject}")["results"]
    assert [(event["action"], event["actor"]) for event in requested] == [("review.requested", str(case.owner.pk))]
    sequence = requested[0]["sequence"]
    assert auditor.get(f"audit-events/{sequence}/") == requested[0]


def claim(case: Any) -> Any:
    """A claim about a case."""
    source = case.subject._replace(kind="test")
    return evidence.publish(
        subject=case.subject, name="evaluation.passed", verdict=Verdict.PASSED, source=source, content_hash="0" * 64,
        summary="4 of 4", facts={"n": 4}, valid_until=timezone.now(), made_by=None,
    )  # fmt: skip


def test_details_are_found_by_their_public_names(reader: Caller) -> None:
    version, dataset, case = shelves.prompt("{{a}} {{b}}"), shelves.dataset(), cases.case()
    endpoint = shelves.openai_endpoint("http://127.0.0.1:9/v1", key_variable="COE_ENDPOINT_KEY_A")
    assert reader.get(f"endpoints/{endpoint.slug}/")["key_variable"] == "COE_ENDPOINT_KEY_A"
    assert reader.get(f"prompts/{version.prompt.slug}/versions/1/")["places"] == ["a", "b"]
    assert reader.get(f"prompts/{version.prompt.slug}/versions/")["count"] == 1
    assert reader.get(f"datasets/{dataset.dataset.slug}/")["items"] == 2
    assert reader.get(f"datasets/{dataset.dataset.slug}/versions/")["results"][0]["ref"] == dataset.ref
    assert reader.get(f"datasets/{dataset.dataset.slug}/versions/1/")["item_count"] == 2
    shown = claim(case)
    assert reader.get(f"claims/{shown.pk}/")["facts"] == {"n": 4}
    for lower in (case.ref, case.ref.lower(), str(case.number)):
        assert reader.get(f"use-cases/{lower}/")["ref"] == case.ref


@pytest.mark.parametrize(
    "path",
    [
        "endpoints/none/", "prompts/none/", "prompts/none/versions/", "prompts/none/versions/1/",
        "prompts/none/labels/production/", "datasets/none/", "datasets/none/versions/", "datasets/none/versions/1/",
        "datasets/none/versions/99999999999999999999/items/", "use-cases/UC-999999/", "use-cases/99999999999999/",
        "use-cases/none/", "use-cases/%00/", "use-cases/٣/", "evaluation-runs/none/",
        "evaluation-runs/00000000-0000-0000-0000-000000000000/", "reviews/00000000-0000-0000-0000-000000000000/",
        "claims/00000000-0000-0000-0000-000000000000/", "jobs/00000000-0000-0000-0000-000000000000/",
        "audit-events/0/", "audit-events/99999999999999999999999/", "nowhere/", "use-cases", "",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_and_no_page(path: str) -> None:
    assert Caller(person(Role.AUDITOR)).get(path, status=404)["code"] == "not-found"


def test_search_finds_what_was_indexed(reader: Caller) -> None:
    case = cases.case(title="Summarise customer complaints")
    search.index(kind="use_case", id=str(case.pk))
    found = reader.get("search/?q=complaints&kind=use_case&limit=5")["results"]
    assert [(hit["kind"], hit["id"]) for hit in found] == [("use_case", str(case.pk))]
    assert reader.get("search/?q=%3F%3F")["results"] == []


def _grow(path: str, author: User) -> None:
    """One more row for a list, with everything that could cost a query."""
    if path in ("reviews/", "use-cases/", "claims/", "audit-events/"):
        case = cases.case(by=author, sponsor=author)
        usecases.submit(use_case=case, by=author)
        claim(case)
    elif path in ("evaluation-runs/", "jobs/"):
        started = run(**_SHELF)
        evaluations.cancel_run(run=started, by=started.created_by)
    elif path == "prompts/":
        prompts.set_label(version=shelves.prompt(), name="production", by=person(Role.ARCHITECT))
    else:
        shelves.recorded_endpoint([({"question": "x"}, "4")])
        shelves.dataset()


_SHELF: dict[str, Any] = {}


def _queries(read: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_of_sixty_needs_no_more_queries_than_one_of_ten(path: str) -> None:
    reader = Caller(person(Role.AUDITOR))
    _SHELF.update(prompt_version=shelves.prompt(), dataset_version=shelves.dataset())
    author, counts = person(Role.BUSINESS_OWNER), []
    for rows in (10, 50):
        for _ in range(rows):
            _grow(path, author)
        counts.append(_queries(partial(reader.get, f"{path}?page_size=200")))
    assert len(reader.get(f"{path}?page_size=200")["results"]) >= 60
    print(f"{path} {counts}")
    assert counts[0] == counts[1] <= 8


def test_results_need_as_many_queries_for_ten_as_for_sixty(reader: Caller) -> None:
    counts = []
    for size in (10, 60):
        started = run(dataset_version=shelves.dataset([(f"What is {n} + 1?", str(n + 1)) for n in range(size)]))
        assert started.job_id
        attempt = compute.claim(job_id=started.job_id, worker="test")
        assert attempt
        answers = [Answer(index=n, expected=str(n + 1), output=str(n + 1)) for n in range(size)]
        evaluations.store_answers(run=started, attempt=attempt, answers=answers)
        path = f"evaluation-runs/{started.pk}/results/?page_size=200&only=right"
        assert len(reader.get(path)["results"]) == size
        counts.append(_queries(partial(reader.get, path)))
        counts.append(_queries(partial(reader.get, f"evaluation-runs/{started.pk}/")))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 8
