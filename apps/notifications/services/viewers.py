"""Somebody who stands for a whole team, or for the portal, to ask what may be told where."""

from apps.accounts.models import Membership, Role, Team, User


def everybody_of(team: Team | None) -> User:
    """An account that is never saved and sees what every member of `team` may see, and no more.

    Without a team it sees what everybody in the organisation may see.
    """
    return _somebody(*([Membership(team=team, role=Role.AI_ENGINEER)] if team is not None else []))


def portal() -> User:
    """An account that is never saved and sees everything: the portal itself, finding out whom something concerns."""
    return _somebody(Membership(role=Role.AUDITOR))


def before_leaving(leaver: User) -> User:
    """The person as they were while active, never saved: the portal itself, finding out what waits for them."""
    somebody = _somebody(*leaver.memberships.select_related("unit", "team__unit"))
    somebody.pk = leaver.pk
    return somebody


def _somebody(*held: Membership) -> User:
    somebody = User(username="", is_active=True)
    # What `User.held` has read once; such an account has nothing to read.
    somebody.__dict__["_held"] = held
    return somebody
