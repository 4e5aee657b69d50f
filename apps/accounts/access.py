"""Who may do what: the only place that answers it."""

from django.http import HttpRequest
from rest_framework.request import Request as DrfRequest

from apps.accounts.models import Membership, Role, User
from apps.core.errors import NotAllowedError
from apps.core.models import Viewer


class Request(HttpRequest):
    """A request that LoginRequiredMiddleware let through: its user is a signed-in person."""

    user: User


class ApiRequest(DrfRequest):
    """A request that the API's authentication let through: its user is a signed-in person."""

    user: User


def roles_of(user: Viewer) -> frozenset[str]:
    """The roles an active person holds in any unit; nobody else holds any."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    return frozenset(Membership.objects.filter(user_id=user.pk).values_list("role", flat=True))


def may(user: Viewer, *roles: Role) -> bool:
    """Whether the person holds one of `roles`. Being a superuser is not a role."""
    return not roles_of(user).isdisjoint(roles)


def require(user: Viewer, *roles: Role, to: str) -> None:
    """Raise NotAllowedError unless the person holds one of `roles`; `to` names the deed in the message."""
    if not may(user, *roles):
        names = " or ".join(role.label for role in roles)
        raise NotAllowedError(f"Only the role {names} may {to}. Ask an administrator for it.")
