"""What the review engine says beforehand and what it does then: two places that answer one question agree."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.reviews import selectors, services
from apps.reviews.models import Condition, Outcome, Via
from tests.factories import cases
from tests.factories.people import person, team
from tests.factories.reviewed import BOTH, Thing, decide, reviewer

pytestmark = pytest.mark.django_db


# The way ahead, and the lanes once they are asked.


def test_the_way_ahead_names_those_who_decide_once_it_is_asked_and_no_others(thing: Thing) -> None:
    answering, later, free = (reviewer("security") for _ in range(3))
    admin = person(Role.ADMINISTRATOR)
    accounts.grant(user=answering, role=Role.REVIEWER, lane=Lane.FINANCE, by=None)
    program = accounts.add_service_account(
        username="pipeline", display_name="Pipeline", responsible=answering, by=admin
    )
    thing.involved = {later.pk}
    ahead = selectors.route(thing.subject, BOTH, [program.pk])
    request = thing.ask(barred=[program.pk])
    assert [(step.people, step.via) for step in ahead] == [([free], Via.POOL), ([], Via.NOBODY)]
    assert [(step.people, step.via) for step in ahead] == [selectors.pool(ask.key, request) for ask in BOTH]


# Who verifies a condition: whom it is told, who sees it, and whom the service lets.


def leaves(condition: Condition, thing: Thing) -> None:
    """Its verifier leaves."""
    accounts.deactivate(user=condition.verifier, by=None)


def takes_part(condition: Condition, thing: Thing) -> None:
    """Its verifier takes a part later."""
    thing.involved = {condition.verifier_id}


def answers_for_a_part(condition: Condition, thing: Thing) -> None:
    """A program that its verifier answers for takes a part."""
    program = accounts.add_service_account(
        username="pipeline", display_name="Pipeline", responsible=condition.verifier, by=person(Role.ADMINISTRATOR)
    )
    thing.involved = {program.pk}


def steps_back(condition: Condition, thing: Thing) -> None:
    """Its verifier, who decides in another lane, steps back there."""
    accounts.grant(user=condition.verifier, role=Role.REVIEWER, lane=Lane.FINANCE, by=None)
    condition.verifier.forget_held()
    services.recuse(request_id=thing.ask(BOTH[1]).pk, reason="I know them.", by=condition.verifier)


def stands_in_for_the_owner(condition: Condition, thing: Thing) -> None:
    """Its verifier stands in for whoever asked."""
    day = timezone.now().date()
    accounts.grant(user=thing.owner, role=Role.REVIEWER, lane=Lane.LEGAL, by=None)
    thing.owner.forget_held()
    services.delegate(lane="legal", to=condition.verifier, starts_on=day, ends_on=day, reason="Leave.", by=thing.owner)


def handed_it_in(condition: Condition, thing: Thing) -> None:
    """Its verifier handed it in while they had a part, which they have no more."""
    Condition.objects.filter(pk=condition.pk).update(handed_in_by=condition.verifier)


def goes_on(condition: Condition, thing: Thing) -> None:
    """Nothing happens."""


def the_decider_goes(condition: Condition, thing: Thing) -> None:
    """Its verifier leaves, and whoever decided steps back."""
    leaves(condition, thing)
    services.recuse(request_id=thing.ask(BOTH[0], gate="G3").pk, reason="Mine.", by=condition.decision.actor)


SEEN = [goes_on, leaves, steps_back, handed_it_in, the_decider_goes]
# Of these the lane is told, and may verify, but `to_verify` cannot find them in its one statement.
ONLY_TOLD = [takes_part, answers_for_a_part, stands_in_for_the_owner]


@pytest.mark.parametrize("story", [*SEEN, *ONLY_TOLD])
@pytest.mark.parametrize("others", [True, False])
def test_who_is_told_who_sees_and_who_may_verify_a_condition_agree(
    thing: Thing, story: Callable[[Condition, Thing], None], *, others: bool
) -> None:
    decider, head, steward = reviewer("security"), person(), person(Role.STEWARD)
    services.set_lane_head(lane="security", person=head, by=None)
    lane = [reviewer("security"), reviewer("security", team=team())] if others else []
    asked = cases.condition(owner=lane[1] if others else person())
    decide(thing.ask(BOTH[0]), "security", decider, outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=[asked])
    condition = Condition.objects.get()
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    story(Condition.objects.get(), thing)
    condition = Condition.objects.get()
    told = selectors.verifiers(condition)
    everybody = {user.pk: user for user in User.objects.all()}
    assert told == {key for key, user in everybody.items() if not selectors.bar_to_verifying(user, condition)}
    seen = {key for key, user in everybody.items() if condition in selectors.to_verify(user)}
    assert seen == told if story in SEEN else seen <= {condition.verifier_id}
    theirs = {decider.pk, *(other.pk for other in lane[:1])}
    able: dict[Any, Any] = {goes_on: {condition.verifier_id}, the_decider_goes: theirs - {decider.pk}}
    assert told == able.get(story, theirs)
    assert head.pk not in told
    assert steward.pk not in told


def test_a_verifier_with_a_part_does_not_see_what_they_may_not_verify(thing: Thing) -> None:
    decide(thing.ask(BOTH[0]), "security", outcome=Outcome.APPROVE_WITH_CONDITIONS)
    condition = Condition.objects.get()
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    assert selectors.to_verify(condition.verifier)
    takes_part(condition, thing)
    assert not selectors.to_verify(condition.verifier)


def test_what_waits_for_a_verifier_can_be_counted_in_one_statement(thing: Thing) -> None:
    someone = reviewer("security")
    decide(thing.ask(BOTH[0]), "security", outcome=Outcome.APPROVE_WITH_CONDITIONS)
    condition = Condition.objects.get()
    services.meet_condition(condition_id=condition.pk, evidence="Done.", by=condition.owner)
    leaves(condition, thing)
    rows, owed = selectors.to_verify(someone), selectors.owed_by(someone)
    with CaptureQueriesContext(connection) as queries:
        assert owed[:5].union(rows[:5], all=True).count() == 1
    assert len(queries) == 1
