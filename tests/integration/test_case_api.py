"""Around a case over the API: the way ahead, retiring, going past a review, joining, and what happened."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import InvalidError
from apps.discussions import services as discussions
from apps.reviews import services as reviews
from apps.reviews.models import Outcome
from apps.search import services as search
from apps.usecases import services as usecases
from apps.usecases.models import Stage
from tests.factories import cases
from tests.factories.people import person, team
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db
_ENDED = {"keys_revoked": True, "data_end": "deleted", "kept_until": "2040-01-01", "dependants": "Nobody."}
SETTLED = {**cases.COMPLETE, **{key: {"value": value} for key, value in _ENDED.items()}}


def test_the_way_ahead_names_lanes_people_and_days_and_what_is_missing() -> None:
    steward = person(Role.STEWARD)
    case = cases.case()
    found = Caller(case.owner).get(f"use-cases/{case.ref}/route/")
    assert (found["gate"]["key"], found["gate"]["missing"]) == ("G1", [])
    assert found["steps"] == [
        {"lane": "steward", "people": [steward.username], "via": "pool", "days_expected": 5, "target_days": 5}
    ]
    built = cases.case(stage=Stage.PLAY)
    ahead = Caller(built.owner).get(f"use-cases/{built.ref}/route/")
    assert [step["lane"] for step in ahead["steps"]] == ["architecture", "security", "privacy"]
    # Whoever owns a case decides nothing about it, so that the stewards stand in where nobody else is there.
    assert {(*step["people"], step["via"]) for step in ahead["steps"]} == {(steward.username, "steward")}
    assert "a pinned prompt version" in ahead["gate"]["missing"]


def test_the_way_that_ends_a_case_is_told_before_it_is_asked_for() -> None:
    fresh, running = cases.case(), cases.case(stage=Stage.PLAY)
    ahead = Caller(running.owner).get(f"use-cases/{running.ref}/route/?retire=true")
    assert (ahead["gate"]["key"], [step["lane"] for step in ahead["steps"]]) == ("G5", ["steward"])
    assert any("keys" in words.lower() for words in ahead["gate"]["missing"]), ahead["gate"]["missing"]
    none = Caller(fresh.owner).get(f"use-cases/{fresh.ref}/route/?retire=true")
    assert none == {"gate": None, "steps": []}
    assert Caller(fresh.owner).get(f"use-cases/{fresh.ref}/route/?gate=G5", status=400)["code"] == "invalid-query"


def test_a_case_is_retired_by_its_own_gate_over_the_api() -> None:
    case = cases.case(stage=Stage.PLAY, answers=SETTLED)
    caller, path = Caller(case.owner), f"use-cases/{case.ref}/"
    asked = caller("POST", f"{path}retire/", status=201)
    assert (asked["gate"], asked["lanes"]) == ("G5", ["steward"])
    assert caller("POST", f"{path}retire/", status=409)["code"] == "conflict"
    steward = Caller(person(Role.STEWARD))
    decision = {"lane": "steward", "outcome": "approve", "reason": "Read.", "content_hash": asked["content_hash"]}
    steward("POST", f"reviews/{asked['id']}/decide/", decision)
    assert caller("POST", f"{path}advance/")["stage"] == "RETIRED"
    assert caller.get(f"{path}route/") == {"gate": None, "steps": []}


def test_retiring_names_what_is_not_settled_and_needs_a_stage_that_can_end() -> None:
    running, fresh = cases.case(stage=Stage.PLAY), cases.case()
    refused = Caller(running.owner)("POST", f"use-cases/{running.ref}/retire/", status=422)
    assert "G5 still needs" in refused["detail"]
    assert Caller(fresh.owner)("POST", f"use-cases/{fresh.ref}/retire/", status=409)["code"] == "conflict"
    other = Caller(person(Role.BUSINESS_OWNER))
    assert other("POST", f"use-cases/{running.ref}/retire/", status=403)["code"] == "not-allowed"


def test_breaking_the_glass_lets_one_content_through_and_asks_every_lane() -> None:
    case = cases.case()
    caller, path = Caller(case.owner), f"use-cases/{case.ref}/break-glass/"
    reason = {"reason": "The old service ends tonight."}
    assert caller("POST", path, reason, status=403)["code"] == "not-allowed"
    reviews.permit_break_glass(person=case.owner, by=person(Role.ADMINISTRATOR))
    assert list(caller("POST", path, {"reason": " "}, status=422)["errors"]) == ["reason"]
    used = caller("POST", path, reason, status=201)
    assert (used["gate"], used["content_hash"], used["used_by"]) == ("G1", case.content_hash, case.owner.username)
    review = caller.get(f"reviews/{used['review']}/")
    assert (review["state"], review["undecided"]) == ("in_review", ["steward"])
    assert reason["reason"] in review["trigger"]
    assert caller.get(f"use-cases/{case.ref}/")["standing"] == "CLEARED_WITH_CONDITIONS"


def test_somebody_asks_to_join_a_case_and_is_told_where_they_are_in_it_already() -> None:
    case, asker = cases.case(), person(Role.AI_ENGINEER)
    path = f"use-cases/{case.ref}/join/"
    answer = Caller(asker).send("POST", path, b'{"words": "I know the invoices."}')
    assert (answer.status_code, answer.content) == (204, b"")
    assert Caller(asker).send("POST", path, b"{}").status_code == 204
    assert AuditEvent.objects.filter(action="use_case.join_asked", actor_id=str(asker.pk)).count() == 2
    assert Caller(case.owner)("POST", path, {}, status=409)["code"] == "conflict"
    assert list(Caller(asker)("POST", path, {"words": "x" * 301}, status=422)["errors"]) == ["words"]


def test_the_timeline_tells_what_happened_newest_first_and_by_sort() -> None:
    case = cases.case()
    discussions.add(subject=case.subject, body="Who *pays*?", by=case.owner)
    cases.decided(cases.submitted(case))
    caller, path = Caller(case.owner), f"use-cases/{case.ref}/timeline/"
    moments = caller.get(path)["moments"]
    assert [one["sentence"] for one in moments] == [
        "Review decided", "Review requested", "Comment", "Use case registered"
    ]  # fmt: skip
    assert [one["at"] for one in moments] == sorted((one["at"] for one in moments), reverse=True)
    comments: list[Any] = caller.get(f"{path}?only=comments")["moments"]
    assert [(one["source"], one["actor"]) for one in comments] == [("comments", str(case.owner))]
    assert "<em>pays</em>" in comments[0]["html"]
    assert caller.get(f"{path}?only=weather", status=400)["code"] == "invalid-query"


def test_why_a_case_is_new_is_said_when_it_is_registered() -> None:
    caller = Caller(person(Role.BUSINESS_OWNER))
    unit = cases.case().business_unit.path
    body = {"title": "Sort parcels", "purpose": "By hand it is slow.", "business_unit": unit, "topic_area": "internal"}
    made = caller("POST", "use-cases/", {**body, "why_new": "Parcels, not letters."}, status=201)
    assert made["why_new"] == caller.get(f"use-cases/{made['ref']}/")["why_new"] == "Parcels, not letters."


def test_why_a_case_is_new_is_mended_over_the_api() -> None:
    case = cases.case(why_new="Parcels, not letters.")
    made = Caller(case.owner)("PATCH", f"use-cases/{case.ref}/", {"why_new": "Parcels from abroad."})
    assert made["why_new"] == "Parcels from abroad."


def test_a_case_like_another_says_why_it_is_new_over_the_api_too() -> None:
    other = cases.case()
    search.index(kind="use_case", id=str(other.pk))
    body = {"title": other.title, "purpose": other.purpose, "business_unit": other.business_unit.path,
            "topic_area": "internal"}  # fmt: skip
    caller = Caller(person(Role.BUSINESS_OWNER))
    for why in ({}, {"why_new": " … "}):
        refused = caller("POST", "use-cases/", {**body, **why}, status=422)
        assert f"cases much like it: {other.ref}. Say what is new" in refused["errors"]["why_new"][0]
    caller("POST", "use-cases/", {**body, "why_new": "Parcels."}, status=201)
    accounts.assign(kind="use_case", thing=other, team=team(), audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    caller("POST", "use-cases/", body, status=201)


def test_a_program_owns_no_case_and_names_an_owner() -> None:
    keeper = person(Role.ADMINISTRATOR)
    robot = accounts.add_service_account(username="robot", display_name="", responsible=keeper, by=keeper)
    _, text = accounts.issue_token(owner=robot, name="x", scopes=["all:read", "all:write"], by=keeper)
    body = {"title": "Sort parcels", "purpose": "By hand it is slow.", "business_unit": cases.case().business_unit.path,
            "topic_area": "internal"}  # fmt: skip

    def asked(**more: str) -> Any:
        headers = {"Authorization": f"Bearer {text}"}
        return Client().post("/api/v1/use-cases/", {**body, **more}, "application/json", headers=headers)

    refused = asked()
    assert refused.status_code == 422
    assert "Name a person who is still here" in refused.json()["errors"]["owner"][0]
    assert asked(owner=keeper.username).status_code == 201


@pytest.mark.parametrize("name", ["owner", "sponsor"])
def test_whoever_has_left_is_newly_named_nowhere_and_stays_where_named(name: str) -> None:
    case, leaver = cases.case(sponsor=person()), person()
    accounts.deactivate(user=leaver, by=None)
    leaver = User.objects.get(pk=leaver.pk)
    by, named = person(Role.ADMINISTRATOR), dict[str, Any]({name: leaver})
    with pytest.raises(InvalidError) as refused:
        usecases.edit(use_case=case, version=case.version, by=by, **named)
    assert refused.value.fields.keys() == {name}
    accounts.deactivate(user=getattr(case, name), by=None)
    assert usecases.edit(use_case=case, version=case.version, by=by, title="Sort letters").title == "Sort letters"


def test_conditions_are_found_by_the_case_that_they_are_about() -> None:
    case, other = cases.case(), cases.case()
    for one in (case, other):
        cases.decided(cases.submitted(one), Outcome.APPROVE_WITH_CONDITIONS)
    found = Caller(case.owner).get(f"conditions/?subject={case.subject}")["results"]
    assert [row["text"] for row in found] == ["Train the clerks."]
    review = Caller(case.owner).get(f"reviews/{found[0]['review']}/")
    assert review["subject"] == str(case.subject)
