"""People, business units, teams, who holds which role where, what belongs to a team, and how people come in."""

from apps.accounts.models.ownership import Audience, SubjectQuerySet, TeamOwned, TeamOwnedQuerySet
from apps.accounts.models.people import BusinessUnit, Lane, Membership, Role, Source, Team, User, UserKind
from apps.accounts.models.sign_in import FailedSignIn, SignOnIdentity
from apps.accounts.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "Audience",
    "BusinessUnit",
    "FailedSignIn",
    "Lane",
    "Membership",
    "Role",
    "SignOnIdentity",
    "Source",
    "SubjectQuerySet",
    "Team",
    "TeamOwned",
    "TeamOwnedQuerySet",
    "User",
    "UserKind",
]
