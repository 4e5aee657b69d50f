"""Overturning a rejection is offered to whoever would not be refused, and to nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.core.errors import DomainError
from apps.reviews import services
from apps.reviews.models import Outcome, ReviewRequest
from apps.reviews.subjects import LaneAsk
from tests.factories.people import person
from tests.factories.reviewed import Thing, board, decide
from tests.integration.test_notifications import browse

pytestmark = pytest.mark.django_db


def rejected(thing: Thing, by: User) -> ReviewRequest:
    """A request that somebody of finance rejected, where `by` decided in the lane beside it."""
    request = thing.ask(LaneAsk("legal", (), 5), LaneAsk("finance", (), 5))
    decide(request, "legal", by)
    return decide(request, "finance", outcome=Outcome.REJECT)


def plainly(thing: Thing, by: User) -> ReviewRequest:
    """Finance rejected it, and that is all."""
    return decide(thing.ask(), "finance", outcome=Outcome.REJECT)


def by_the_board(thing: Thing, by: User) -> ReviewRequest:
    """The board itself rejected it."""
    return decide(thing.ask(LaneAsk("board", (), 5)), "board", outcome=Outcome.REJECT)


def where_they_decided(thing: Thing, by: User) -> ReviewRequest:
    """The member decided in another lane of it."""
    accounts.grant(user=by, role=Role.REVIEWER, lane=Lane.LEGAL, by=None)
    by.forget_held()
    return rejected(thing, by)


def with_a_part(thing: Thing, by: User) -> ReviewRequest:
    """The member has a part in it by now."""
    request = plainly(thing, by)
    thing.involved = {by.pk}
    return request


def with_a_newer_one(thing: Thing, by: User) -> ReviewRequest:
    """It was submitted again since."""
    request = plainly(thing, by)
    thing.ask()
    return request


def with_another_content(thing: Thing, by: User) -> ReviewRequest:
    """Its content changed since."""
    request = plainly(thing, by)
    thing.fields["Cost"] = "1"
    return request


def without_what_it_needs(thing: Thing, by: User) -> ReviewRequest:
    """It lost its evidence since."""
    request = plainly(thing, by)
    thing.objection = "its evaluation"
    return request


REFUSED = [
    by_the_board, where_they_decided, with_a_part, with_a_newer_one, with_another_content, without_what_it_needs,
]  # fmt: skip


@pytest.mark.parametrize("story", [plainly, *REFUSED])
def test_overturning_is_offered_exactly_where_it_is_not_refused(thing: Thing, story: Callable[..., Any]) -> None:
    member = board()
    request = story(thing, member)
    page = reverse("reviews:detail", args=[request.pk])
    offered = "Overturn the rejection" in browse(member).get(page).content.decode()
    assert "Overturn the rejection" not in browse(person()).get(page).content.decode()
    try:
        services.overturn(request_id=request.pk, reason="Affordable.", by=User.objects.get(pk=member.pk))
    except DomainError:
        assert not offered
    else:
        assert offered
    assert offered == (story is plainly)
