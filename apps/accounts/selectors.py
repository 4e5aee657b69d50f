"""Reading people, business units and tokens."""

from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts import access
from apps.accounts.models import ApiToken, BusinessUnit, Membership, Role, User, UserKind
from apps.core.errors import NotFoundError
from apps.core.models import Viewer


def people(*, viewer: Viewer) -> QuerySet[User]:
    """The active people that `viewer` may name: all of them for an active person, nobody otherwise."""
    known = User.objects.filter(is_active=True, kind=UserKind.PERSON)
    return known if viewer.is_authenticated and viewer.is_active else known.none()


def person(username: str, *, viewer: Viewer) -> User:
    """The active person with this user name; raises NotFoundError."""
    found = people(viewer=viewer).filter(username=username).first()
    if found is None:
        raise NotFoundError(f"There is nobody called {username}.")
    return found


def administrators(*, viewer: Viewer) -> QuerySet[User]:
    """The active people whom `viewer` may ask for a role or a team, by name."""
    keep = Membership.objects.filter(role=Role.ADMINISTRATOR, unit__isnull=True, team__isnull=True)
    return people(viewer=viewer).filter(pk__in=keep.values("user")).order_by("display_name")


def unit(path: str, *, viewer: Viewer) -> BusinessUnit:
    """The business unit at `path`, such as `Agency / Bureau`; raises NotFoundError."""
    found: BusinessUnit | None = BusinessUnit.objects.visible_to(viewer).filter(path=path).first()
    if found is None:
        raise NotFoundError(f"There is no business unit {path}.")
    return found


def tokens(*, owner: User, viewer: Viewer) -> QuerySet[ApiToken]:
    """The tokens of `owner`, newest first; none for a viewer who may not manage them. Names and keys, never secrets."""
    return managed_tokens(viewer=viewer).filter(owner=owner).select_related("team")


def managed_tokens(*, viewer: Viewer) -> QuerySet[ApiToken]:
    """Every token that the viewer may manage: their own, those of service accounts they answer for, all for some."""
    if not (isinstance(viewer, User) and viewer.is_active):
        return ApiToken.objects.none()
    if access.may(viewer, Role.ADMINISTRATOR):
        return ApiToken.objects.all()
    return ApiToken.objects.filter(Q(owner=viewer) | Q(owner__responsible=viewer))


def token(key: UUID, *, viewer: Viewer) -> ApiToken:
    """The token with this id; raises NotFoundError, also for one that the viewer may not manage."""
    found = managed_tokens(viewer=viewer).select_related("owner").filter(pk=key).first()
    if found is None:
        raise NotFoundError("There is no such token.")
    return found
