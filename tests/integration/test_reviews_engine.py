"""The generic engine on real PostgreSQL: lanes that watch fields, carry-over, outcomes, and what ends an approval."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, StaleError
from apps.reviews import selectors, services
from apps.reviews.models import Condition, Decision, LaneStep, Outcome, RequestState, ReviewRequest, StepState, Via
from apps.reviews.subjects import LaneAsk
from tests.factories import cases
from tests.factories.people import person
from tests.factories.reviewed import (
    BOTH,
    Thing,
    again,
    board,
    changed_and_asked_again,
    decide,
    reviewer,
    states,
)
from tests.integration.together import at_once

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


def test_lanes_decide_beside_one_another_and_the_last_one_approves(thing: Thing) -> None:
    request = thing.ask()
    assert states(request) == {"security": "open", "finance": "open"}
    assert decide(request, "finance").state == RequestState.IN_REVIEW
    assert decide(request, "security").state == RequestState.APPROVED
    assert states(request) == {"security": "approved", "finance": "approved"}


@pytest.mark.parametrize("asks", [(), (LaneAsk("nobody", (), 5),), (BOTH[0], BOTH[0]), (LaneAsk("legal", ("X",), 5),)])
def test_lanes_that_make_no_sense_are_refused(thing: Thing, asks: tuple[LaneAsk, ...]) -> None:
    with pytest.raises(ValueError, match="lane"):
        services.open_request(
            subject=thing.subject, title="A prompt", gate="G2", revision=thing.revision, evidence=[], lanes=asks,
            barred=[], by=thing.owner,
        )  # fmt: skip
    assert not ReviewRequest.objects.exists()


# Outcomes.


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"outcome": Outcome.REQUEST_CHANGES, "fields": []}, "fields"),
        ({"outcome": Outcome.REQUEST_CHANGES, "fields": ["Colour"]}, "fields"),
        ({"fields": ["Cost"]}, "fields"),
        ({"outcome": Outcome.REJECT, "appeal": " "}, "appeal"),
        ({"outcome": Outcome.APPROVE_WITH_CONDITIONS, "conditions": []}, "conditions"),
        ({"reason": " "}, "reason"),
    ],
)
def test_an_outcome_without_what_it_needs_is_refused_by_field(thing: Thing, change: dict[str, Any], field: str) -> None:
    request = thing.ask()
    with pytest.raises(InvalidError) as refused:
        decide(request, "finance", **change)
    assert refused.value.fields.keys() == {field}
    assert not Decision.objects.exists()


def test_a_plain_approval_takes_no_conditions(thing: Thing) -> None:
    with pytest.raises(InvalidError) as refused:
        decide(thing.ask(), "finance", conditions=[cases.condition()])
    assert refused.value.fields.keys() == {"conditions"}


def test_a_lane_that_only_advises_may_not_reject_and_the_board_lane_may(thing: Thing) -> None:
    request = thing.ask(LaneAsk("legal", (), 5, mandatory=False), LaneAsk("board", (), 5))
    with pytest.raises(InvalidError) as refused:
        decide(request, "legal", outcome=Outcome.REJECT)
    assert refused.value.fields.keys() == {"outcome"}
    assert decide(request, "board", outcome=Outcome.REJECT).state == RequestState.REJECTED


def test_a_request_for_changes_keeps_the_fields_and_pauses_the_clock(thing: Thing) -> None:
    first = thing.ask()
    backdated(first, days=3)
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost", "Title"])
    assert Decision.objects.get().fields == ["Cost", "Title"]
    thing.fields["Cost"] = "50"
    second = thing.ask()
    for step in second.steps.all():
        assert timedelta(days=3) <= step.spent < timedelta(days=3, hours=1)
        assert step.due_at - step.opened_at == timedelta(days=step.target_days) - step.spent


def test_a_pause_outlasts_a_request_that_an_edit_voided(thing: Thing) -> None:
    first = thing.ask()
    backdated(first, days=3)
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    thing.ask()
    thing.fields["Cost"] = "50"
    services.void_if_changed(subject=thing.subject, content_hash="another")
    assert all(step.spent >= timedelta(days=3) for step in thing.ask().steps.all())


def test_a_pause_outlasts_a_request_that_was_withdrawn(thing: Thing) -> None:
    first = thing.ask()
    backdated(first, days=3)
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    services.withdraw(request_id=thing.ask().pk, by=thing.owner)
    assert all(step.spent >= timedelta(days=3) for step in thing.ask().steps.all())


def backdated(request: ReviewRequest, *, days: float) -> None:
    """Let the steps have opened some days ago, past the trigger that keeps them frozen."""
    shift = timedelta(days=days)
    with pgtrigger.ignore("reviews.LaneStep:frozen"):
        request.steps.update(opened_at=F("opened_at") - shift, due_at=F("due_at") - shift)


# Too late, twice, stale.


def refusals() -> int:
    """How many late decisions were recorded."""
    return AuditEvent.objects.filter(action="review.refused").count()


def test_deciding_in_a_decided_lane_is_refused_in_words_and_recorded(thing: Thing) -> None:
    request, first = thing.ask(), reviewer("security")
    decide(request, "security", first)
    for again_ in (first, reviewer("security")):
        with pytest.raises(ConflictError, match=f"already been decided .approve, {first}"):
            decide(request, "security", again_)
    assert refusals() == 2
    assert Decision.objects.count() == 1


def test_deciding_in_a_carried_lane_or_a_closed_request_is_refused_and_recorded(thing: Thing) -> None:
    request = changed_and_asked_again(thing, change={"Cost": "90"})
    with pytest.raises(ConflictError, match="its decision still stands"):
        decide(request, "security")
    decide(request, "finance", outcome=Outcome.REJECT)
    with pytest.raises(ConflictError, match="“Rejected”; nothing can be decided any more"):
        decide(request, "finance", reviewer("finance"))
    assert refusals() == 2


def test_a_stranger_who_comes_too_late_learns_nothing_and_is_not_recorded(thing: Thing) -> None:
    request = thing.ask()
    decide(request, "security")
    with pytest.raises(NotAllowedError, match="lane's role"):
        decide(request, "security", person())
    assert refusals() == 0


def test_refusing_what_comes_late_records_it_and_leaves_the_rest_alone(thing: Thing) -> None:
    request = thing.ask()
    services.refuse_late(request_id=request.pk, lane="security", by=reviewer("security"))
    assert refusals() == 0
    decide(request, "security")
    with pytest.raises(ConflictError):
        services.refuse_late(request_id=request.pk, lane="security", by=reviewer("security"))
    assert refusals() == 1


def test_an_objection_voids_at_the_decision(thing: Thing) -> None:
    request = thing.ask()
    thing.objection = "its evaluation"
    with pytest.raises(StaleError, match="has lost its evaluation"):
        decide(request, "security")
    assert again(request).state == RequestState.VOIDED
    assert set(states(request).values()) == {StepState.VOIDED.value}


def test_whoever_may_not_decide_voids_nothing(thing: Thing) -> None:
    request = thing.ask()
    thing.objection = "its evaluation"
    for by, lane in ((person(), "security"), (thing.owner, "security"), (reviewer("finance"), "security")):
        with pytest.raises(NotAllowedError):
            decide(request, lane, by)
    with pytest.raises(InvalidError, match="no such lane"):
        decide(request, "legal")
    assert again(request).state == RequestState.IN_REVIEW


# What ends an approval.


def approved(thing: Thing, **more: Any) -> ReviewRequest:
    """A request that both lanes approved."""
    request = thing.ask(**more)
    decide(request, "security")
    return decide(request, "finance")


def test_the_board_and_a_lanes_head_revoke_and_no_administrator_does(make: Make) -> None:
    head = person()
    services.set_lane_head(lane="security", person=head, by=None)
    superuser = person(Role.ADMINISTRATOR, staff=True)
    superuser.is_superuser = True
    superuser.save()
    request = approved(make())
    for other in (superuser, request.requested_by, reviewer("security"), reviewer("legal")):
        with pytest.raises(NotAllowedError, match="may revoke"):
            services.revoke(request_id=request.pk, reason="No.", by=other)
    with pytest.raises(InvalidError):
        services.revoke(request_id=request.pk, reason=" ", by=head)
    revoked = services.revoke(request_id=request.pk, reason="It leaked.", by=head)
    assert (revoked.state, revoked.ended_reason) == (RequestState.REVOKED, "It leaked.")
    with pytest.raises(ConflictError, match="revoked"):
        services.revoke(request_id=request.pk, reason="Again.", by=head)
    assert services.revoke(request_id=approved(make()).pk, reason="No.", by=board()).state == RequestState.REVOKED


def test_a_newer_approval_of_the_same_gate_supersedes_and_of_another_does_not(thing: Thing) -> None:
    first, other = approved(thing), approved(thing, gate="G3")
    thing.fields |= {"Cost": "1", "Data": "None"}
    newest = approved(thing)
    assert [again(each).state for each in (first, other, newest)] == ["superseded", "approved", "approved"]
    assert AuditEvent.objects.filter(action="review.superseded").count() == 1


def test_only_an_approval_expires(thing: Thing) -> None:
    request = thing.ask()
    with pytest.raises(ConflictError, match="in review"):
        services.expire(request_id=request.pk, reason="Old.")


# The board overturns.


def rejected(thing: Thing, *asks: LaneAsk) -> ReviewRequest:
    """A request that finance rejected."""
    return decide(thing.ask(*asks), "finance", outcome=Outcome.REJECT)


def test_the_board_overturns_a_rejection_and_the_other_lanes_go_on(thing: Thing) -> None:
    request = rejected(thing)
    assert services.overturn(request_id=request.pk, reason="Affordable.", by=board()).state == RequestState.IN_REVIEW
    assert again(request).undecided == ["security"]
    assert decide(again(request), "security").state == RequestState.APPROVED
    anew = Decision.objects.get(lane="board")
    assert anew.overturns
    assert anew.overturns.lane == "finance"


def test_a_lane_goes_on_after_the_board_with_the_time_it_had_left(thing: Thing) -> None:
    request = rejected(thing)
    step, decided = (again(request).steps.get(lane=lane) for lane in ("security", "finance"))
    past = timezone.now() - timedelta(days=30)
    ReviewRequest.objects.filter(pk=request.pk).update(closed_at=past + timedelta(days=2))
    request.steps.update(opened_at=past, due_at=past + timedelta(days=5))
    services.overturn(request_id=request.pk, reason="Affordable.", by=board())
    now = again(request).steps.get(pk=step.pk)
    assert (now.spent, now.due_at - now.opened_at) == (timedelta(days=2), timedelta(days=now.target_days - 2))
    assert again(request).steps.get(pk=decided.pk).opened_at == past


def test_overturning_the_last_word_approves_and_counts_as_the_boards_own_lane(thing: Thing) -> None:
    request = thing.ask(BOTH[1], LaneAsk("board", (), 5))
    decide(request, "finance", outcome=Outcome.REJECT)
    assert services.overturn(request_id=request.pk, reason="Affordable.", by=board()).state == RequestState.APPROVED
    assert states(request) == {"finance": "rejected", "board": "approved"}


def test_nobody_but_the_board_overturns_and_not_whoever_is_involved(thing: Thing) -> None:
    request = rejected(thing)
    member = board()
    accounts.grant(user=thing.owner, role=Role.REVIEWER, lane=Lane.BOARD, by=None)
    thing.owner.forget_held()
    for other in (reviewer("finance"), person(Role.ADMINISTRATOR), thing.owner):
        with pytest.raises(NotAllowedError):
            services.overturn(request_id=request.pk, reason="No.", by=other)
    with pytest.raises(InvalidError):
        services.overturn(request_id=request.pk, reason=" ", by=member)


def test_only_a_standing_rejection_of_the_same_content_is_overturned(make: Make) -> None:
    member, open_, boards, newer, edited = board(), make(), make(), make(), make()
    with pytest.raises(ConflictError, match="Only a rejection"):
        services.overturn(request_id=open_.ask().pk, reason="No.", by=member)
    by_board = decide(boards.ask(LaneAsk("board", (), 5)), "board", outcome=Outcome.REJECT)
    with pytest.raises(ConflictError, match="board itself"):
        services.overturn(request_id=by_board.pk, reason="No.", by=member)
    older = rejected(newer)
    newer.ask()
    with pytest.raises(ConflictError, match="submitted again"):
        services.overturn(request_id=older.pk, reason="No.", by=member)
    request = rejected(edited)
    edited.fields["Cost"] = "1"
    with pytest.raises(StaleError):
        services.overturn(request_id=request.pk, reason="No.", by=member)


# Races.


@pytest.mark.django_db(transaction=True)
def test_two_last_approvals_at_once_end_as_one_approval(thing: Thing) -> None:
    request = thing.ask()
    done = at_once(*(partial(decide, request, lane, reviewer(lane)) for lane in ("security", "finance")))
    assert all(isinstance(each, ReviewRequest) for each in done), done
    assert again(request).state == RequestState.APPROVED


@pytest.mark.django_db(transaction=True)
def test_an_approval_beside_a_withdrawal_leaves_one_of_the_two(make: Make) -> None:
    for _ in range(3):
        thing = make()
        request = thing.ask(BOTH[0])
        decided, withdrawn = at_once(
            partial(decide, request, "security", reviewer("security")),
            partial(services.withdraw, request_id=request.pk, by=thing.owner),
        )
        won = sorted(type(each).__name__ for each in (decided, withdrawn))
        assert won == ["ConflictError", "ReviewRequest"], (decided, withdrawn)
        assert again(request).state == ("approved" if isinstance(decided, ReviewRequest) else "withdrawn")


@pytest.mark.django_db(transaction=True)
def test_the_same_person_deciding_twice_at_once_decides_once_and_the_other_is_recorded(thing: Thing) -> None:
    request, someone = thing.ask(), reviewer("security")
    done = at_once(*[partial(decide, request, "security", someone)] * 2)
    assert sorted(type(each).__name__ for each in done) == ["ConflictError", "ReviewRequest"], done
    assert (Decision.objects.count(), refusals()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_open_one_request(thing: Thing) -> None:
    done = at_once(*[thing.ask] * 2)
    assert sum(isinstance(each, ReviewRequest) for each in done) == 1
    assert ReviewRequest.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reviews_lanestep SET lane_hash = repeat('f', 64)",
        "UPDATE reviews_lanestep SET watches = '{}', due_at = now()",
        "DELETE FROM reviews_lanestep",
        "UPDATE reviews_reviewrequest SET state = 'in_review', closed_at = NULL",
        "UPDATE reviews_reviewrequest SET rule_set = 'x'",
        "UPDATE reviews_condition SET due_on = due_on + 1",
        "DELETE FROM reviews_condition",
        "UPDATE reviews_condition SET verified_at = now(), verified_by_id = owner_id, handed_in_at = now()",
    ],
)
def test_postgresql_itself_keeps_what_was_asked_and_promised(thing: Thing, statement: str) -> None:
    request = thing.ask()
    decide(request, "security")
    decide(request, "finance", outcome=Outcome.APPROVE_WITH_CONDITIONS)
    with pytest.raises(DatabaseError, match=r"pgtrigger|violates"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_steps_know_whose_turn_they_are_and_how_long_they_took(thing: Thing) -> None:
    request = thing.ask()
    assert {step.via for step in request.steps.all()} == {Via.NOBODY}
    someone = reviewer("security")
    services.remind(on=timezone.now())
    assert request.steps.get(lane="security").via == Via.POOL
    backdated(request, days=2)
    decide(request, "security", someone)
    (took,) = selectors.dwell("security")
    assert timedelta(days=2) <= took < timedelta(days=2, hours=1)
    assert not Condition.objects.exists()
    assert LaneStep.objects.count() == 2
