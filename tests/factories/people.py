"""People, units and roles."""

from itertools import count

from apps.accounts import services as accounts
from apps.accounts.models import BusinessUnit, Role, User

PASSWORD = "a long enough pass phrase"
_numbers = count(1)


def unit(name: str = "Operations") -> BusinessUnit:
    """A top-level business unit."""
    return accounts.ensure_unit(names=[name], by=None)


def person(*roles: Role, staff: bool = False, name: str = "") -> User:
    """An active person with `roles` in the unit Operations."""
    username = name or f"person-{next(_numbers)}"
    user = accounts.create_user(username=username, display_name=username, password=PASSWORD, by=None, staff=staff)
    for role in roles:
        accounts.grant(user=user, unit=unit(), role=role, by=None)
    return user
