"""Who may administer people, units and teams, and where."""

from apps.accounts import access, rules
from apps.accounts.models import BusinessUnit, Membership, Role, Team, User
from apps.core.errors import InvalidError, NotAllowedError


def check_administers(by: User | None, *, to: str, unit: BusinessUnit | None = None, team: Team | None = None) -> None:
    """Raise NotAllowedError unless `by` is an administrator there; without a place, of the whole organisation.

    A superuser of the admin may as well, and None, the portal itself. `to` names the deed in the message.
    """
    if by is None or administers(by, unit=unit, team=team):
        return
    raise NotAllowedError(f"Only an administrator of {team or unit or 'the whole organisation'} may {to}.")


def administers(by: User, *, unit: BusinessUnit | None = None, team: Team | None = None) -> bool:
    """Whether `by` is an administrator of the team, of the unit, or without a place of the whole organisation."""
    place = team.unit if team is not None else unit
    held = access.held(by, Role.ADMINISTRATOR)
    return (by.is_active and by.is_superuser) or any(_covers(membership, place, team) for membership in held)


def _covers(membership: Membership, place: BusinessUnit | None, team: Team | None) -> bool:
    if membership.team_id:
        return team is not None and membership.team_id == team.pk
    if membership.unit is None:
        return True
    return place is not None and rules.covers(membership.unit.path, place.path)


def check_open(unit: BusinessUnit, *, field: str = "unit") -> None:
    """Raise InvalidError, naming `field`, for a unit that does not exist today: it takes nothing new."""
    if not unit.is_open:
        words = f"{unit} does not exist today. Choose a unit that does."
        raise InvalidError("It was not saved.", fields={field: [words]})


def check_may_touch(user: User, *, by: User | None, to: str) -> None:
    """Raise NotAllowedError unless `by` administers everything; only superusers touch a superuser."""
    check_administers(by, to=to)
    if by is not None and user.is_superuser and not by.is_superuser:
        raise NotAllowedError(f"Only a superuser may {to} who is a superuser.")
