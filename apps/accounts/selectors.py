"""Reading people and business units."""

from django.db.models import QuerySet

from apps.accounts.models import BusinessUnit, User
from apps.core.errors import NotFoundError
from apps.core.models import Viewer


def people(*, viewer: Viewer) -> QuerySet[User]:
    """The active people that `viewer` may name: all of them for an active person, nobody otherwise."""
    known = User.objects.filter(is_active=True)
    return known if viewer.is_authenticated and viewer.is_active else known.none()


def person(username: str, *, viewer: Viewer) -> User:
    """The active person with this user name; raises NotFoundError."""
    found = people(viewer=viewer).filter(username=username).first()
    if found is None:
        raise NotFoundError(f"There is nobody called {username}.")
    return found


def unit(path: str, *, viewer: Viewer) -> BusinessUnit:
    """The business unit at `path`, such as `Agency / Bureau`; raises NotFoundError."""
    found: BusinessUnit | None = BusinessUnit.objects.visible_to(viewer).filter(path=path).first()
    if found is None:
        raise NotFoundError(f"There is no business unit {path}.")
    return found
