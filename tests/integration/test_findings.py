"""What reviewers of a lane find: by whom, and how long it holds."""

from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import NotAllowedError
from apps.usecases import selectors, services
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person
from tests.integration.test_record import answered, fresh

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("lane", [Lane.LEGAL, Lane.PRIVACY])
def test_a_finding_is_given_by_a_reviewer_of_its_lane(lane: Lane) -> None:
    case = answered(cases.case(answers={}), practices=["social_scoring"])
    reviewer = person(Role.REVIEWER, lane=lane)
    if lane == Lane.LEGAL:
        assert answered(case, by=reviewer, practice_finding="cleared").answers["practice_finding"]
        # The lane's own word is no part in the case: the same person gives the next finding, and decides in the lane.
        assert reviewer not in case.editors.all()
        assert answered(case, by=reviewer, practice_finding="confirmed").tier == "PROHIBITED"
        assert reviewer.pk not in selectors.involved(case, [])
        return
    for who in (reviewer, case.owner):
        with pytest.raises(NotAllowedError, match="Only a reviewer of the legal lane"):
            answered(case, by=who, practice_finding="cleared")


def test_an_owner_may_say_that_a_finding_is_pending_and_never_finds_themselves() -> None:
    owner = person(Role.BUSINESS_OWNER)
    accounts.grant(user=owner, role=Role.REVIEWER, lane=Lane.LEGAL, by=None)
    case = answered(cases.case(answers={}, by=User.objects.get(pk=owner.pk)), practices=["social_scoring"])
    waiting = {"practice_finding": {"missing": "pending"}}
    services.answer(use_case=case, version=case.version, answers=waiting, by=case.owner)
    with pytest.raises(NotAllowedError, match="another reviewer must answer"):
        answered(case, practice_finding="cleared")


LEGAL_GROUND: dict[str, Any] = {"areas": ["employment"], "ground": "narrow_task", "profiling": False}


def legal() -> User:
    """A new reviewer of the legal lane."""
    return person(Role.REVIEWER, lane=Lane.LEGAL)


def found(finding: str) -> UseCase:
    """A case of whose practice legal found this."""
    case = answered(cases.case(answers={}), practices=["social_scoring"])
    return answered(case, by=legal(), practice_finding=finding)


@pytest.mark.parametrize("change", [{"ground": "preparatory"}, {"areas": ["education"]}])
def test_another_ground_or_area_takes_the_acceptance_of_the_ground_along(change: dict[str, Any]) -> None:
    case = answered(cases.weighed(cases.case(answers={})), **LEGAL_GROUND)
    case = answered(case, by=legal(), ground_accepted=True)
    assert "annex-iii" not in [one.rule.id for one in selectors.weighed(case).fired]
    after = answered(case, **change)
    assert "ground_accepted" not in after.answers
    assert "annex-iii" in [one.rule.id for one in selectors.weighed(after).fired]
    told = AuditEvent.objects.filter(subject_id=str(case.pk)).latest("sequence")
    assert told.data["fields"] == sorted([*change, "ground_accepted"])


def test_a_further_practice_is_not_cleared_by_what_legal_said_of_another() -> None:
    after = answered(found("cleared"), practices=["social_scoring", "manipulation"])
    assert "practice_finding" not in after.answers
    assert (after.tier, after.tier_provisional) == ("PROHIBITED", True)


@pytest.mark.parametrize("finding", ["confirmed", "cleared"])
@pytest.mark.parametrize("instead", [None, {"missing": "unknown"}, {"missing": "pending"}])
def test_only_the_lane_takes_its_finding_back(finding: str, instead: dict[str, str] | None) -> None:
    case, change = found(finding), {"practice_finding": instead}
    with pytest.raises(NotAllowedError, match="Only a reviewer of the legal lane"):
        services.answer(use_case=case, version=case.version, answers=change, by=case.owner)
    after = services.answer(use_case=case, version=case.version, answers=change, by=legal())
    assert after.answers.get("practice_finding") == instead


@pytest.mark.parametrize("practices", [["none"], ["social_scoring", "manipulation"]])
def test_a_prohibited_practice_is_not_answered_away(practices: list[str]) -> None:
    case = found("confirmed")
    with pytest.raises(NotAllowedError, match="A reviewer of the legal lane without a part in the case takes it back"):
        answered(case, practices=practices)
    assert fresh(case).answers["practice_finding"] == {"value": "confirmed"}
    after = services.answer(use_case=case, version=case.version, answers={"practice_finding": None}, by=legal())
    answered(after, practices=practices)


def test_an_import_takes_an_overtaken_finding_along_and_none_that_prohibits() -> None:
    def imported(case: UseCase) -> UseCase:
        answers = {"practices": {"value": ["manipulation"]}}
        return services.change_imported(use_case=case, answers=answers, by=person(Role.STEWARD))

    assert "practice_finding" not in imported(found("cleared")).answers
    with pytest.raises(NotAllowedError, match="takes it back first"):
        imported(found("confirmed"))


def test_whoever_edited_a_case_once_gives_no_finding_on_it() -> None:
    registrar = legal()
    case = cases.case(answers={}, by=registrar)
    case = services.edit(use_case=case, version=case.version, by=registrar, owner=person())
    case = answered(case, practices=["social_scoring"])
    with pytest.raises(NotAllowedError, match="another reviewer must answer"):
        answered(case, by=registrar, practice_finding="cleared")
    assert not selectors.finds(case, by=registrar)


def test_a_reviewer_of_a_lane_answers_nothing_else() -> None:
    case = answered(cases.case(answers={}), practices=["social_scoring"])
    with pytest.raises(NotAllowedError, match="Only the owner or sponsor"):
        answered(case, by=person(Role.REVIEWER, lane=Lane.LEGAL), practice_finding="cleared", practices=["none"])
