"""The pages of a record: sections by gate, what they keep and refuse, and the rows beside them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Lane, Role, User
from apps.usecases import selectors, services
from apps.usecases.models import Stage
from apps.usecases.rules import FIELDS, sections
from tests.factories import cases
from tests.factories.people import person
from tests.integration.case_pages import answered, blank, now, owner, page, send

__all__ = ["owner"]
pytestmark = pytest.mark.django_db


def test_every_question_is_asked_in_exactly_one_section_of_its_gate() -> None:
    asked = [key for section in sections.SECTIONS.values() for key in section.fields]
    assert sorted(asked) == sorted(FIELDS)
    assert all(FIELDS[key].gate == section.gate for section in sections.SECTIONS.values() for key in section.fields)
    assert sections.PARTS.keys() == selectors.PARTS.keys()


def test_the_record_says_how_far_each_section_is(client: Client, owner: User) -> None:
    case = answered(blank(owner), data_classes={"value": ["public"]}, personal_data={"missing": "unknown"})
    told = page(client, case, "record")
    assert "1 of 3 answered" in told
    assert told.count("Needed now") == 4
    assert "Not started" in told
    assert told.count("> rows</span>") == 6


def test_a_section_keeps_answers_reasons_and_what_was_not_touched(client: Client, owner: User) -> None:
    case = answered(blank(owner), residency={"missing": "withheld"})
    at = send(
        client, case, "section", "data", version=now(case).version, data_classes=["public", "internal"],
        **{"personal_data-missing": "pending", "residency-missing": "withheld"},
    )  # fmt: skip
    assert at == reverse("usecases:record", args=[case.ref])
    assert now(case).answers == {
        "data_classes": {"value": ["public", "internal"]}, "personal_data": {"missing": "pending"},
        "residency": {"missing": "withheld"},
    }  # fmt: skip
    send(client, case, "section", "data", version=now(case).version, data_classes=["public"], residency=["eu"],
         **{"residency-missing": "withheld"})  # fmt: skip
    assert now(case).answers == {"data_classes": {"value": ["public"]}, "residency": {"value": ["eu"]}}


def test_a_value_and_a_reason_at_once_are_refused_beside_the_question(client: Client, owner: User) -> None:
    case = blank(owner)
    fields = {"cost_per_query": "0.02", "cost_per_query-missing": "unknown", "budget": "much", "version": 1}
    told = send(client, case, "section", "cost", status=422, **fields)
    assert "not both" in told
    told = send(client, case, "section", "cost", status=422, version=1, budget="much", cost_per_day="-1")
    assert "Write a number, such as 1250.50." in told
    assert "Write a number from 0" in told
    assert now(case).answers == {}


def test_an_answer_that_leads_to_a_question_comes_back_with_it(client: Client, owner: User) -> None:
    case = blank(owner)
    assert "On which systems does it act?" not in page(client, case, "section", "autonomy")
    at = send(client, case, "section", "autonomy", version=1, autonomy="acts_vetoed", next="1")
    assert at == reverse("usecases:section", args=[case.ref, "autonomy"])
    assert "On which systems does it act?" in page(client, case, "section", "autonomy")
    at = send(client, case, "section", "autonomy", version=2, autonomy="acts_vetoed", acts_on="internal", next="1")
    assert at == reverse("usecases:section", args=[case.ref, "data"])


def test_a_stale_section_is_refused_and_keeps_what_was_typed(client: Client, owner: User) -> None:
    case = blank(owner)
    answered(case, residency={"value": ["eu"]})
    told = send(client, case, "section", "autonomy", status=422, version=1, fallback="Clerks take over.")
    assert "Someone else saved this case" in told
    assert "Clerks take over." in told


def test_a_reader_reads_the_answers_and_is_offered_no_form(client: Client) -> None:
    case = answered(cases.case(answers={}), oversight={"value": "A clerk looks at each."})
    client.force_login(person())
    told = page(client, case, "section", "autonomy")
    assert "A clerk looks at each." in told
    assert "<textarea" not in told
    send(client, case, "section", "autonomy", status=403, version=2, fallback="None.")


def test_a_section_that_there_is_not_is_missing(client: Client, owner: User) -> None:
    case = cases.case(answers={}, by=owner)
    assert "no section" in page(client, case, "section", "colours", status=404)
    page(client, case, "rows", "colours", status=404)


def test_legal_alone_gives_its_finding(client: Client, owner: User) -> None:
    case = answered(blank(owner), practices={"value": ["social_scoring"]})
    told = page(client, case, "section", "law")
    assert "Reviewers of the legal lane answer this." in told
    send(client, case, "section", "law", version=2, practices=["social_scoring"], practice_finding="cleared")
    assert "practice_finding" not in now(case).answers
    client.force_login(person(Role.REVIEWER, lane=Lane.LEGAL))
    send(client, case, "section", "law", version=now(case).version, practices=["social_scoring"],
         practice_finding="cleared")  # fmt: skip
    assert now(case).answers["practice_finding"] == {"value": "cleared"}


def test_nobody_but_legal_is_offered_to_take_its_finding_back(client: Client, owner: User, contexts: None) -> None:
    case = answered(blank(owner), practices={"value": ["social_scoring"]})
    form = client.get(reverse("usecases:section", args=[case.ref, "law"])).context["form"]
    assert not form.fields["practice_finding-missing"].disabled
    legal = person(Role.REVIEWER, lane=Lane.LEGAL)
    services.answer(
        use_case=case, version=now(case).version, answers={"practice_finding": {"value": "cleared"}}, by=legal
    )
    form = client.get(reverse("usecases:section", args=[case.ref, "law"])).context["form"]
    assert form.fields["practice_finding-missing"].disabled
    client.force_login(legal)
    form = client.get(reverse("usecases:section", args=[case.ref, "law"])).context["form"]
    assert not form.fields["practice_finding-missing"].disabled


def test_whoever_changes_the_question_is_told_that_its_finding_is_gone(client: Client, owner: User) -> None:
    case = answered(blank(owner), practices={"value": ["social_scoring"]})
    legal, cleared = person(Role.REVIEWER, lane=Lane.LEGAL), {"practice_finding": {"value": "cleared"}}
    services.answer(use_case=case, version=now(case).version, answers=cleared, by=legal)
    version = now(case).version
    at = send(client, case, "section", "law", version=version, practices=["social_scoring", "manipulation"],
              practice_finding="cleared")  # fmt: skip
    assert "practice_finding" not in now(case).answers
    assert "The legal lane answers anew: Article 5 finding." in client.get(at).content.decode()


def test_the_record_shows_where_the_next_gate_wants_a_value(client: Client, owner: User) -> None:
    case = cases.case(by=owner, stage=Stage.DEVELOP, answers={**cases.COMPLETE, "fallback": {"missing": "unknown"}})
    told = page(client, case, "record")
    assert "Needed now" in told


ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("value", {"metric": "Days", "target": "2", "method": "Counted"}, "Days"),
    ("risks", {"description": "Wrong advice", "likelihood": "rare", "impact": "minor", "treatment": "accept",
               "residual": "low"}, "Wrong advice"),
    ("adoption", {"day": "2026-11-01", "active_users": "12"}, "2026-11-01"),
    ("frameworks", {"framework": "ISO/IEC 42001", "control": "A.5.2", "edition": "2023"}, "A.5.2"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "fields", "word"), ROWS)
def test_a_row_is_added_changed_and_removed(
    client: Client, owner: User, part: str, fields: dict[str, Any], word: str
) -> None:
    case = cases.case(answers={}, by=owner)
    at = reverse("usecases:rows", args=[case.ref, part])
    assert send(client, case, "rows", part, version=1, **fields) == at
    assert word in page(client, case, "rows", part)
    row = selectors.rows(case, part).get()
    changed = {name: value for name, value in fields.items() if name != "metric"} | {"metric": "Hours"}
    assert word in page(client, case, "row", part, row.pk)
    send(client, case, "row", part, row.pk, version=now(case).version, **changed)
    send(client, case, "remove_row", part, row.pk, version=now(case).version)
    assert "Nothing is here yet." in page(client, case, "rows", part)


def test_a_contributor_is_added_by_the_owner_and_writes_the_record(client: Client, owner: User) -> None:
    case, helper = cases.case(answers={}, by=owner), person()
    send(client, case, "rows", "contributors", version=1, person=helper.username)
    client.force_login(helper)
    send(client, case, "section", "autonomy", version=now(case).version, fallback="Clerks take over.")
    send(client, case, "rows", "contributors", version=now(case).version, person=person().username, status=403)
    row = selectors.rows(case, "contributors").get()
    page(client, case, "row", "contributors", row.pk, status=403)
    client.force_login(owner)
    page(client, case, "row", "contributors", row.pk, status=409)


def test_a_wrong_row_is_refused_beside_its_field(client: Client, owner: User) -> None:
    case = cases.case(answers={}, by=owner)
    assert 'href="#id_target"' in send(client, case, "rows", "value", version=1, metric="Days", status=422)
    assert "Say in the plan" in send(
        client, case, "rows", "risks", version=1, description="x", likelihood="rare", impact="minor",
        treatment="reduce", residual="low", status=422,
    )  # fmt: skip
    assert 'href="#id_name"' in send(client, case, "rows", "pins", version=1, kind="prompt_version", status=422)
    page_of_nothing = send(client, case, "rows", "pins", version=1, kind="prompt_version", name="gone@1", status=404)
    assert "gone@1" in page_of_nothing
    send(client, case, "remove_row", "value", case.pk, version="x", status=422)


def test_a_day_is_shown_as_browsers_take_it(client: Client, owner: User) -> None:
    case = cases.case(by=owner)
    send(client, case, "rows", "adoption", version=now(case).version, day="2026-11-01", active_users="12")
    assert 'value="2026-11-01"' in page(client, case, "row", "adoption", selectors.rows(case, "adoption").get().pk)
