"""Managing people, units, teams, roles, service accounts and shares: by page and by API, by whom, and who sees it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from apps.accounts import selectors, services
from apps.accounts.models import ApiToken, BusinessUnit, Lane, Membership, Role, Team, User, UserKind
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from tests.factories.people import PASSWORD, person, team, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> User:
    """An administrator of everything, whose browser `client` is."""
    found = person(Role.ADMINISTRATOR, name="admin")
    client.force_login(found)
    return found


def actions(subject: Any) -> list[str]:
    """The trail of one thing."""
    return list(
        AuditEvent.objects.filter(subject_id=str(subject.pk)).order_by("sequence").values_list("action", flat=True)
    )


def told(answer: Any) -> str:
    """What a page says, without what is new in each answer."""
    return str(answer.content.decode().split("<main")[1])


def as_somebody(user: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(user)
    return client


def test_a_person_is_added_without_any_role(client: Client, administrator: User) -> None:
    new = {"username": "ada", "display_name": "Ada Jones", "email": "ada@example.org", "password": PASSWORD}
    assert client.post("/people/new", new)["Location"] == "/people/ada/"
    ada = User.objects.get(username="ada")
    assert ada.check_password(PASSWORD)
    assert not ada.memberships.exists()
    assert actions(ada) == ["user.created"]
    without = {"username": "eve", "display_name": "Eve", "password": ""}
    client.post("/people/new", without)
    assert not User.objects.get(username="eve").has_usable_password()


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "a b"},
        {"username": "units"},
        {"username": "x" * 151},
        {"username": "ADMIN"},
        {"display_name": ""},
        {"email": "no address"},
        {"password": "short"},
        {"password": "password12345678"[:8]},
    ],
)
def test_a_person_that_cannot_be_is_an_error_of_the_form(
    client: Client, administrator: User, wrong: dict[str, str]
) -> None:
    answer = client.post("/people/new", {"username": "ada", "display_name": "Ada", "password": PASSWORD, **wrong})
    assert answer.status_code == 422
    assert User.objects.count() == 1


def test_everybody_sees_active_people_and_their_roles_and_no_more(administrator: User) -> None:
    clerk, leaver = person(Role.STEWARD, name="clerk"), person(name="leaver")
    User.objects.filter(pk=clerk.pk).update(email="clerk@example.org")
    services.deactivate(user=leaver, by=administrator)
    reader = as_somebody(person(name="reader"))
    page = reader.get("/people/").content.decode()
    assert "clerk" in page
    assert "Steward" in page
    assert "leaver" not in page
    assert "clerk@example.org" not in page
    own = reader.get("/people/clerk/").content.decode()
    assert "Steward" in own
    assert "clerk@example.org" not in own
    assert "What happened" not in own
    hidden, missing = (reader.get(f"/people/{name}/") for name in ("leaver", "nobody"))
    assert hidden.status_code == missing.status_code == 404
    assert told(hidden).replace("leaver", "nobody") == told(missing)


def test_administrators_see_who_left_and_more(client: Client, administrator: User) -> None:
    leaver = person(name="leaver")
    User.objects.filter(pk=leaver.pk).update(email="leaver@example.org")
    client.post("/people/leaver/deactivate")
    page = client.get("/people/").content.decode()
    assert "leaver@example.org" in page
    assert "Deactivated" in page
    assert "User deactivated" in client.get("/people/leaver/").content.decode()


def test_the_list_and_the_pages_agree(administrator: User) -> None:
    services.deactivate(user=person(name="leaver"), by=administrator)
    services.add_service_account(username="robot", display_name="", responsible=person(name="x"), by=administrator)
    for viewer in (administrator, person(Role.AUDITOR), person(Role.STEWARD), person()):
        caller = Caller(viewer)
        listed = {row["username"] for row in caller.get("people/?page_size=200")["results"]}
        names = User.objects.filter(kind=UserKind.PERSON).values_list("username", flat=True)
        browser = as_somebody(viewer)
        assert listed == {name for name in names if browser.get(f"/people/{name}/").status_code == 200}
        assert listed == {name for name in names if caller.send("GET", f"people/{name}/").status_code == 200}


def test_a_role_is_granted_and_revoked(client: Client, administrator: User) -> None:
    clerk, letters = person(name="clerk"), team("Letters")
    client.post("/people/clerk/roles/new", {"role": "reviewer", "lane": "security", "team": letters.pk})
    held = Membership.objects.get(user=clerk)
    assert (held.role, held.lane, held.team) == ("reviewer", "security", letters)
    client.post(f"/people/clerk/roles/{held.pk}/revoke")
    assert not clerk.memberships.exists()
    assert actions(clerk)[-2:] == ["role.granted", "role.revoked"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king"},
        {"role": "reviewer"},
        {"role": "steward", "lane": "security"},
        {"role": "steward", "unit": "x"},
        {"role": "steward", "both": "1"},
    ],
)
def test_a_role_that_cannot_be_is_refused(client: Client, administrator: User, wrong: dict[str, Any]) -> None:
    clerk = person(name="clerk")
    if wrong.pop("both", ""):
        wrong = {**wrong, "unit": unit().pk, "team": team().pk}
    assert client.post("/people/clerk/roles/new", wrong).status_code == 422
    assert not clerk.memberships.exists()


def test_nobody_grants_a_role_to_themselves(client: Client, administrator: User) -> None:
    assert client.post("/people/admin/roles/new", {"role": "auditor"}).status_code == 403
    assert administrator.memberships.count() == 1


def test_an_administrator_of_a_unit_manages_that_and_no_more() -> None:
    agency, board = unit("Agency"), unit("Board")
    bureau = services.add_unit(name="Bureau", parent=agency, by=None)
    local = person(Role.ADMINISTRATOR, unit=agency)
    clerk = person()
    services.grant(user=clerk, role=Role.STEWARD, unit=bureau, by=local)
    inside = services.add_team(name="Inside", unit=bureau, by=local)
    services.grant(user=clerk, role=Role.STEWARD, team=inside, by=local)
    outside = team("Outside", within=board)
    places: tuple[dict[str, Any], ...] = ({}, {"unit": board}, {"team": outside})
    for place in places:
        with pytest.raises(NotAllowedError):
            services.grant(user=clerk, role=Role.ADMINISTRATOR, by=local, **place)
    everywhere = services.grant(user=clerk, role=Role.FINOPS, by=None)
    forbidden: list[Callable[[], Any]] = [
        lambda: services.revoke(membership=everywhere, by=local),
        lambda: services.add_unit(name="X", parent=board, by=local),
        lambda: services.add_unit(name="X", parent=None, by=local),
        lambda: services.change_unit(unit=bureau, name="Bureau", parent=board, by=local),
        lambda: services.change_unit(unit=board, valid_from=None, valid_until=None, by=local),
        lambda: services.remove_unit(unit=board, by=local),
        lambda: services.add_team(name="X", unit=board, by=local),
        lambda: services.change_team(team=inside, name="Inside", description="", unit=board, by=local),
        lambda: services.close_team(team=outside, by=local),
        lambda: services.create_user(username="x", display_name="x", password=None, by=local),
        lambda: services.deactivate(user=clerk, by=local),
        lambda: services.reactivate(user=clerk, by=local),
        lambda: services.change_user(user=clerk, is_staff=True, by=local),
        lambda: services.set_password(user=clerk, password=PASSWORD, by=local),
        lambda: services.add_service_account(username="x", display_name="", responsible=clerk, by=local),
    ]
    before = AuditEvent.objects.count()
    for verb in forbidden:
        with pytest.raises(NotAllowedError):
            verb()
    assert AuditEvent.objects.count() == before


def test_only_a_superuser_touches_a_superuser(administrator: User) -> None:
    root = services.create_user(username="root", display_name="Root", password=PASSWORD, by=None, superuser=True)
    forbidden: list[Callable[[], Any]] = [
        lambda: services.deactivate(user=root, by=administrator),
        lambda: services.set_password(user=root, password="taken over, and long", by=administrator),
        lambda: services.change_user(user=root, email="me@example.org", by=administrator),
    ]
    for verb in forbidden:
        with pytest.raises(NotAllowedError):
            verb()
    root.refresh_from_db()
    assert root.is_active
    assert root.check_password(PASSWORD)


def test_nobody_deactivates_themselves(client: Client, administrator: User) -> None:
    assert client.post("/people/admin/deactivate").status_code == 403
    with pytest.raises(ConflictError):
        services.reactivate(user=administrator, by=None)


def test_units_are_added_moved_and_ended_by_page(client: Client, administrator: User) -> None:
    top = client.post("/people/units/new", {"name": "Agency"})["Location"]
    below = client.post("/people/units/new", {"name": "Bureau", "parent": top.split("/")[-2]})["Location"]
    assert "Agency / Bureau" in client.get("/people/units/").content.decode()
    assert client.post(f"{below}change", {"name": "Office", "parent": ""}).status_code == 302
    assert BusinessUnit.objects.get(name="Office").path == "Office"
    assert client.post(f"{below}term", {"valid_from": "2026-01-01", "valid_until": "2026-01-01"}).status_code == 422
    assert client.post(f"{below}term", {"valid_from": "2020-01-01", "valid_until": "2021-01-01"}).status_code == 302
    assert "Ended" in client.get(below).content.decode()
    assert client.post(f"{top}change", {"name": "Office", "parent": ""}).status_code == 422
    assert client.get(f"/people/units/{UUID(int=0)}/").status_code == 404


def test_a_team_is_founded_filled_changed_and_closed_by_page(client: Client, administrator: User) -> None:
    home, clerk = unit(), person(name="clerk")
    url = client.post("/people/teams/new", {"name": "Letters", "unit": home.pk})["Location"]
    assert client.post(f"{url}members/new", {"user": "nobody", "role": "steward"}).status_code == 422
    assert client.post(f"{url}members/new", {"user": "clerk", "role": "steward"}).status_code == 302
    assert "clerk" in client.get(url).content.decode()
    assert client.post(f"{url}change", {"name": "Post", "unit": home.pk}).status_code == 302
    held = Membership.objects.get(user=clerk)
    assert client.post(f"{url}members/{held.pk}/remove").status_code == 302
    assert not clerk.memberships.exists()
    assert client.post(f"{url}close").status_code == 302
    assert Team.objects.get().closed_at
    assert client.post(f"{url}members/new", {"user": "clerk", "role": "steward"}).status_code == 422
    assert client.post(f"{url}close").status_code == 409


def test_a_team_shows_to_its_people_and_to_those_who_administer_it() -> None:
    agency = unit("Agency")
    letters = team("Letters", within=services.add_unit(name="Bureau", parent=agency, by=None))
    sees = {
        "member": person(Role.STEWARD, team=letters), "auditor": person(Role.AUDITOR),
        "administrator": person(Role.ADMINISTRATOR), "local": person(Role.ADMINISTRATOR, unit=agency),
    }  # fmt: skip
    stranger, steward = person(Role.STEWARD, team=team("Other")), person(Role.STEWARD)
    elsewhere = person(Role.ADMINISTRATOR, unit=unit("Board"))
    for viewer in (*sees.values(), stranger, steward, elsewhere):
        fine = viewer in sees.values()
        browser, caller = as_somebody(viewer), Caller(viewer)
        assert (browser.get(f"/people/teams/{letters.pk}/").status_code == 200) is fine
        assert ("Letters" in browser.get("/people/teams/").content.decode()) is fine
        assert ("Letters" in {row["name"] for row in caller.get("teams/")["results"]}) is fine
        assert (caller.send("GET", f"teams/{letters.pk}/").status_code == 200) is fine


def test_a_unit_counts_the_teams_that_its_page_lists() -> None:
    agency = unit("Agency")
    letters = team("Letters", within=agency)
    team("Payments", within=agency)
    services.close_team(team=team("Closed", within=agency), by=None)
    expected = {
        person(Role.STEWARD, team=letters): 1, person(Role.ADMINISTRATOR, unit=agency): 2, person(Role.AUDITOR): 2,
        person(Role.STEWARD): 0, person(): 0,
    }  # fmt: skip
    for viewer, count in expected.items():
        found: Any = selectors.units(viewer=viewer).get()
        assert found.team_count == count
        listed = as_somebody(viewer).get(f"/people/units/{agency.pk}/").content.decode()
        assert sum(name in listed for name in ("Letters", "Payments")) == count
        assert set(Team.objects.visible_to(viewer)) == set(selectors.teams(viewer=viewer))


def test_a_service_account_acts_by_tokens_alone(client: Client, administrator: User) -> None:
    keeper, letters = person(name="keeper"), team("Letters")
    new = {"username": "nightly", "display_name": "Nightly import", "responsible": "keeper", "team": letters.pk}
    url = client.post("/people/service-accounts/new", new)["Location"]
    robot = User.objects.get(username="nightly")
    assert (robot.kind, robot.responsible, robot.owning_team) == ("service", keeper, letters)
    assert not robot.has_usable_password()
    client.post("/people/nightly/roles/new", {"role": "ai_engineer"})
    made = as_somebody(keeper).post(f"{url}tokens/new", {"name": "cron", "scopes": ["me:read"], "days": 30})
    text = made.content.decode().split('id="token-text" value="')[1].split('"')[0]
    told = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).json()
    assert (told["username"], told["roles"]) == ("nightly", ["ai_engineer"])
    client.post("/people/nightly/deactivate")
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    assert ApiToken.objects.get().state == "revoked"
    assert "robot" not in client.get("/people/").content.decode()


def test_a_service_account_shows_to_those_concerned(administrator: User) -> None:
    keeper, letters = person(), team("Letters")
    services.add_service_account(
        username="nightly", display_name="", responsible=keeper, team=letters, by=administrator
    )
    member, stranger = person(Role.STEWARD, team=letters), person(Role.STEWARD)
    for viewer, fine in ((keeper, True), (member, True), (administrator, True), (stranger, False)):
        browser = as_somebody(viewer)
        assert (browser.get("/people/service-accounts/nightly/").status_code == 200) is fine
        assert ("nightly" in browser.get("/people/service-accounts/").content.decode()) is fine
        assert (Caller(viewer).send("GET", "people/nightly/").status_code == 200) is fine
    assert as_somebody(member).get("/people/service-accounts/nightly/tokens/new").status_code == 403
    assert as_somebody(stranger).get("/people/service-accounts/nightly/tokens/new").status_code == 404


@pytest.mark.parametrize("wrong", ["nobody", "leaver", "robot"])
def test_only_an_active_person_answers_for_a_service_account(client: Client, administrator: User, wrong: str) -> None:
    services.deactivate(user=person(name="leaver"), by=administrator)
    services.add_service_account(username="robot", display_name="", responsible=administrator, by=administrator)
    new = {"username": "nightly", "responsible": wrong}
    assert client.post("/people/service-accounts/new", new).status_code == 422


def test_who_leaves_their_service_accounts_alone_is_shown(client: Client, administrator: User) -> None:
    keeper = person(name="keeper")
    robot = services.add_service_account(username="robot", display_name="", responsible=keeper, by=administrator)
    client.post("/people/keeper/deactivate")
    assert "name another" in client.get("/people/service-accounts/").content.decode()
    assert "nobody answers for them" in client.get("/people/keeper/").content.decode()
    client.post("/people/service-accounts/robot/change", {"display_name": "Robot", "responsible": "admin"})
    robot.refresh_from_db()
    assert robot.responsible == administrator


def test_the_api_manages_roles_units_and_teams(administrator: User) -> None:
    clerk, caller = person(name="clerk"), Caller(administrator)
    top = caller.post("units/", {"name": "Agency"})
    caller.post("units/", {"name": "Bureau", "parent": "Agency"})
    made = caller.post("teams/", {"name": "Letters", "unit": "Agency / Bureau"})
    granted = caller.post("people/clerk/roles/", {"role": "reviewer", "lane": "legal", "team": "Letters"})
    assert (granted["team"], granted["lane"]) == ("Letters", "legal")
    assert caller.get("people/clerk/")["memberships"][0]["id"] == granted["id"]
    assert caller.get(f"teams/{made['id']}/")["members"][0]["username"] == "clerk"
    assert Caller(clerk).get("people/admin/")["memberships"] == []
    refused = caller.post("people/clerk/roles/", {"role": "reviewer"}, status=422)
    assert "lane" in refused["errors"]
    assert caller.get("units/?q=bureau")["count"] == 1
    assert caller.get(f"units/{top['id']}/")["path"] == "Agency"
    assert caller.get("people/%00/", status=404)["code"] == "not-found"


def tagged(client: Client, method: str, path: str, etag: str, body: Any = None, **headers: str) -> Any:
    """A write that names the state it was made for."""
    return client.generic(
        method, f"/api/v1/{path}", body or "", "application/json", CONTENT_TYPE="application/json",
        headers={"If-Match": etag, **headers},
    )  # fmt: skip


def test_the_api_changes_what_was_read(client: Client, administrator: User) -> None:
    bureau, letters = unit("Bureau"), team("Letters")
    for path, body in ((f"units/{bureau.pk}/", '{"name": "Office"}'), (f"teams/{letters.pk}/", '{"name": "Post"}')):
        etag = client.get(f"/api/v1/{path}")["ETag"]
        assert tagged(client, "PATCH", path, etag, body).status_code == 200
        assert tagged(client, "PATCH", path, etag, body).status_code == 412
    ended = '{"valid_from": "2020-01-01", "valid_until": "2021-01-01"}'
    path = f"units/{bureau.pk}/"
    assert tagged(client, "PATCH", path, client.get(f"/api/v1/{path}")["ETag"], ended).status_code == 200
    bureau.refresh_from_db()
    assert (bureau.name, bureau.is_open) == ("Office", False)
    path = f"teams/{letters.pk}/"
    assert tagged(client, "POST", f"{path}close/", client.get(f"/api/v1/{path}")["ETag"]).status_code == 200
    clerk = person(Role.STEWARD, name="clerk")
    held = clerk.memberships.get()
    assert tagged(client, "DELETE", f"people/clerk/roles/{held.pk}/", "*").status_code == 204
    assert not clerk.memberships.exists()


def test_a_closed_or_unknown_place_takes_no_role(administrator: User) -> None:
    letters = team("Letters")
    services.close_team(team=letters, by=administrator)
    with pytest.raises(ConflictError):
        services.grant(user=person(), role=Role.STEWARD, team=letters, by=administrator)
    with pytest.raises(InvalidError):
        services.grant(user=person(), role=Role.STEWARD, lane=Lane.LEGAL, by=administrator)
