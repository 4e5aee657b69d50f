"""Conditions of an approval, and the clock that reminds of them and of lanes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.outbox.models import OutboxEvent
from apps.reviews import selectors, services
from apps.reviews.models import Condition, ConditionState, Outcome, RequestState, ReviewRequest
from tests.factories import cases
from tests.factories.people import person, team
from tests.factories.reviewed import BOTH, Thing, decide, reviewer
from tests.integration.test_notifications import heard, react

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


def conditional(thing: Thing, *, by: User | None = None, **change: Any) -> Condition:
    """A condition of the only lane's approval."""
    asked = cases.condition(**change)
    decide(thing.ask(BOTH[0]), "security", by, outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=[asked])
    return Condition.objects.latest("created_at")


def anew(condition: Condition) -> Condition:
    """The condition as it is stored now."""
    return Condition.objects.get(pk=condition.pk)


def test_an_approval_with_conditions_keeps_them_with_its_decision(thing: Thing) -> None:
    condition = conditional(thing)
    assert condition.decision.request.state == RequestState.APPROVED_WITH_CONDITIONS
    assert condition.state == ConditionState.OPEN
    assert list(selectors.owed_by(condition.owner)) == [condition]


def test_the_owner_hands_in_and_the_verifier_accepts(thing: Thing) -> None:
    condition = conditional(thing)
    services.meet_condition(condition_id=condition.pk, evidence="Trained on Monday.", by=condition.owner)
    assert list(selectors.to_verify(condition.verifier)) == [condition]
    services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=condition.verifier)
    found = anew(condition)
    assert (found.state, found.verified_by) == (ConditionState.VERIFIED, condition.verifier)
    assert not selectors.owed_by(condition.owner)
    with pytest.raises(ConflictError, match="verified already"):
        services.meet_condition(condition_id=condition.pk, evidence="More.", by=condition.owner)
    with pytest.raises(ConflictError, match="verified"):
        services.verify_condition(condition_id=condition.pk, accepted=False, reason="No.", by=condition.verifier)
    react()
    assert ("review.condition", "you verify it") in heard(condition.verifier)
    assert ("review.condition", "you owe it") in heard(condition.owner)


def test_what_was_refused_is_owed_again(thing: Thing) -> None:
    condition = conditional(thing)
    services.meet_condition(condition_id=condition.pk, evidence="Trained.", by=condition.owner)
    with pytest.raises(InvalidError):
        services.verify_condition(condition_id=condition.pk, accepted=False, reason=" ", by=condition.verifier)
    services.verify_condition(condition_id=condition.pk, accepted=False, reason="Who?", by=condition.verifier)
    assert (anew(condition).state, anew(condition).verdict) == (ConditionState.REFUSED, "Who?")
    with pytest.raises(ConflictError, match="nothing to verify"):
        services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=condition.verifier)
    services.meet_condition(condition_id=condition.pk, evidence="All clerks.", by=condition.owner)
    assert anew(condition).state == ConditionState.HANDED_IN


def test_nobody_else_hands_in_or_verifies(thing: Thing) -> None:
    condition, decider = conditional(thing), reviewer("security")
    for other in (condition.verifier, thing.owner, decider, person(Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowedError, match="owns this condition"):
            services.meet_condition(condition_id=condition.pk, evidence="Done.", by=other)
    with pytest.raises(InvalidError):
        services.meet_condition(condition_id=condition.pk, evidence=" ", by=condition.owner)
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    for other in (condition.owner, thing.owner, decider, person(Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowedError):
            services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=other)
    assert anew(condition).state == ConditionState.HANDED_IN


def test_once_its_people_have_left_others_take_over(thing: Thing) -> None:
    condition, decider = conditional(thing), reviewer("security")
    for gone in (condition.owner, condition.verifier):
        accounts.deactivate(user=gone, by=None)
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=thing.owner)
    with pytest.raises(NotAllowedError, match="handed it in"):
        services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=thing.owner)
    with pytest.raises(NotAllowedError, match="verifier cannot do so any more"):
        services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=person())
    assert list(selectors.to_verify(decider)) == [anew(condition)]
    services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=decider)
    assert anew(condition).state == ConditionState.VERIFIED


