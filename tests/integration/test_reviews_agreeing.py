"""What the review engine says beforehand and what it does then: two places that answer one question agree."""

from collections.abc import Callable, Iterator

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role
from apps.reviews import selectors
from apps.reviews.models import Via
from tests.factories.people import person
from tests.factories.reviewed import BOTH, Thing, reviewable, reviewer

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes things to review."""
    with reviewable() as making:
        yield making


@pytest.fixture
def thing(make: Make) -> Thing:
    """Something that security and finance decide on."""
    return make()


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
