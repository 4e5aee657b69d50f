"""How the audit trail names people, units, teams and tokens."""

from apps.accounts.models import ApiToken, BusinessUnit, Team, User
from apps.core.refs import Ref


def of_user(user: User) -> Ref:
    """A person or service account."""
    return Ref("user", str(user.pk))


def of_unit(unit: BusinessUnit) -> Ref:
    """A business unit."""
    return Ref("unit", str(unit.pk))


def of_team(team: Team) -> Ref:
    """A team."""
    return Ref("team", str(team.pk))


def of_token(token: ApiToken) -> Ref:
    """An API token."""
    return Ref("token", str(token.pk))
