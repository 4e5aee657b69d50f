"""People, units and roles."""

from itertools import count

from apps.accounts import services as accounts
from apps.accounts.models import BusinessUnit, Lane, Role, Team, User

PASSWORD = "a long enough pass phrase"
_numbers = count(1)


def unit(name: str = "Operations") -> BusinessUnit:
    """A top-level business unit."""
    return accounts.ensure_unit(names=[name], by=None)


def team(name: str = "", *, within: BusinessUnit | None = None) -> Team:
    """A team of a unit, of Operations without."""
    return accounts.add_team(name=name or f"Team {next(_numbers)}", unit=within or unit(), by=None)


def person(
    *roles: Role,
    staff: bool = False,
    name: str = "",
    unit: BusinessUnit | None = None,
    team: Team | None = None,
    lane: Lane | None = None,
) -> User:
    """An active person with `roles` in a unit or team, in the whole organisation without."""
    username = name or f"person-{next(_numbers)}"
    user = accounts.create_user(username=username, display_name=username, password=PASSWORD, by=None, staff=staff)
    for role in roles:
        accounts.grant(
            user=user,
            unit=unit,
            team=team,
            role=role,
            by=None,
            lane=(lane or Lane.STEWARD) if role == Role.REVIEWER else None,
        )
    return user
