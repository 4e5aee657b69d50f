"""Who is told of a sign-in past single sign-on, and of what a leaver leaves behind."""

import pytest
from pytest_django import Settings

from apps.accounts import services as accounts
from apps.accounts.models import Role
from apps.notifications.models import Notification
from tests.factories import cases, told
from tests.factories.people import person, team, unit
from tests.integration.test_notifications import browse, heard, react

pytestmark = pytest.mark.django_db


def test_who_oversees_everything_is_told_of_each_sign_in_past_single_sign_on(settings: Settings) -> None:
    settings.PASSWORD_SIGN_IN = False
    overseers = [person(Role.AUDITOR), person(Role.ADMINISTRATOR)]
    others = [person(Role.STEWARD), person(Role.AUDITOR, unit=unit()), person(Role.ADMINISTRATOR, team=team())]
    root = person(Role.ADMINISTRATOR)
    for _ in range(2):
        accounts.note_session(user=root, door="admin")
    react()
    assert [heard(who) for who in (*overseers, root)] == [[("break_glass.used", "you oversee the portal")] * 2] * 3
    assert [heard(who) for who in others] == [[]] * 3
    (first, _) = Notification.objects.filter(person=overseers[0])
    assert f"{root} signed in by password in the admin" in first.title
    page = browse(overseers[0]).get(first.url).content.decode()
    assert "Break glass used" in page


def test_administrators_over_a_leaver_are_told_what_needs_somebody_else() -> None:
    sales, agency = unit("Sales"), unit("Agency")
    leaver = person(Role.BUSINESS_OWNER, Role.STEWARD, unit=sales, name="leaver")
    over = [person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR, unit=sales)]
    others = [person(Role.ADMINISTRATOR, unit=agency), person(Role.ADMINISTRATOR, team=team()), person(Role.AUDITOR)]
    kept = cases.case(by=leaver, business_unit=sales)
    hidden = told.restricted(cases.case(by=leaver, business_unit=agency), team())
    cases.submitted(cases.case(business_unit=sales))
    accounts.add_service_account(username="robot", display_name="Robot", responsible=leaver, by=over[0])
    react()
    Notification.objects.all().delete()
    accounts.deactivate(user=leaver, by=over[0])
    react()
    assert [heard(who) for who in over] == [[("user.deactivated", "you administer a unit of theirs")]] * 2
    assert [heard(who) for who in (*others, leaver)] == [[]] * 4
    everything, ours = (Notification.objects.get(person=who) for who in over)
    assert everything.title == (
        f"leaver has left. Use cases without an owner: {kept.ref}, {hidden.ref}. Open reviews that waited for them: 1. "
        "Service accounts nobody answers for: robot."
    )
    assert ours.title == everything.title.replace(f", {hidden.ref}", "").partition(" Service")[0]
    assert kept.title in browse(over[1]).get(ours.url).content.decode()


def test_a_leaver_who_leaves_nothing_behind_is_not_told_of_and_each_leaving_is() -> None:
    keeper, owner, idle = person(Role.ADMINISTRATOR), person(Role.BUSINESS_OWNER), person(Role.BUSINESS_OWNER)
    case = cases.case(by=owner)
    accounts.deactivate(user=idle, by=keeper)
    back = accounts.reactivate(user=accounts.deactivate(user=owner, by=keeper), by=keeper)
    react()
    assert heard(keeper) == []
    for _ in range(2):
        accounts.deactivate(user=back, by=keeper)
        react()
        back = accounts.reactivate(user=back, by=keeper)
    assert [event for event, _ in heard(keeper)] == ["user.deactivated"] * 2
    assert case.ref in Notification.objects.filter(person=keeper)[0].title


def test_of_many_things_left_behind_five_are_named() -> None:
    keeper, owner = person(Role.ADMINISTRATOR), person(Role.BUSINESS_OWNER)
    left = [cases.case(by=owner) for _ in range(7)]
    accounts.deactivate(user=owner, by=keeper)
    react()
    title = Notification.objects.get(person=keeper).title
    assert title.endswith(f"{', '.join(case.ref for case in left[:5])} and 2 more.")
