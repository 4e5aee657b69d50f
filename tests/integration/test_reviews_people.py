"""Whose turn a lane is: its people, delegates, heads, stewards; who steps back; and break-glass."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Lane, Role, Team, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.prompts.models import Prompt
from apps.reviews import selectors, services
from apps.reviews.models import Decision, Delegation, LaneHead, RequestState, Via
from apps.reviews.subjects import LaneAsk
from tests.factories.people import person, team, unit
from tests.factories.reviewed import BOTH, Thing, decide, reviewer
from tests.integration.test_notifications import heard, react

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


def today() -> date:
    """The day that delegations count by."""
    return timezone.now().date()


def stand_in(lane: str, *, by: User, to: User | None = None, **change: Any) -> Delegation:
    """A delegation from today for a week, but for what `change` says."""
    given = {
        "lane": lane, "to": to or person(), "starts_on": today(), "ends_on": today() + timedelta(days=7),
        "reason": "On leave.", "by": by, **change,
    }  # fmt: skip
    return services.delegate(**given)


def names(pool: selectors.Pool) -> set[str]:
    """The user names in a pool."""
    return {str(user.username) for user in pool.people}


# Pools.


def test_a_pool_holds_who_decides_there_and_nobody_elsewhere_or_gone(thing: Thing) -> None:
    sales, risk = unit("Sales"), unit("Risk")
    ours = team(within=sales)
    accounts.assign(kind="prompt", thing=thing.prompt, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    inside = [reviewer("security"), reviewer("security", unit=sales), reviewer("security", team=ours)]
    for where in ({"unit": risk}, {"team": team(within=risk)}):
        reviewer("security", **where)
    reviewer("privacy")
    gone = reviewer("security")
    accounts.deactivate(user=gone, by=None)
    found = selectors.pool("security", thing.subject)
    assert (names(found), found.via) == ({user.username for user in inside}, Via.POOL)
    # What the pool says is what each of them may do.
    request = thing.ask()
    assert all(selectors.waiting_for(user).get() == request for user in inside)


def test_pool_and_reach_agree_for_every_place_a_role_can_be_held(make: Make) -> None:
    sales = unit("Sales")
    below = accounts.add_unit(name="Cards", parent=sales, by=None)
    teams: list[Team | None] = [None, team(within=sales), team(within=below), team(within=unit("Risk"))]
    units, some = [{"unit": each} for each in (sales, below)], [{"team": each} for each in teams if each]
    places: list[dict[str, Any]] = [{}, *units, *some]
    people = [reviewer("security", **place) for place in places]
    for owner in teams:
        thing = make()
        Prompt.objects.filter(pk=thing.prompt.pk).update(team=owner)
        request = thing.ask(BOTH[0])
        reaching = {user.username for user in people if selectors.holds(user, request, "security")}
        assert names(selectors.pool("security", request)) == reaching


def test_the_roles_of_some_lanes_decide_without_being_lane_reviewers(thing: Thing) -> None:
    roles = {"steward": Role.STEWARD, "architecture": Role.ARCHITECT, "finance": Role.FINOPS}
    people = {lane: person(role) for lane, role in roles.items()}
    for lane, user in people.items():
        assert names(selectors.pool(lane, thing.subject)) == {user.username}
    for lane in ("security", "privacy", "legal", "board"):
        assert selectors.pool(lane, thing.subject).people == [people["steward"]], "nobody but the last resort"


def test_an_empty_pool_goes_to_the_head_then_to_the_stewards_then_waits(thing: Thing) -> None:
    request = thing.ask(BOTH[0])
    assert selectors.pool("security", request) == ([], Via.NOBODY)
    steward, head = person(Role.STEWARD), person()
    assert selectors.pool("security", request) == ([steward], Via.STEWARD)
    services.set_lane_head(lane="security", person=head, by=None)
    assert selectors.pool("security", request) == ([head], Via.HEAD)
    with pytest.raises(NotAllowedError, match="lane's role"):
        decide(request, "security", steward)
    services.remind(on=timezone.now())
    assert list(selectors.waiting_for(head)) == [request]
    assert not selectors.waiting_for(steward)
    assert selectors.lanes_of(head) == {"security"}
    assert decide(request, "security", head).state == RequestState.APPROVED


def test_a_steward_decides_where_nobody_of_the_lane_and_no_head_may(thing: Thing) -> None:
    steward = person(Role.STEWARD)
    request = thing.ask(BOTH[0])
    assert request.steps.get().via == Via.STEWARD
    assert list(selectors.waiting_for(steward)) == [request]
    assert decide(request, "security", steward).state == RequestState.APPROVED


def test_a_reviewer_who_leaves_hands_the_step_to_whoever_is_left(thing: Thing) -> None:
    last, steward = reviewer("security"), person(Role.STEWARD)
    request = thing.ask(BOTH[0])
    assert request.steps.get().via == Via.POOL
    accounts.deactivate(user=last, by=None)
    services.remind(on=timezone.now())
    assert request.steps.get().via == Via.STEWARD
    assert again_open(request.pk)
    react()
    assert ("review.escalated", "you may decide in this review") in heard(steward)
    other = reviewer("security")
    services.remind(on=timezone.now())
    assert request.steps.get().via == Via.POOL
    with pytest.raises(NotAllowedError):
        decide(request, "security", steward)
    assert decide(request, "security", other).state == RequestState.APPROVED


def again_open(key: Any) -> bool:
    """Whether the request still waits: nothing is approved by default."""
    request = selectors.request(key, viewer=person(Role.AUDITOR))
    return request.is_open and not Decision.objects.exists()


def test_the_route_says_who_is_in_each_lane_and_what_is_expected(make: Make) -> None:
    thing, someone = make(), reviewer("security")
    owner, steward = thing.owner, person(Role.STEWARD)
    first, second = selectors.route(thing.subject, BOTH, [owner.pk])
    assert (first.lane, first.people, first.via) == ("security", [someone], Via.POOL)
    assert (first.days_expected, first.target_days) == (5, 5)
    assert (second.lane, second.people, second.via, second.target_days) == ("finance", [steward], Via.STEWARD, 10)
    decide(make().ask(BOTH[0]), "security")
    assert selectors.route(thing.subject, BOTH, [])[0].days_expected == 1
    assert selectors.route(thing.subject, BOTH[:1], [someone.pk])[0].people != [someone]


# Separation of duties.


def test_whom_a_barred_person_delegated_to_cannot_decide_in_any_lane(thing: Thing) -> None:
    barred, deputy = reviewer("security"), reviewer("finance")
    stand_in("security", by=barred, to=deputy)
    request = thing.ask(barred=[barred.pk])
    with pytest.raises(NotAllowedError, match="delegated to you"):
        decide(request, "finance", deputy)
    assert deputy.username not in names(selectors.pool("finance", request))
    assert not selectors.waiting_for(deputy)


def test_the_bar_on_a_delegate_outlasts_the_delegation_and_the_delegator(thing: Thing) -> None:
    barred, deputy = reviewer("security"), reviewer("finance")
    given = stand_in("security", by=barred, to=deputy)
    request = thing.ask(BOTH[1], barred=[barred.pk])
    services.end_delegation(delegation_id=given.pk, by=deputy)
    accounts.deactivate(user=barred, by=None)
    with pytest.raises(NotAllowedError, match="delegated to you"):
        decide(request, "finance", deputy)
    assert deputy.username not in names(selectors.pool("finance", request))
    assert not selectors.waiting_for(deputy)


def test_a_delegation_that_ended_before_it_was_asked_or_has_not_begun_bars_nobody(thing: Thing) -> None:
    barred, deputy = reviewer("security"), reviewer("finance")
    past = stand_in("security", by=barred, to=deputy)
    services.end_delegation(delegation_id=past.pk, by=deputy)
    coming = stand_in("privacy", by=reviewer("privacy"), to=deputy, starts_on=today() + timedelta(days=1))
    request = thing.ask(BOTH[1], barred=[barred.pk, coming.delegator_id])
    assert list(selectors.waiting_for(deputy)) == [request]
    assert decide(request, "finance", deputy).state == RequestState.APPROVED


def test_nobody_decides_for_somebody_whom_a_delegation_bars(thing: Thing) -> None:
    barred, absent, deputy = reviewer("security"), reviewer("finance"), person()
    stand_in("security", by=barred, to=absent)
    stand_in("finance", by=absent, to=deputy)
    request = thing.ask(BOTH[1], barred=[barred.pk])
    with pytest.raises(NotAllowedError, match="may not decide on this"):
        decide(request, "finance", deputy, on_behalf_of=absent)
    assert not selectors.waiting_for(deputy)
    assert not selectors.seats(deputy, request)
    assert not names(selectors.pool("finance", request))


def test_whoever_takes_a_part_after_it_was_asked_cannot_decide_either(thing: Thing) -> None:
    someone, deputy = reviewer("security"), person()
    stand_in("security", by=someone, to=deputy)
    request = thing.ask(BOTH[0])
    assert list(selectors.waiting_for(someone)) == list(selectors.waiting_for(deputy)) == [request]
    thing.involved = {someone.pk}
    assert not names(selectors.pool("security", request))
    for refused, behalf in ((someone, None), (deputy, someone)):
        with pytest.raises(NotAllowedError, match="part in what is reviewed"):
            decide(request, "security", refused, on_behalf_of=behalf)
        assert not selectors.waiting_for(refused)


def test_the_requesters_delegate_cannot_decide_either(thing: Thing) -> None:
    accounts.grant(user=thing.owner, role=Role.REVIEWER, lane=Lane.LEGAL, by=None)
    thing.owner.forget_held()
    deputy = reviewer("security")
    stand_in("legal", by=thing.owner, to=deputy)
    with pytest.raises(NotAllowedError, match="delegated to you"):
        decide(thing.ask(), "security", deputy)


def test_whoever_steps_back_is_barred_from_then_on_and_so_is_their_delegate(thing: Thing) -> None:
    someone, deputy = reviewer("security"), person()
    stand_in("security", by=someone, to=deputy)
    request = thing.ask(BOTH[0])
    services.recuse(request_id=request.pk, reason="My brother sells it.", by=someone)
    for refused, behalf in ((someone, None), (deputy, someone)):
        with pytest.raises(NotAllowedError, match="cannot decide on this"):
            decide(request, "security", refused, on_behalf_of=behalf)
    assert not selectors.waiting_for(someone)
    with pytest.raises(NotAllowedError, match="nothing for you to step back from"):
        services.recuse(request_id=request.pk, reason="Again.", by=someone)
    decide(request, "security")
    thing.fields["Data"] = "Other"
    with pytest.raises(NotAllowedError, match="You said that you cannot"):
        decide(thing.ask(BOTH[0]), "security", someone)


def test_stepping_back_needs_a_reason_and_something_to_decide(thing: Thing) -> None:
    request = thing.ask()
    with pytest.raises(NotAllowedError):
        services.recuse(request_id=request.pk, reason="Busy.", by=person())
    with pytest.raises(InvalidError):
        services.recuse(request_id=request.pk, reason="  ", by=reviewer("security"))


def test_stepping_back_as_the_last_of_a_lane_passes_the_step_on(thing: Thing) -> None:
    last, steward = reviewer("security"), person(Role.STEWARD)
    request = thing.ask(BOTH[0])
    services.recuse(request_id=request.pk, reason="I know them.", by=last)
    assert request.steps.get().via == Via.STEWARD
    assert list(selectors.waiting_for(steward)) == [request]


def test_one_lane_a_person_counts_those_decided_on_behalf_as_well(thing: Thing) -> None:
    absent, deputy = reviewer("security"), person(Role.FINOPS)
    accounts.grant(user=absent, role=Role.FINOPS, by=None)
    absent.forget_held()
    stand_in("security", by=absent, to=deputy)
    request = thing.ask()
    decided = decide(request, "security", deputy, on_behalf_of=absent)
    decision = decided.decisions.get()
    assert (decision.actor, decision.on_behalf_of) == (deputy, absent)
    for other in (deputy, absent):
        with pytest.raises(NotAllowedError, match="already decided"):
            decide(request, "finance", other)
    event = AuditEvent.objects.filter(action="review.decided").get()
    assert event.data["on_behalf_of"] == str(absent.pk)


def test_a_delegator_who_decided_cannot_be_stood_in_for_in_another_lane(thing: Thing) -> None:
    absent, deputy = reviewer("security"), person()
    accounts.grant(user=absent, role=Role.FINOPS, by=None)
    absent.forget_held()
    stand_in("finance", by=absent, to=deputy)
    request = thing.ask()
    decide(request, "security", absent)
    with pytest.raises(NotAllowedError, match="has already decided"):
        decide(request, "finance", deputy, on_behalf_of=absent)
    assert not selectors.waiting_for(deputy)


# Delegations.


def test_a_delegate_decides_on_the_days_given_and_in_that_lane_alone(thing: Thing) -> None:
    absent = reviewer("security")
    now, later = person(), person()
    stand_in("security", by=absent, to=now)
    stand_in("security", by=absent, to=later, starts_on=today() + timedelta(days=1))
    request = thing.ask()
    assert names(selectors.pool("security", request)) == {absent.username, now.username}
    assert selectors.seats(now, request) == [selectors.Seat("security", absent)]
    assert list(selectors.waiting_for(now)) == [request]
    for deputy, lane in ((later, "security"), (now, "finance")):
        with pytest.raises(NotAllowedError, match="has not delegated this lane to you"):
            decide(request, lane, deputy, on_behalf_of=absent)
    with pytest.raises(NotAllowedError, match="lane's role"):
        decide(request, "security", now)
    decide(request, "security", now, on_behalf_of=absent)


def test_delegating_is_not_passed_on_and_ends_when_either_leaves(thing: Thing) -> None:
    absent, deputy, third = reviewer("security"), person(), person()
    stand_in("security", by=absent, to=deputy)
    with pytest.raises(NotAllowedError, match="by their own role"):
        stand_in("security", by=deputy, to=third)
    request = thing.ask()
    accounts.deactivate(user=absent, by=None)
    with pytest.raises(NotAllowedError, match="has not delegated"):
        decide(request, "security", deputy, on_behalf_of=absent)


def test_a_delegate_has_no_more_than_the_delegator_has_there(thing: Thing) -> None:
    accounts.assign(
        kind="prompt", thing=thing.prompt, team=team(within=unit("Sales")), audience=Audience.ORGANISATION,
        by=person(Role.ADMINISTRATOR),
    )  # fmt: skip
    elsewhere, deputy = reviewer("security", unit=unit("Risk")), person()
    stand_in("security", by=elsewhere, to=deputy)
    with pytest.raises(NotAllowedError, match="may not decide in it"):
        decide(thing.ask(), "security", deputy, on_behalf_of=elsewhere)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_on": timezone.now().date() + timedelta(days=9)}, "ends_on"),
        ({"starts_on": date(2020, 1, 1), "ends_on": date(2020, 1, 2)}, "ends_on"),
        ({"ends_on": timezone.now().date() + timedelta(days=400)}, "ends_on"),
        ({"reason": " "}, "reason"),
        ({"to": None}, "to"),
    ],
)
def test_a_faulty_delegation_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    absent, gone = reviewer("security"), person()
    accounts.deactivate(user=gone, by=None)
    gone.refresh_from_db()
    for to in (absent, gone) if "to" in change else (person(),):
        with pytest.raises(InvalidError) as refused:
            stand_in("security", by=absent, **{**change, "to": to})
        assert refused.value.fields.keys() == {field}
    assert not Delegation.objects.exists()


def test_the_same_delegation_twice_is_refused_and_it_ends_once_by_its_two_people() -> None:
    absent, deputy = reviewer("security"), person()
    given = stand_in("security", by=absent, to=deputy)
    with pytest.raises(ConflictError, match="already"):
        stand_in("security", by=absent, to=deputy)
    with pytest.raises(NotAllowedError):
        services.end_delegation(delegation_id=given.pk, by=person(Role.ADMINISTRATOR))
    services.end_delegation(delegation_id=given.pk, by=absent)
    with pytest.raises(ConflictError, match="ended already"):
        services.end_delegation(delegation_id=given.pk, by=absent)
    stand_in("security", by=absent, to=deputy)
    assert not selectors.delegations(viewer=person(Role.ARCHITECT))
    assert selectors.delegations(viewer=deputy).count() == selectors.delegations(viewer=person(Role.AUDITOR)).count()
    react()
    assert heard(deputy) == [("review.delegated", "you stand in")] * 2


def test_administrators_name_lane_heads_and_never_themselves() -> None:
    admin, someone = person(Role.ADMINISTRATOR), person()
    with pytest.raises(NotAllowedError):
        services.set_lane_head(lane="security", person=admin, by=admin)
    with pytest.raises(NotAllowedError, match="administrator"):
        services.set_lane_head(lane="security", person=someone, by=person(Role.STEWARD))
    with pytest.raises(InvalidError):
        services.set_lane_head(lane="nobody", person=someone, by=admin)
    services.set_lane_head(lane="security", person=person(), by=admin)
    services.set_lane_head(lane="security", person=someone, by=admin)
    assert LaneHead.objects.get().person == someone
    services.remove_lane_head(lane="security", by=admin)
    with pytest.raises(NotFoundError):
        services.remove_lane_head(lane="security", by=admin)


def test_a_waiting_lane_shows_in_its_lane_alone(thing: Thing) -> None:
    asked = thing.ask(LaneAsk("security", (), 5))
    assert [lane for lane in ("security", "finance") if selectors.open_steps().filter(lane=lane)] == ["security"]
    assert asked.undecided == ["security"]