def test_what_somebody_owed_comes_to_who_asked_and_then_to_who_has_a_part(thing: Thing) -> None:
    condition, heir = conditional(thing), person()
    accounts.deactivate(user=condition.owner, by=None)
    assert list(selectors.owed_by(thing.owner)) == [condition]
    accounts.deactivate(user=thing.owner, by=None)
    thing.involved = {heir.pk}
    assert selectors.debtors(anew(condition)) == {heir.pk}
    assert list(selectors.owed_by(heir)) == [condition]
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=heir)
    assert anew(condition).state == ConditionState.HANDED_IN


def test_the_lane_verifies_where_the_verifier_stepped_back(thing: Thing) -> None:
    condition, decider = conditional(thing, verifier=reviewer("finance")), reviewer("security")
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    assert not selectors.to_verify(decider)
    again = thing.ask(BOTH[1])
    services.recuse(request_id=again.pk, reason="I know them.", by=condition.verifier)
    assert list(selectors.to_verify(decider)) == [anew(condition)]
    services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=decider)
    assert anew(condition).state == ConditionState.VERIFIED


def test_a_verifier_who_takes_a_part_later_verifies_no_more(thing: Thing) -> None:
    condition = conditional(thing)
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    thing.involved = {condition.verifier_id}
    with pytest.raises(NotAllowedError, match="another person must verify"):
        services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=condition.verifier)


def test_faulty_conditions_are_all_named_and_nothing_is_decided(thing: Thing) -> None:
    someone, gone = person(), person()
    accounts.deactivate(user=gone, by=None)
    gone.refresh_from_db()
    yesterday = timezone.now().date() - timedelta(days=1)
    asked = [
        cases.condition(text=" "), cases.condition(owner=someone, verifier=someone), cases.condition(due_on=yesterday),
        cases.condition(owner=gone), cases.condition(verifier=thing.owner), cases.condition(verifier=gone),
    ]  # fmt: skip
    with pytest.raises(InvalidError) as refused:
        decide(thing.ask(), "security", outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=asked)
    said = refused.value.fields["conditions"]
    assert [words[:12] for words in said] == [f"Condition {number}:" for number in range(1, 7)]
    assert not Condition.objects.exists()


def test_who_owes_or_verifies_a_condition_must_see_what_is_reviewed(thing: Thing) -> None:
    accounts.assign(
        kind="prompt", thing=thing.prompt, team=team(), audience=Audience.TEAM, by=person(Role.ADMINISTRATOR)
    )
    with pytest.raises(InvalidError) as refused:
        conditional(thing)
    said = refused.value.fields["conditions"]
    assert [words.split(" may not see")[0] for words in said] == ["Condition 1: its owner", "Condition 1: its verifier"]
    assert not Condition.objects.exists()


def lapses(condition: Condition, *, on: datetime) -> set[Any]:
    """The requests that a blocking condition takes the effect away from at that moment."""
    rows = ReviewRequest.objects.filter(selectors.overdue_blocking(on))
    return set(rows.values_list("pk", flat=True))


def test_a_blocking_condition_that_is_overdue_and_not_verified_counts_against_its_request(thing: Thing) -> None:
    condition = conditional(thing)
    request = condition.decision.request
    end = datetime.combine(condition.due_on, datetime.min.time(), tzinfo=timezone.now().tzinfo) + timedelta(days=1)
    assert lapses(condition, on=end - timedelta(seconds=1)) == set()
    assert lapses(condition, on=end) == {request.pk}
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    assert lapses(condition, on=end) == {request.pk}, "handed in is not verified"
    services.verify_condition(condition_id=condition.pk, accepted=True, reason="", by=condition.verifier)
    assert lapses(condition, on=end) == set()


def test_an_overdue_condition_that_does_not_block_takes_nothing_away(thing: Thing) -> None:
    condition = conditional(thing, blocking=False)
    assert lapses(condition, on=timezone.now() + timedelta(days=30)) == set()


def test_a_condition_of_a_carried_decision_counts_against_the_newer_request(thing: Thing) -> None:
    condition = conditional(thing)
    thing.fields["Title"] = "Another"
    newer = thing.ask(BOTH[0])
    assert newer.state == RequestState.APPROVED_WITH_CONDITIONS
    assert newer.pk in lapses(condition, on=timezone.now() + timedelta(days=30))
    assert list(selectors.conditions_of(newer, viewer=person())) == [condition]


