"""What administrators of one team or unit may see and do there, and what of the rest stays hidden from them."""

from uuid import UUID

import pytest
from django.test import Client

from apps.accounts import services
from apps.accounts.models import Role, Team, User
from tests.factories.people import person, team, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters() -> Team:
    """A team of the unit Agency / Bureau."""
    return team("Letters", within=services.ensure_unit(names=["Agency", "Bureau"], by=None))


@pytest.fixture
def robot(letters: Team) -> User:
    """The team's service account, which somebody of no team answers for."""
    keeper = person(Role.ADMINISTRATOR)
    return services.add_service_account(
        username="nightly", display_name="", responsible=keeper, team=letters, by=keeper
    )


def as_somebody(user: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(user)
    return client


def test_whoever_administers_a_team_runs_its_service_accounts(letters: Team, robot: User) -> None:
    assert robot.responsible is not None
    for place in ({"unit": letters.unit}, {"team": letters}):
        browser = as_somebody(person(Role.ADMINISTRATOR, **place))
        token, _ = services.issue_token(owner=robot, name="cron", scopes=["me:read"], by=robot.responsible)
        page = browser.get("/people/service-accounts/nightly/")
        assert "cron" in page.content.decode()
        assert browser.get("/people/service-accounts/nightly/change").status_code == 200
        assert browser.post(f"/account/tokens/{token.pk}/revoke").status_code == 302
        token.refresh_from_db()
        assert token.state == "revoked"
    elsewhere = as_somebody(person(Role.ADMINISTRATOR, unit=unit("Board")))
    assert elsewhere.get("/people/service-accounts/nightly/").status_code == 404


def test_an_administrator_of_a_unit_comes_to_the_service_account_they_added(letters: Team) -> None:
    browser = as_somebody(person(Role.ADMINISTRATOR, unit=letters.unit, name="local"))
    sent = browser.post("/people/service-accounts/new", {"username": "x", "responsible": "local", "team": letters.pk})
    assert browser.get(sent["Location"]).status_code == 200


def test_an_administrator_of_a_team_renames_it_and_moves_it_nowhere(letters: Team) -> None:
    browser = as_somebody(person(Role.ADMINISTRATOR, team=letters))
    assert (
        browser.post(f"/people/teams/{letters.pk}/change", {"name": "Post", "unit": letters.unit_id}).status_code == 302
    )
    letters.refresh_from_db()
    assert letters.name == "Post"
    board = unit("Board")
    assert browser.post(f"/people/teams/{letters.pk}/change", {"name": "Post", "unit": board.pk}).status_code == 403


def test_a_role_held_elsewhere_is_missing_to_a_local_administrator(letters: Team) -> None:
    local = person(Role.ADMINISTRATOR, unit=letters.unit)
    clerk = person(Role.STEWARD, team=letters, name="clerk")
    here = clerk.memberships.get()
    others = [
        services.grant(user=clerk, role=Role.STEWARD, team=team("Other"), by=None),
        services.grant(user=clerk, role=Role.STEWARD, unit=unit("Board"), by=None),
        services.grant(user=clerk, role=Role.STEWARD, by=None),
    ]
    caller, browser = Caller(local), as_somebody(local)
    assert caller.get(f"people/clerk/roles/{here.pk}/")["team"] == "Letters"
    missing = caller.get(f"people/clerk/roles/{UUID(int=0)}/", status=404)["detail"]
    for held in others:
        assert caller.get(f"people/clerk/roles/{held.pk}/", status=404)["detail"] == missing
        assert browser.post(f"/people/clerk/roles/{held.pk}/revoke").status_code == 404
    assert browser.post(f"/people/clerk/roles/{here.pk}/revoke").status_code == 302


def test_a_unit_is_renamed_from_above(letters: Team) -> None:
    agency = letters.unit.parent
    assert agency is not None
    browser = as_somebody(person(Role.ADMINISTRATOR, unit=agency))
    for place, fine in ((agency, False), (letters.unit, True)):
        assert ("Rename or move" in browser.get(f"/people/units/{place.pk}/").content.decode()) is fine
        assert (browser.get(f"/people/units/{place.pk}/change").status_code == 200) is fine
        assert browser.get(f"/people/units/{place.pk}/term").status_code == 200


def test_a_form_that_would_grant_oneself_a_role_is_refused_at_once() -> None:
    person(Role.ADMINISTRATOR, name="admin")
    browser = as_somebody(User.objects.get(username="admin"))
    assert browser.get("/people/admin/roles/new").status_code == 403


def test_a_superuser_without_a_role_is_told_that_somebody_is_cut_off() -> None:
    person(name="leaver")
    root = services.create_user(username="root", display_name="Root", password=None, by=None, superuser=True)
    assert Caller(root).post("people/leaver/deactivate/", status=200)["is_active"] is False
