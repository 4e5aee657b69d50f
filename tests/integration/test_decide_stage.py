"""Deciding the stage of a case whose import could not know it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.portal import selectors as portal
from apps.usecases import selectors, services
from apps.usecases.models import Stage, StageStay, UseCase
from tests.factories import cases
from tests.factories.people import person, team
from tests.integration.calls import Caller
from tests.integration.test_notifications import browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward() -> User:
    """Whoever decides stages everywhere."""
    return person(Role.STEWARD)


def decide(case: UseCase, by: User, stage: str = "DEPLOY", reason: str = "They run it since May.") -> UseCase:
    """The case in the stage."""
    return services.decide_stage(use_case=case, stage=stage, reason=reason, by=by)


def test_what_operates_gets_its_day_of_review_and_its_questions_are_answered(steward: User) -> None:
    case = decide(cases.stageless(), steward)
    assert (case.stage, case.version) == (Stage.DEPLOY, 2)
    assert case.review_due_on == timezone.now().date() + timedelta(days=90)
    assert not selectors.questions(case).exists()
    assert StageStay.objects.get(use_case=case, left_at=None).stage == Stage.DEPLOY
    event = AuditEvent.objects.get(action="use_case.stage_decided")
    assert (event.data["stage"], event.data["reason"]) == ("DEPLOY", "They run it since May.")
    assert not case.editors.filter(pk=steward.pk).exists(), "a decision about a case is no part in it"


def test_a_case_that_stays_where_it_is_keeps_its_stay(steward: User) -> None:
    case = cases.stageless()
    before = StageStay.objects.get(use_case=case).pk
    assert decide(case, steward, "DISCOVER").review_due_on is None
    assert StageStay.objects.get(use_case=case).pk == before


def test_only_a_steward_where_the_case_belongs_decides() -> None:
    case = cases.stageless()
    for role in set(Role) - {Role.STEWARD, Role.REVIEWER}:
        with pytest.raises(NotAllowedError):
            decide(case, person(role))
    UseCase.objects.filter(pk=case.pk).update(team=team())
    with pytest.raises(NotAllowedError):
        decide(case, person(Role.STEWARD, team=team()))


def test_nothing_is_decided_twice_nor_where_nothing_is_asked_nor_after_a_review(steward: User) -> None:
    once, never, reviewed = decide(cases.stageless(), steward), cases.case(), cases.stageless()
    cases.submitted(reviewed)
    for case in (once, never, reviewed):
        with pytest.raises(ConflictError):
            decide(case, steward)


@pytest.mark.parametrize(("stage", "reason", "field"), [("MOON", "Why.", "stage"), ("PLAY", " ", "reason")])
def test_a_stage_and_a_reason_are_asked_for(steward: User, stage: str, reason: str, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        decide(cases.stageless(), steward, stage, reason)
    assert list(refused.value.fields) == [field]


def test_the_page_leads_a_steward_to_the_form_and_nobody_else(steward: User) -> None:
    case = cases.stageless()
    address, link = f"/use-cases/{case.ref}/stage", "Decide the stage</a>"
    assert link in browse(steward).get(f"/use-cases/{case.ref}/").content.decode()
    shown = browse(case.owner).get(f"/use-cases/{case.ref}/").content.decode()
    assert link not in shown
    assert "A steward decides the stage" in shown
    assert browse(steward).post(address, {"stage": "PLAY", "reason": " "}).status_code == 422
    assert browse(steward).post(address, {"stage": "PLAY", "reason": "They pilot it."}).status_code == 302
    assert UseCase.objects.get().stage == Stage.PLAY


def test_the_api_decides_it_too(steward: User) -> None:
    case = cases.stageless()
    body = {"stage": "PLAY", "reason": "They pilot it."}
    path = f"use-cases/{case.ref}/stage/"
    assert Caller(case.owner)("POST", path, body, status=403)["code"] == "not-allowed"
    assert Caller(steward)("POST", path, body)["stage"] == "PLAY"
    assert Caller(steward)("POST", path, body, status=409)["code"] == "conflict"


def test_my_work_has_one_line_for_all_of_them_and_the_list_finds_them(steward: User) -> None:
    asked, reviewed, another = cases.stageless(), cases.stageless(), cases.stageless()
    cases.decided(cases.submitted(reviewed))
    found = [need for need in portal.needs(steward) if need.title == "Imported: stage to decide"]
    assert [need.url for need in found] == ["/use-cases/?stage_open=yes"]
    assert portal.open_count(steward) == len(portal.needs(steward)) == 1
    listed = browse(steward).get("/use-cases/?stage_open=yes").content.decode()
    assert asked.ref in listed
    assert another.ref in listed
    assert reviewed.ref not in listed
    assert not [need for need in portal.needs(asked.owner) if "stage" in need.title]
