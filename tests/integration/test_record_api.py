"""The record of a case over the API."""

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role
from apps.usecases.models import UseCase
from tests.factories import cases, shelves
from tests.factories.answers import FIRING
from tests.factories.people import person, team
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db


def at(case: UseCase, rest: str) -> str:
    """The address of a part of the case."""
    return f"use-cases/{case.ref}/{rest}"


def test_answers_are_read_with_their_questions_and_written_by_their_keys() -> None:
    case = cases.case(answers={})
    caller = Caller(case.owner)
    body = {"answers": {"autonomy": {"value": "informs"}, "residency": {"missing": "withheld"}}}
    told = {each["key"]: each for each in caller("PATCH", at(case, "answers/"), body)["fields_asked"]}
    assert (told["autonomy"]["answer"], told["autonomy"]["is_open"]) == ({"value": "informs"}, False)
    assert told["residency"]["words"] == "[Withheld]"
    assert "acts_on" not in told
    assert told["practices"]["missing"] == ["unknown", "withheld", "pending"]


def test_wrong_answers_are_all_named_and_an_older_state_is_stale() -> None:
    case = cases.case(answers={})
    caller, path = Caller(case.owner), at(case, "answers/")
    wrong = {"answers": {"autonomy": {"value": "freely"}, "colour": {"value": "red"}, "budget": 3}}
    assert caller("PATCH", path, wrong, 422)["errors"].keys() == {"autonomy", "colour", "budget"}
    etag = caller.etag(path)
    caller("PATCH", path, {"answers": {"approach": {"value": "buy"}}})
    caller("PATCH", path, {"answers": {"approach": {"value": "build"}}}, 412, If_Match=etag)


def test_the_tier_is_told_with_its_rules_and_what_would_change_it() -> None:
    case = cases.weighed(cases.case(answers={}), **FIRING["public-impact"])
    steward = Caller(person(Role.STEWARD))
    told = steward("GET", at(case, "tier/"))
    assert (told["tier"], told["provisional"], told["eu_class"]) == ("HIGH", False, "minimal")
    assert [(rule["rule"], rule["by"]) for rule in told["fired"]] == [("public-impact", ["public_impact"])]
    assert [(change["field"], change["tier"]) for change in told["changes"]] == [("public_impact", "STANDARD")]
    raised = steward("POST", at(case, "tier/raise/"), {"to": "PROHIBITED", "reason": "An incident."})
    assert (raised["tier"], raised["computed"], len(raised["adjustments"])) == ("PROHIBITED", "HIGH", 1)
    found = steward("GET", "use-cases/?tier=PROHIBITED")["results"]
    assert [(row["ref"], row["tier"]) for row in found] == [(case.ref, "PROHIBITED")]


def test_a_row_is_changed_only_in_the_state_that_was_read() -> None:
    case, rows = cases.with_rows(cases.case(answers={}))
    caller, path = Caller(case.owner), at(case, f"risks/{rows['risks'].pk}/")
    etag = caller.etag(path)
    assert caller("PATCH", path, {"impact": "major"}, If_Match=etag)["impact"] == "major"
    caller("PATCH", path, {"impact": "minor"}, 412, If_Match=etag)
    caller("PATCH", path, {"impact": "huge"}, 422)
    assert caller("GET", at(case, "risks/"))["count"] == 1


def test_a_pinned_version_is_named_to_whoever_may_see_it() -> None:
    case, data, ours = cases.case(answers={}), shelves.dataset(), team("Ours")
    body = {"kind": "dataset_version", "name": data.ref}
    Caller(case.owner)("POST", at(case, "pins/"), body, 201)
    accounts.assign(
        kind="dataset", thing=data.dataset, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR)
    )
    for who, name in ((person(Role.AI_ENGINEER, team=ours), data.ref), (person(), None)):
        [row] = Caller(who)("GET", at(case, "pins/"))["results"]
        assert (row["name"], row["content_hash"]) == (name, data.content_hash)
        assert (row["label"] == str(data)) is (name is not None)
