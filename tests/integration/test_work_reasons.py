"""My work: since when, until when and why, as the reviews themselves say."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.badges import Badge
from apps.core.errors import StaleError
from apps.notifications.models import Notification
from apps.portal import selectors
from apps.portal.selectors import Need
from apps.reviews import services as reviews
from apps.reviews.models import Condition, LaneStep, Outcome, ReviewRequest
from apps.usecases import services as usecases
from apps.usecases.models import Stage, UseCase
from tests.factories import cases
from tests.factories.people import person
from tests.factories.reviewed import BOTH, decide, reviewable, reviewer
from tests.integration.test_notifications import heard, react

pytestmark = pytest.mark.django_db
# What is asked of a case before it goes live, and before it retires.
SETTLED = cases.COMPLETE | {
    "dependants": {"value": "Nobody."}, "keys_revoked": {"value": True}, "data_end": {"value": "deleted"},
    "kept_until": {"value": "2036-01-01"},
}  # fmt: skip


@pytest.fixture
def owner() -> User:
    """Somebody who owns cases."""
    return person(Role.BUSINESS_OWNER)


def only(person: User) -> Need:
    """The one thing that needs the person."""
    (need,) = selectors.needs(person)
    return need


def conditional(case: UseCase) -> ReviewRequest:
    """The approval of a case with a blocking condition."""
    return cases.decided(cases.submitted(case), Outcome.APPROVE_WITH_CONDITIONS)


def cleared(by: User) -> UseCase:
    """A case in play that gate G2 cleared, and of which nothing is left to settle before it retires."""
    case = cases.pinned(cases.case(by=by, stage=Stage.PLAY, answers=SETTLED))
    cases.evidenced(case)
    cases.decided(cases.submitted(case))
    return UseCase.objects.get(pk=case.pk)


def edited(case: UseCase) -> UseCase:
    """The case with other content."""
    return usecases.edit(use_case=case, version=case.version, by=case.owner, purpose="Something else altogether.")


def asked_to_retire(case: UseCase) -> ReviewRequest:
    """The open review of whether to retire it."""
    return usecases.submit(use_case=case, by=case.owner, retire=True)


def days_ahead(days: int) -> Badge:
    """A clock with so many whole days left."""
    return Badge(f"{days} days left", "neutral")


def test_each_lane_is_shown_its_own_clock_and_the_asker_the_most_urgent() -> None:
    with reviewable() as make:
        thing = make()
        security, finance = reviewer("security"), reviewer("finance")
        thing.ask()
        assert [step.target_days for step in LaneStep.objects.order_by("due_at")] == [ask.days for ask in BOTH]
        assert only(security).age == days_ahead(4)
        assert only(finance).age == days_ahead(9)
        assert [need.age for need in selectors.waiting(thing.owner)] == [days_ahead(4)]


def test_a_lane_that_is_decided_has_no_clock_for_whoever_waits() -> None:
    with reviewable() as make:
        thing = make()
        request = thing.ask()
        reviewer("finance")
        decide(request, "security")
        assert [need.age for need in selectors.waiting(thing.owner)] == [days_ahead(9)]


def test_a_revoked_approval_needs_its_owner_and_says_why(owner: User) -> None:
    request = cases.decided(cases.submitted(cases.case(by=owner)))
    reviews.revoke(request_id=request.pk, reason="The supplier was hacked.", by=cases.decider("board"))
    need = only(owner)
    assert need.why == "Its approval was revoked: The supplier was hacked."
    assert need.badge.tone == "bad"
    assert selectors.open_count(owner) == 1


def test_an_expired_approval_says_so_and_not_that_the_case_changed(owner: User) -> None:
    request = cases.decided(cases.submitted(cases.case(by=owner)))
    reviews.expire(request_id=request.pk, reason="It is older than a year.")
    assert only(owner).why == "Its approval expired: It is older than a year."


def test_an_overdue_blocking_condition_says_so(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    request = conditional(cases.case(by=owner))
    assert not selectors.needs(owner)
    later = timezone.now() + timedelta(days=9)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert only(owner).why == "A blocking condition of its approval is overdue"
    assert request.is_approved


def test_a_case_that_changed_after_its_approval_says_that(owner: User) -> None:
    case = cases.case(by=owner)
    cases.decided(cases.submitted(case))
    usecases.edit(use_case=case, version=case.version, by=owner, purpose="Something else altogether.")
    assert only(owner).why == "It changed after it was cleared"


def test_a_lapsed_case_whose_retiring_was_taken_back_says_still_why_it_lapsed(owner: User, client: Client) -> None:
    retiring = asked_to_retire(edited(cleared(owner)))
    assert not selectors.needs(owner), "a review is open, so nothing can be submitted"
    reviews.withdraw(request_id=retiring.pk, by=owner)
    assert only(owner).why == "It changed after it was cleared"
    assert selectors.open_count(owner) == 1
    client.force_login(owner)
    assert {client.get(path).status_code for path in ("/", "/my-work")} == {200}


def test_a_case_that_lapsed_and_is_due_is_listed_once_also_after_its_retiring_was_taken_back(owner: User) -> None:
    case = edited(cleared(owner))
    UseCase.objects.filter(pk=case.pk).update(review_due_on=timezone.now().date())
    assert only(owner).why == "It changed after it was cleared"
    reviews.withdraw(request_id=asked_to_retire(case).pk, by=owner)
    assert only(owner).why == "It changed after it was cleared"
    assert selectors.open_count(owner) == 1


def test_a_case_that_lapsed_in_operation_says_so_after_a_second_look_was_taken_back() -> None:
    case = edited(cases.deployed())
    reviews.withdraw(request_id=cases.submitted(case).pk, by=case.owner)
    assert only(case.owner).why == "It changed after it was cleared"


def test_what_is_due_needs_nobody_while_it_is_asked_whether_to_retire_it(owner: User) -> None:
    case = cases.case(by=owner, stage=Stage.DEPLOY, answers=SETTLED)
    UseCase.objects.filter(pk=case.pk).update(review_due_on=timezone.now().date())
    assert only(owner).verb == "Submit it"
    retiring = asked_to_retire(case)
    assert not selectors.needs(owner)
    reviews.withdraw(request_id=retiring.pk, by=owner)
    assert only(owner).verb == "Submit it"


def test_a_rejected_case_stays_so_after_its_retiring_was_taken_back(owner: User) -> None:
    case = edited(cleared(owner))
    cases.decided(cases.submitted(case), Outcome.REJECT)
    reviews.withdraw(request_id=asked_to_retire(case).pk, by=owner)
    assert only(owner).why == "A reviewer rejected it: Read and weighed."
    assert selectors.open_count(owner) == 1


def test_a_cleared_case_that_may_not_retire_owes_nothing(owner: User) -> None:
    cases.decided(asked_to_retire(cleared(owner)), Outcome.REJECT)
    assert not selectors.needs(owner)
    assert not selectors.open_count(owner)


def test_owner_and_sponsor_are_told_once_that_a_blocking_condition_took_the_approval_away(owner: User) -> None:
    sponsor = person(Role.BUSINESS_OWNER)
    request = conditional(cases.case(by=owner, sponsor=sponsor))
    for days in (30, 31):
        reviews.remind(on=request.created_at + timedelta(days=days))
    react()
    assert heard(owner).count(("review.condition_due", "you own it")) == 1
    assert heard(sponsor).count(("review.condition_due", "you sponsor it")) == 1


def test_a_void_review_is_told_with_its_own_reason() -> None:
    with reviewable() as make:
        thing = make()
        request = thing.ask()
        thing.objection = "its evaluation"
        with pytest.raises(StaleError):
            decide(request, "security")
        react()
        told = Notification.objects.get(person=thing.owner, event="review.voided")
        assert "has lost its evaluation" in told.title


def test_the_chart_of_times_counts_what_was_decided_whatever_became_of_it(owner: User) -> None:
    approved = cases.decided(cases.submitted(cases.case(by=owner)))
    conditional(cases.case(by=owner))
    revoked = cases.decided(cases.submitted(cases.case(by=owner)))
    reviews.revoke(request_id=revoked.pk, reason="The supplier was hacked.", by=cases.decider("board"))
    reviews.expire(request_id=approved.pk, reason="It is older than a year.")
    withdrawn = cases.submitted(cases.case(by=owner))
    reviews.withdraw(request_id=withdrawn.pk, by=owner)
    assert sum(row[1] for row in selectors.report("cycle", viewer=owner).rows) == 3


def test_the_chart_of_times_leaves_out_what_was_only_carried_over() -> None:
    with reviewable() as make:
        thing = make()
        request = thing.ask()
        for lane in request.lanes:
            decide(request, lane)
        assert thing.ask().is_approved
        assert sum(row[1] for row in selectors.report("cycle", viewer=person(Role.AUDITOR)).rows) == 1


def test_what_one_owes_stands_before_what_one_verifies_each_by_its_day(owner: User) -> None:
    someone, day = person(), timezone.now().date()
    given = [
        ("Owed late.", {"owner": someone, "due_on": day + timedelta(days=9)}),
        ("Owed soon.", {"owner": someone, "due_on": day + timedelta(days=2)}),
        ("Handed in.", {"verifier": someone, "due_on": day + timedelta(days=1)}),
        ("Not handed in.", {"verifier": someone, "due_on": day}),
    ]
    asked = [cases.condition(text=text, **change) for text, change in given]
    request = cases.submitted(cases.case(by=owner))
    decide(request, "steward", cases.decider("steward"), outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=asked)
    handed = Condition.objects.get(text="Handed in.")
    reviews.meet_condition(condition_id=handed.pk, evidence="Done.", by=handed.owner)
    assert [need.title for need in selectors.needs(someone)] == ["Owed soon.", "Owed late.", "Handed in."]
    assert selectors.open_count(someone) == 3