# The clock.


def told(event: str) -> int:
    """How often something was published."""
    return OutboxEvent.objects.filter(name=event).count()


def test_a_lane_is_reminded_at_four_fifths_and_escalated_once_overdue_and_each_once(thing: Thing) -> None:
    someone, head = reviewer("security"), person()
    services.set_lane_head(lane="security", person=head, by=None)
    request = thing.ask(BOTH[0])
    step = request.steps.get()
    moments = [(3.9, 0, 0), (4.1, 1, 0), (4.9, 1, 0), (5.1, 1, 1), (9, 1, 1)]
    for days, reminded, escalated in moments:
        services.remind(on=step.opened_at + timedelta(days=days))
        assert (told("review.reminded"), told("review.escalated")) == (reminded, escalated), days
    assert request.steps.get().escalated_at
    react()
    assert ("review.reminded", "you may decide in this review") in heard(someone)
    assert ("review.escalated", "you head this lane") in heard(head)
    assert ("review.reminded", "you head this lane") not in heard(head)


def test_a_clock_that_was_down_escalates_without_reminding_first(thing: Thing) -> None:
    reviewer("security")
    step = thing.ask(BOTH[0]).steps.get()
    services.remind(on=step.due_at + timedelta(days=1))
    services.remind(on=step.due_at + timedelta(days=2))
    assert (told("review.reminded"), told("review.escalated")) == (0, 1)


def test_a_lane_that_nobody_may_decide_is_told_to_overseers_and_every_fall_and_return_to_its_people(
    thing: Thing,
) -> None:
    admin, head, last = person(Role.ADMINISTRATOR), person(), reviewer("security")
    request = thing.ask(BOTH[0])
    services.recuse(request_id=request.pk, reason="I know them.", by=last)
    react()
    assert "review.escalated" in {event for event, _ in heard(admin)}
    services.set_lane_head(lane="security", person=head, by=None)
    services.remind(on=timezone.now())
    react()
    other = reviewer("security")
    services.remind(on=timezone.now())
    react()
    assert ("review.escalated", "you may decide in this review") in heard(other)
    accounts.deactivate(user=other, by=None)
    services.remind(on=timezone.now())
    react()
    assert [event for event, _ in heard(head)].count("review.escalated") == 3


def test_a_decided_lane_is_neither_reminded_nor_escalated(thing: Thing) -> None:
    reviewer("finance")
    request = thing.ask()
    decide(request, "security")
    services.remind(on=timezone.now() + timedelta(days=6))
    assert told("review.escalated") == 0
    services.withdraw(request_id=request.pk, by=thing.owner)
    services.remind(on=timezone.now() + timedelta(days=60))
    assert told("review.escalated") == told("review.reminded") == 0


def test_a_condition_is_reminded_and_escalated_and_one_handed_in_is_only_escalated(make: Make) -> None:
    owed, handed = conditional(make()), conditional(make())
    services.meet_condition(condition_id=handed.pk, evidence="Done.", by=handed.owner)
    for days, times in ((3, 0), (6.9, 1), (6.95, 1), (30, 3), (31, 3)):
        services.remind(on=owed.created_at + timedelta(days=days))
        assert told("review.condition_due") == times, days
    react()
    assert [event for event, _ in heard(owed.owner)].count("review.condition_due") == 2
    assert ("review.condition_due", "you verify it") in heard(handed.verifier)


def test_the_clock_audits_nothing_of_its_own_and_history_keeps_what_it_wrote(thing: Thing) -> None:
    reviewer("security")
    step = thing.ask(BOTH[0]).steps.get()
    count = AuditEvent.objects.count()
    services.remind(on=step.due_at)
    assert AuditEvent.objects.count() == count
    assert step.history.count() == 2  # type: ignore[attr-defined]  # added by tracking


def test_a_verdict_by_the_owner_is_refused_by_postgresql_too(thing: Thing) -> None:
    condition = conditional(thing)
    with pgtrigger.ignore("reviews.Condition:frozen"):
        rows = Condition.objects.filter(pk=condition.pk)
        with pytest.raises(IntegrityError, match="condition_verifier_is_not_owner"), transaction.atomic():
            rows.update(verifier=condition.owner)
