"""Units, teams, people and their roles."""

from random import Random
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from apps.accounts.models import BusinessUnit, Lane, Membership, Role, Team, User
from apps.accounts.rules import unit_path
from apps.portal.scale import words
from apps.portal.scale.sizes import Size

BATCH = 2_000
_WORKING = (Role.BUSINESS_OWNER, Role.AI_ENGINEER)
_GOVERNING = (Role.ARCHITECT, Role.STEWARD, Role.FINOPS, Role.AUDITOR, Role.REVIEWER)


def key(random: Random) -> UUID:
    """The next id."""
    return UUID(int=random.getrandbits(128), version=4)


def units(size: Size, random: Random) -> list[BusinessUnit]:
    """A tree of two levels; one in ten units is a division."""
    tops: list[BusinessUnit] = []
    for number in range(max(2, size.units // 10)):
        name = words.division(number)
        known = BusinessUnit.objects.filter(path=name).first()
        tops.append(known or BusinessUnit(pk=key(random), name=name, path=name))
    below = [_below(tops[number % len(tops)], number + 1, random) for number in range(size.units - len(tops))]
    BusinessUnit.objects.bulk_create([top for top in tops if top._state.adding])
    return tops + BusinessUnit.objects.bulk_create(below, batch_size=BATCH)


def _below(top: BusinessUnit, number: int, random: Random) -> BusinessUnit:
    name = f"Department {number}"
    return BusinessUnit(pk=key(random), name=name, parent=top, path=unit_path(name, top.path))


def teams(size: Size, within: list[BusinessUnit], random: Random) -> list[Team]:
    """Teams spread over the units."""
    ids = [key(random) for _ in range(size.teams)]
    groups = Group.objects.bulk_create([Group(name=f"team {id}") for id in ids])
    rows = [
        Team(pk=id, name=f"Scale team {number + 1}", unit=within[number % len(within)], group=group)
        for number, (id, group) in enumerate(zip(ids, groups, strict=True))
    ]
    return Team.objects.bulk_create(rows, batch_size=BATCH)


def people(size: Size, random: Random) -> list[User]:
    """People whom no password lets in."""
    shut = make_password(None)
    rows = [
        User(pk=key(random), username=f"scale-{number + 1}", display_name=f"Scale person {number + 1}", password=shut)
        for number in range(size.people)
    ]
    return User.objects.bulk_create(rows, batch_size=BATCH)


def roles(size: Size, everyone: list[User], known: list[Team], within: list[BusinessUnit], random: Random) -> None:
    """Each person works in several teams; one in fifty governs a unit, one in four hundred the organisation."""
    rows = [
        Membership(pk=key(random), user=person, team=team, role=_WORKING[number % 2])
        for number, person in enumerate(everyone)
        for team in random.sample(known, size.memberships)
    ]
    for number, person in enumerate(everyone[::50]):
        role = _GOVERNING[number % len(_GOVERNING)]
        lane = Lane.values[number % len(Lane.values)] if role == Role.REVIEWER else ""
        unit = None if number % 8 == 0 else random.choice(within)
        rows.append(Membership(pk=key(random), user=person, unit=unit, role=role, lane=lane))
    Membership.objects.bulk_create(rows, batch_size=BATCH)
