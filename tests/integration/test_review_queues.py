"""Lists of reviews and conditions as queues: whose turn it is, in which lane, and what is late."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.reviews import services
from apps.reviews.models import Condition, Outcome, ReviewRequest
from tests.factories import cases
from tests.factories.people import person
from tests.factories.reviewed import BOTH, Thing, decide, reviewer
from tests.integration.test_notifications import browse

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


def listed(who: User, **query: str) -> set[str]:
    """The ids of the reviews that the page lists for somebody."""
    answer = browse(who).get("/reviews/", query)
    assert answer.status_code == 200
    return {str(row.pk) for row in ReviewRequest.objects.all() if f"/reviews/{row.pk}/" in answer.content.decode()}


def found(who: User, kind: str = "reviews", **query: str) -> set[str]:
    """The ids that the API lists for somebody."""
    answer = browse(who).get(f"/api/v1/{kind}/", query)
    assert answer.status_code == 200
    return {row["id"] for row in answer.json()["results"]}


def ids(*rows: Any) -> set[str]:
    """The ids of rows."""
    return {str(row.pk) for row in rows}


@pytest.mark.parametrize("ask", [listed, found])
def test_reviews_are_found_by_the_lane_that_must_decide_yet(make: Make, ask: Callable[..., set[str]]) -> None:
    both, one = make().ask(), make().ask()
    decide(one, "security")
    reader = person()
    assert ask(reader, lane="security") == ids(both)
    assert ask(reader, lane="finance") == ids(both, one)
    assert ask(reader, lane="legal") == set()


@pytest.mark.parametrize(("ask", "yes"), [(listed, "yes"), (found, "true")])
def test_reviews_are_found_by_whom_they_wait_for(make: Make, ask: Callable[..., set[str]], yes: str) -> None:
    someone = reviewer("security")
    waits, decided, barred = make().ask(), make().ask(), make().ask(barred=[someone.pk])
    decide(decided, "security", someone)
    assert ask(someone, waits_for_me=yes) == ids(waits)
    assert ask(person(), waits_for_me=yes) == set()
    if ask is found:
        assert ask(someone, waits_for_me="false") == ids(decided, barred)


@pytest.mark.parametrize(("ask", "yes"), [(listed, "yes"), (found, "true")])
def test_reviews_are_found_when_the_time_of_a_lane_is_over(
    make: Make, ask: Callable[..., set[str]], yes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    security, finance = make().ask(BOTH[0]), make().ask(BOTH[1])
    assert ask(person(), overdue=yes) == set()
    later, reader = timezone.now() + timedelta(days=6), person()
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert ask(reader, overdue=yes) == ids(security)
    if ask is found:
        assert ask(reader, overdue="false") == ids(finance)


def test_reviews_are_found_by_their_gate_over_the_api(make: Make) -> None:
    first, second = make().ask(gate="G1"), make().ask()
    assert found(person(), gate="G1") == ids(first)
    assert found(person(), gate="G2") == ids(second)


def conditional(thing: Thing, **change: Any) -> Condition:
    """A condition of an approval."""
    asked = [cases.condition(**change)]
    decide(thing.ask(BOTH[0]), "security", outcome=Outcome.APPROVE_WITH_CONDITIONS, conditions=asked)
    return Condition.objects.latest("created_at")


def test_conditions_are_found_by_state_and_by_whose_they_are(make: Make) -> None:
    made = {state: conditional(make()) for state in ("open", "handed_in", "verified", "refused")}
    for state in ("handed_in", "verified", "refused"):
        services.meet_condition(condition_id=made[state].pk, evidence="Done.", by=made[state].owner)
    for state in ("verified", "refused"):
        services.verify_condition(
            condition_id=made[state].pk, accepted=state == "verified", reason="Seen.", by=made[state].verifier
        )
    for state, row in made.items():
        assert found(person(), "conditions", state=state) == ids(row)
        assert found(row.owner, "conditions", owner="me") == ids(row)
        assert found(row.verifier, "conditions", verifier="me") == ids(row)
        assert found(person(), "conditions", verifier=row.verifier.username) == ids(row)


def test_conditions_are_found_when_their_day_is_over_and_nobody_verified(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timezone.now().date()
    late, later = conditional(make(), due_on=day), conditional(make())
    assert found(person(), "conditions", overdue="true") == set()
    tomorrow, reader = timezone.now() + timedelta(days=1), person()
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert found(reader, "conditions", overdue="true") == ids(late)
    assert found(reader, "conditions", overdue="false") == ids(later)
