"""A unit that has ended keeps what names it and takes nothing new; a change of a unit is done whole or not at all."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.forms import GrantForm, TeamForm, UnitForm
from apps.accounts.models import BusinessUnit, Membership, Role, User
from apps.audit.models import AuditEvent
from apps.core import choosing
from apps.core.errors import InvalidError
from tests.factories.people import person, team, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended() -> BusinessUnit:
    """A unit that ended today."""
    return services.change_unit(unit=unit("Mint"), valid_until=timezone.localdate(), by=None)


def later() -> BusinessUnit:
    """A unit that begins tomorrow."""
    return services.change_unit(unit=unit("Later"), valid_from=timezone.localdate() + timedelta(days=1), by=None)


@pytest.mark.parametrize(
    ("field", "verb"),
    [
        ("parent", lambda ended: services.add_unit(name="Coins", parent=ended, by=None)),
        ("parent", lambda ended: services.ensure_unit(names=[ended.name, "Coins"], by=None)),
        ("parent", lambda ended: services.change_unit(unit=unit("Coins"), parent=ended, by=None)),
        ("unit", lambda ended: services.grant(user=person(), role=Role.STEWARD, unit=ended, by=None)),
        ("unit", lambda ended: services.add_team(name="Coins", unit=ended, by=None)),
        (
            "unit",
            lambda ended: services.change_team(team=team(), name="Coins", description="", unit=ended, by=None),
        ),
    ],
)
@pytest.mark.parametrize("closed", ["ended", "later"])
def test_a_unit_that_does_not_exist_today_takes_nothing_new(
    ended: BusinessUnit, field: str, verb: Callable[[BusinessUnit], Any], closed: str
) -> None:
    place = ended if closed == "ended" else later()
    with pytest.raises(InvalidError) as refused:
        verb(place)
    assert "does not exist today" in refused.value.fields[field][0]
    assert not BusinessUnit.objects.filter(parent=place).exists()


def test_what_hangs_below_an_ended_unit_is_renamed_and_stays_there() -> None:
    mint = unit("Mint")
    coins = services.add_unit(name="Coins", parent=mint, by=None)
    letters = team("Letters", within=mint)
    held = services.grant(user=person(), role=Role.STEWARD, unit=mint, by=None)
    mint = services.change_unit(unit=mint, valid_until=timezone.localdate(), by=None)
    assert services.change_unit(unit=coins, name="Medals", parent=mint, by=None).path == "Mint / Medals"
    assert services.change_team(team=letters, name="Post", description="", unit=mint, by=None).name == "Post"
    assert Membership.objects.filter(pk=held.pk).exists()


def test_forms_offer_open_units_and_the_one_that_is_there_now(ended: BusinessUnit) -> None:
    viewer, other = person(Role.ADMINISTRATOR), unit("Other")
    for form, name in ((UnitForm, "parent"), (TeamForm, "unit"), (GrantForm, "unit")):
        assert list(form(viewer=viewer).fields[name].queryset) == [other]  # type: ignore[attr-defined]
    for form, name in ((UnitForm, "parent"), (TeamForm, "unit")):
        kept = form(viewer=viewer, initial={name: ended}).fields[name].queryset  # type: ignore[attr-defined]
        assert set(kept) == {ended, other}
    assert "Mint" not in choosing.suggestions("unit", "Mi", viewer=viewer)


def test_a_team_of_an_ended_unit_is_renamed_by_its_page(client: Client) -> None:
    letters = team("Letters", within=unit("Mint"))
    services.change_unit(unit=letters.unit, valid_until=timezone.localdate(), by=None)
    client.force_login(person(Role.ADMINISTRATOR))
    sent = client.post(f"/people/teams/{letters.pk}/change", {"name": "Post", "unit": letters.unit_id})
    assert sent.status_code == 302, sent.content


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "New", "valid_from": "2026-02-01", "valid_until": "2026-01-01"},
        {"parent": "Other", "valid_from": "2026-02-01", "valid_until": "2026-02-01"},
        {"parent": "Mint", "valid_until": "2030-01-01"},
        {"name": "Other", "parent": None, "valid_until": "2030-01-01"},
        {"name": "a / b", "valid_until": "2030-01-01"},
    ],
)
def test_a_refused_change_of_a_unit_leaves_nothing(ended: BusinessUnit, wrong: dict[str, Any]) -> None:
    unit("Other")
    place = services.add_unit(name="Coins", parent=unit("Agency"), by=None)
    caller = Caller(person(Role.ADMINISTRATOR))
    before, events = caller.get(f"units/{place.pk}/"), AuditEvent.objects.count()
    refused = caller.send("PATCH", f"units/{place.pk}/", json.dumps(wrong).encode())
    assert refused.status_code in (409, 422), refused.content
    assert caller.get(f"units/{place.pk}/") == before
    assert AuditEvent.objects.count() == events


def test_a_change_of_a_unit_is_done_whole(ended: BusinessUnit) -> None:
    place = unit("Coins")
    said = {"name": "Medals", "valid_from": "2026-01-01", "valid_until": "2036-01-01"}
    shown = Caller(person(Role.ADMINISTRATOR))("PATCH", f"units/{place.pk}/", said)
    assert {name: shown[name] for name in said} == said


def test_who_may_date_a_unit_alone_does_not_rename_it_by_the_way() -> None:
    agency = unit("Agency")
    local: User = person(Role.ADMINISTRATOR, unit=agency)
    caller = Caller(local)
    caller("PATCH", f"units/{agency.pk}/", {"valid_until": "2036-01-01", "name": "Mine"}, 403)
    assert caller("PATCH", f"units/{agency.pk}/", {"valid_until": "2036-01-01"})["valid_until"] == "2036-01-01"
    agency.refresh_from_db()
    assert agency.name == "Agency"
