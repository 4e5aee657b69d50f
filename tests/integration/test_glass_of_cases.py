"""What a break-glass lets a case through, and what it does not: one gate, one content, once, and never unreviewed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Lane, Role, User
from apps.core.errors import ConflictError, NotAllowedError
from apps.reviews import services as reviews
from apps.reviews.models import BreakGlass, Outcome, RequestState, ReviewRequest
from apps.usecases import rules, selectors
from apps.usecases import services as usecases
from apps.usecases.models import KIND, Stage, Standing, UseCase
from tests.factories import cases
from tests.factories.answers import value
from tests.factories.people import person
from tests.integration.test_in_operation import answered, latest, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def breaker() -> User:
    """Somebody with the permission."""
    somebody = person()
    reviews.permit_break_glass(person=somebody, by=None)
    return somebody


def broken(case: UseCase, by: User) -> ReviewRequest:
    """The review that a break-glass on the case as it is forces."""
    return usecases.break_glass(use_case=case, reason="It burns.", by=by).request


def ready(stage: Stage) -> UseCase:
    """A case with all that its gate needs."""
    case = cases.pinned(cases.case(stage=stage))
    cases.evidenced(case)
    return case


def test_a_glass_opens_one_gate_and_not_the_next(breaker: User) -> None:
    case = ready(Stage.PLAY)
    cases.decided(broken(case, breaker))
    assert usecases.advance(use_case=case, by=case.owner).stage == Stage.DEVELOP
    request = usecases.submit(use_case=case, by=case.owner)
    assert (request.gate, standing(case)) == ("G3", Standing.IN_REVIEW)
    with pytest.raises(ConflictError, match="G3 must be cleared first"):
        usecases.advance(use_case=case, by=case.owner)
    cases.decided(request, Outcome.REQUEST_CHANGES)
    with pytest.raises(ConflictError, match="G3 must be cleared first"):
        usecases.advance(use_case=case, by=case.owner)


def test_a_change_and_back_again_does_not_bring_the_glass_back(breaker: User) -> None:
    case = ready(Stage.DEVELOP)
    title = case.title
    broken(case, breaker)
    for words in ("Sort letters", title):
        case = UseCase.objects.get(pk=case.pk)
        usecases.edit(use_case=case, version=case.version, by=case.owner, title=words)
    assert standing(case) == Standing.UNREVIEWED
    with pytest.raises(ConflictError, match="G3 must be cleared first"):
        usecases.advance(use_case=case, by=case.owner)


def test_what_was_let_through_is_reviewed_at_that_gate_whatever_changes(breaker: User) -> None:
    case = cases.case()
    forced = broken(case, breaker)
    usecases.advance(use_case=case, by=case.owner)
    answered(case, fallback=value("Another way."))
    again = latest(case)
    assert (again.gate, again.state, again.trigger) == ("G1", RequestState.IN_REVIEW, forced.trigger)
    with pytest.raises(ConflictError, match="cannot be withdrawn"):
        reviews.withdraw(request_id=again.pk, by=case.owner)
    answered(case, fallback=value("A third way."))
    assert (latest(case).gate, latest(case).state) == ("G1", RequestState.IN_REVIEW)
    cases.decided(latest(case))
    answered(case, fallback=value("A fourth way."))
    assert latest(case).state == RequestState.APPROVED, "once it was decided, the next gate asks"


def test_a_glass_waits_for_no_evidence_but_an_approval_after_it_does(breaker: User) -> None:
    case = cases.pinned(cases.case(stage=Stage.DEVELOP))
    request = broken(case, breaker)
    assert usecases.advance(use_case=case, by=case.owner).stage == Stage.DEPLOY
    with pytest.raises(ConflictError, match="it lacks a passed evaluation"):
        cases.decided(request)
    cases.evidenced(case)
    with pytest.raises(ConflictError, match="it lacks a passed evaluation"):
        cases.decided(request)
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW
    cases.decided(request, Outcome.REQUEST_CHANGES)
    again = usecases.submit(use_case=case, by=case.owner)
    assert (again.gate, cases.decided(again).state) == ("G4", RequestState.APPROVED)


def test_the_glass_is_over_after_its_hours(breaker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    case = ready(Stage.DEVELOP)
    broken(case, breaker)
    assert standing(case) == Standing.CLEARED_WITH_CONDITIONS
    later = timezone.now() + timedelta(hours=73)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert standing(case) == Standing.IN_REVIEW
    found = selectors.of_standing(UseCase.objects.all(), [Standing.IN_REVIEW])
    assert [one.pk for one in found] == [case.pk]
    with pytest.raises(ConflictError, match="Exactly this was let through"):
        broken(case, breaker)
    assert BreakGlass.objects.count() == 1


@pytest.mark.parametrize("outcome", [Outcome.REJECT, Outcome.REQUEST_CHANGES])
def test_a_no_after_the_glass_counts(breaker: User, outcome: Any) -> None:
    case = ready(Stage.DEVELOP)
    cases.decided(broken(case, breaker), outcome)
    expected = {Outcome.REJECT: Standing.REJECTED, Outcome.REQUEST_CHANGES: Standing.CLEARED_WITH_CONDITIONS}
    assert standing(case) == expected[outcome]
    usecases.reopen_changed(kind=KIND, id=str(case.pk))
    assert ReviewRequest.objects.filter(subject_id=str(case.pk)).count() == 1


def test_the_review_after_the_glass_is_not_escaped_by_asking_for_the_next_gate(breaker: User) -> None:
    case = ready(Stage.PLAY)
    broken(case, breaker)
    case = usecases.advance(use_case=case, by=case.owner)
    case = usecases.edit(use_case=case, version=case.version, by=case.owner, title="Sort letters")
    # A worker has not heard of it yet.
    cases.evidenced(case)
    with pytest.raises(ConflictError, match="Gate G2 was passed by break-glass"):
        usecases.submit(use_case=case, by=case.owner)
    assert list(selectors.all_owed_in_retrospect()) == [case]
    usecases.keep_current(on=timezone.now())
    assert (latest(case).gate, latest(case).state) == ("G2", RequestState.IN_REVIEW)
    assert not selectors.all_owed_in_retrospect()
    cases.decided(latest(case))
    assert usecases.submit(use_case=case, by=case.owner).gate == "G3"


def test_what_the_law_prohibits_is_not_let_through_whatever_else_is_open(breaker: User) -> None:
    case = ready(Stage.PLAY)
    case = answered(case, practices=value(["social_scoring"]))
    legal = person(Role.REVIEWER, lane=Lane.LEGAL)
    found = {"practice_finding": value("confirmed")}
    case = usecases.answer(use_case=case, version=case.version, answers=found, by=legal)
    case = usecases.answer(use_case=case, version=case.version, answers={"yearly_cost": None}, by=case.owner)
    assert case.tier_provisional
    with pytest.raises(NotAllowedError, match="This is prohibited"):
        broken(case, breaker)
    gate = rules.GATES["G2"]
    assert usecases.why_not_break_glass(case, gate=gate)


def test_what_people_raised_to_prohibited_says_so_and_is_not_let_through(breaker: User) -> None:
    case = ready(Stage.PLAY)
    usecases.raise_tier(use_case=case, to="PROHIBITED", reason="It scores people.", by=person(Role.STEWARD))
    assert selectors.gate_report(case, on=timezone.now()).missing == [rules.BY_PEOPLE]
    with pytest.raises(NotAllowedError, match="This is prohibited"):
        broken(case, breaker)
