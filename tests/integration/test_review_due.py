"""The day by which a case that came here in operation must be reviewed: who is told, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.notifications.models import Notification
from apps.portal import selectors as portal
from apps.reviews import services as reviews
from apps.usecases import selectors, services
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person
from tests.integration.test_notifications import heard, react

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Somebody who owns cases."""
    return person(Role.BUSINESS_OWNER)


def due_in(days: int, *, by: User, **record: Any) -> UseCase:
    """A case that must be reviewed in so many days."""
    case = cases.case(by=by, **record)
    case.review_due_on = timezone.now().date() + timedelta(days=days)
    case.save(update_fields=["review_due_on"])
    return case


def found(when: str) -> set[UseCase]:
    """The cases that are due then."""
    return set(selectors.due(UseCase.objects.all(), when))


def test_a_cleared_case_is_due_no_more(owner: User) -> None:
    waits, cleared = due_in(-1, by=owner), due_in(-1, by=owner)
    cases.decided(cases.submitted(cleared))
    for when in ("overdue", "dated", "now"):
        assert found(when) == {waits}


def test_my_work_tells_owner_and_sponsor_unless_the_review_is_asked_for(owner: User) -> None:
    sponsor = person(Role.BUSINESS_OWNER)
    late, far = due_in(-2, by=owner, sponsor=sponsor), due_in(80, by=owner, sponsor=sponsor)
    for someone in (owner, sponsor):
        (need,) = portal.needs(someone)
        assert (need.title, need.verb) == (late.title, "Submit it")
        assert need.age
        assert need.age.word == "2 days over"
        assert portal.open_count(someone) == 1
    cases.submitted(late)
    assert not portal.needs(owner)
    assert far.review_due_on


def test_a_due_case_that_came_back_stands_in_my_work_once(owner: User) -> None:
    case = due_in(-2, by=owner)
    cases.submitted(case)
    services.edit(use_case=case, version=case.version, by=owner, purpose="Something else altogether.")
    assert len(portal.needs(owner)) == portal.open_count(owner) == 1


@pytest.mark.parametrize(("days", "times"), [(15, 0), (14, 1), (12, 1), (9, 0), (0, 1), (-2, 1), (-9, 0)])
def test_owner_and_sponsor_are_reminded_before_the_day_and_on_it(owner: User, days: int, times: int) -> None:
    sponsor = person(Role.BUSINESS_OWNER)
    due_in(days, by=owner, sponsor=sponsor)
    for _ in range(2):
        services.remind_of_reviews(on=timezone.now().date())
        react()
    assert heard(owner).count(("use_case.review_due", "you own it")) == times
    assert heard(sponsor).count(("use_case.review_due", "you sponsor it")) == times


def test_over_a_month_each_is_told_exactly_twice(owner: User) -> None:
    due_in(20, by=owner)
    for day in range(30):
        services.remind_of_reviews(on=timezone.now().date() + timedelta(days=day))
    react()
    assert [event for event, _ in heard(owner)].count("use_case.review_due") == 2


@pytest.mark.parametrize(("days", "said"), [(14, "is due by"), (0, "is due by"), (-1, "was due by")])
def test_a_review_was_due_only_once_its_day_has_passed(owner: User, days: int, said: str) -> None:
    due_in(days, by=owner)
    services.remind_of_reviews(on=timezone.now().date())
    react()
    assert f"its review {said} " in Notification.objects.get(person=owner, event="use_case.review_due").title


@pytest.mark.parametrize("days", [14, 0, -1])
def test_nobody_is_reminded_to_submit_what_is_in_review_until_it_is_taken_back(owner: User, days: int) -> None:
    case = due_in(days, by=owner)
    request = cases.submitted(case)
    assert services.remind_of_reviews(on=timezone.now().date()) == 0
    reviews.withdraw(request_id=request.pk, by=owner)
    assert services.remind_of_reviews(on=timezone.now().date()) == 1


def test_nobody_is_reminded_of_what_is_cleared(owner: User) -> None:
    case = due_in(0, by=owner)
    cases.decided(cases.submitted(case))
    assert services.remind_of_reviews(on=timezone.now().date()) == 0
