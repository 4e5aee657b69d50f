"""Who may do what: the only place that answers it."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.accounts.models import Membership, Role, User
from apps.core.errors import NotAllowedError

Person = AbstractBaseUser | AnonymousUser


class Request(HttpRequest):
    """A request that LoginRequiredMiddleware let through: its user is a signed-in person."""

    user: User


def roles_of(user: Person) -> frozenset[str]:
    """The roles an active person holds in any unit; nobody else holds any."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    return frozenset(Membership.objects.filter(user_id=user.pk).values_list("role", flat=True))


def may(user: Person, *roles: Role) -> bool:
    """Whether the person holds one of `roles`. Being a superuser is not a role."""
    return not roles_of(user).isdisjoint(roles)


def require(user: Person, *roles: Role, to: str) -> None:
    """Raise NotAllowedError unless the person holds one of `roles`; `to` names the deed in the message."""
    if not may(user, *roles):
        names = " or ".join(role.label for role in roles)
        raise NotAllowedError(f"Only the role {names} may {to}. Ask an administrator for it.")
