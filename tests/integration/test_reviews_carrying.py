"""Carry-over: a decision stands for a new revision exactly while what its lane watches is the same."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role
from apps.audit.models import AuditEvent
from apps.core.errors import NotAllowedError
from apps.reviews import selectors, services
from apps.reviews.models import Outcome, RequestState, ReviewRequest
from apps.reviews.subjects import EVIDENCE, LaneAsk
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

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


# Carrying over.


def test_only_lanes_whose_watched_fields_changed_are_asked_again(thing: Thing) -> None:
    request = changed_and_asked_again(thing, change={"Cost": "90", "Title": "Sort letters"})
    assert states(request) == {"security": "carried", "finance": "open"}
    assert request.undecided == ["finance"]
    step = request.steps.get(lane="security")
    assert step.carried
    assert step.carried.request_id != request.pk
    assert step.carried.content_hash != request.content_hash
    assert decide(request, "finance").state == RequestState.APPROVED


def test_a_lane_whose_field_changed_is_asked_again(thing: Thing) -> None:
    request = changed_and_asked_again(thing, change={"Data": "Names and addresses"})
    assert states(request) == {"security": "open", "finance": "open"}


def test_the_lane_that_asked_for_changes_is_asked_even_where_nothing_changed(thing: Thing) -> None:
    assert states(changed_and_asked_again(thing, change={})) == {"security": "carried", "finance": "open"}


@pytest.mark.parametrize("more", [{"rule_set": "2027-01"}, {"carry": False}, {"gate": "G3"}])
def test_another_rule_set_or_gate_carries_nothing(thing: Thing, more: dict[str, Any]) -> None:
    assert states(changed_and_asked_again(thing, change={}, **more))["security"] == "open"


def test_another_gates_decision_carries_where_that_is_asked_for(thing: Thing) -> None:
    request = changed_and_asked_again(thing, change={}, gate="G4", carry_gates=["G2"])
    assert states(request)["security"] == "carried"


def test_a_lane_that_watches_the_evidence_sees_what_claims_say_not_times(thing: Thing) -> None:
    claim = {"name": "evaluation.passed", "verdict": "passed", "content_hash": "a" * 64, "valid_until": "2027"}
    watching = LaneAsk("finance", (EVIDENCE,), 5)
    thing.evidence = [claim]
    decide(thing.ask(watching), "finance")
    thing.evidence = [{**claim, "valid_until": "2028", "claim": "another"}]
    assert thing.ask(watching).state == RequestState.APPROVED
    thing.evidence = [{**claim, "facts": {"threshold": "0.2"}}]
    assert thing.ask(watching).state == RequestState.IN_REVIEW


def test_a_lane_that_watches_nothing_by_name_watches_everything(thing: Thing) -> None:
    everything = LaneAsk("security", (), 5)
    decide(thing.ask(everything), "security")
    thing.fields["Title"] = "Another"
    assert states(thing.ask(everything)) == {"security": "open"}


def test_where_every_lane_carries_over_the_request_is_approved_at_once_and_recorded(thing: Thing) -> None:
    first = thing.ask()
    decide(first, "security")
    decide(first, "finance", outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=[cases.condition()])
    thing.fields["Title"] = "Another"
    request = thing.ask()
    assert request.state == RequestState.APPROVED_WITH_CONDITIONS
    assert again(first).state == RequestState.SUPERSEDED
    last = AuditEvent.objects.order_by("-sequence").first()
    assert last
    assert last.action == "review.requested"
    assert last.data["carried"].keys() == {"security", "finance"}


def test_a_decision_carries_on_through_several_requests_and_names_the_first(thing: Thing) -> None:
    second = changed_and_asked_again(thing, change={"Cost": "90"})
    decide(second, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    thing.fields["Cost"] = "80"
    third = thing.ask()
    one, two = (request.steps.get(lane="security").carried for request in (second, third))
    assert one
    assert one == two


def test_a_decision_whose_maker_has_a_part_in_it_by_now_is_not_carried(thing: Thing) -> None:
    first, someone = thing.ask(), reviewer("security")
    decide(first, "security", someone)
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    assert states(thing.ask(barred=[someone.pk]))["security"] == "open"


@pytest.mark.parametrize("stands_in", [False, True])
def test_a_decision_is_not_carried_once_its_maker_stepped_back_or_stands_in_for_who_did(
    thing: Thing, *, stands_in: bool
) -> None:
    first, maker, other = thing.ask(), reviewer("security"), reviewer("security")
    decide(first, "security", maker)
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    elsewhere = thing.ask(BOTH[0], gate="G3")
    services.recuse(request_id=elsewhere.pk, reason="I know them.", by=other if stands_in else maker)
    services.withdraw(request_id=elsewhere.pk, by=thing.owner)
    if stands_in:
        day = timezone.now().date()
        services.delegate(lane="security", to=maker, starts_on=day, ends_on=day, reason="Leave.", by=other)
    assert states(thing.ask())["security"] == "open"


def test_nothing_carries_from_before_a_revoked_or_expired_approval(make: Make) -> None:
    chief = board()
    ends: list[Callable[[ReviewRequest], object]] = [
        lambda r: services.revoke(request_id=r.pk, reason="Leaked.", by=chief),
        lambda r: services.expire(request_id=r.pk, reason="Too old."),
    ]
    for end in ends:
        thing = make()
        request = changed_and_asked_again(thing, change={"Cost": "90"})
        end(decide(request, "finance"))
        assert states(thing.ask()) == {"security": "open", "finance": "open"}


def test_a_rejection_stops_the_lane_that_said_it_from_carrying_and_no_other(thing: Thing) -> None:
    first = thing.ask()
    decide(first, "security")
    decide(first, "finance", outcome=Outcome.REJECT)
    assert states(thing.ask()) == {"security": "carried", "finance": "open"}


def test_a_carried_decision_counts_against_its_maker(thing: Thing) -> None:
    both = person(Role.FINOPS)
    accounts.grant(user=both, role=Role.REVIEWER, lane=Lane.SECURITY, by=None)
    first = thing.ask()
    decide(first, "security", both)
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    thing.fields["Cost"] = "1"
    request = thing.ask()
    with pytest.raises(NotAllowedError, match="already decided"):
        decide(request, "finance", both)
    assert not selectors.waiting_for(both)
    assert both not in selectors.pool("finance", request).people


def test_of_two_decisions_of_one_person_only_one_carries(thing: Thing) -> None:
    both = person(Role.FINOPS)
    accounts.grant(user=both, role=Role.REVIEWER, lane=Lane.SECURITY, by=None)
    decide(thing.ask(BOTH[0]), "security", both)
    decide(thing.ask(BOTH[1]), "finance", both)
    assert states(thing.ask()) == {"security": "carried", "finance": "open"}
