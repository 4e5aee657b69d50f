"""Reading people, teams, business units, service accounts and tokens."""

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import ApiToken, BusinessUnit, Membership, Role, Team, User, UserKind
from apps.accounts.rules import WARNING, covers
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.text import clean_text

Found = TypeVar("Found", bound=Model)


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


def administrators_over(person: User) -> set[UUID]:
    """The ids of the active people who administer everything, or a unit where `person` holds a role, gone or not."""
    held = Membership.objects.filter(user=person).select_related("unit", "team__unit")
    units = [m.team.unit if m.team else m.unit for m in held]
    paths = [unit.path for unit in units if unit]
    keep = Membership.objects.filter(role=Role.ADMINISTRATOR, team=None, user__is_active=True).select_related("unit")
    found = keep.filter(user__kind=UserKind.PERSON)
    return {m.user_id for m in found if m.unit is None or any(covers(m.unit.path, path) for path in paths)}


def answering_for(accounts: Collection[UUID]) -> set[UUID]:
    """The ids of the people who answer for the service accounts among `accounts`."""
    programs = User.objects.filter(pk__in=accounts, kind=UserKind.SERVICE)
    return {person for person in programs.values_list("responsible", flat=True) if person}


def speaking_for(person: UUID) -> QuerySet[User, Any]:
    """The ids of the person and of the service accounts that they answer for, to be looked up in another query."""
    return User.objects.filter(Q(pk=person) | Q(responsible=person, kind=UserKind.SERVICE)).order_by().values("pk")


def overseers() -> set[UUID]:
    """The ids of the active auditors and administrators of the whole organisation."""
    held = Membership.objects.filter(role__in=(Role.AUDITOR, Role.ADMINISTRATOR), unit=None, team=None)
    return set(held.filter(user__is_active=True, user__kind=UserKind.PERSON).values_list("user", flat=True))


def holding(*roles: Role, lane: str = "") -> QuerySet[Membership]:
    """The memberships of active people in one of `roles`; with `lane`, lane reviewers of that lane alone."""
    held = Membership.objects.filter(role__in=roles, user__is_active=True, user__kind=UserKind.PERSON)
    found = held.filter(lane__in=("", lane)) if lane else held
    return found.select_related("user", "unit", "team__unit")


def unit(path: str, *, viewer: Viewer) -> BusinessUnit:
    """The business unit at `path`, such as `Agency / Bureau`; raises NotFoundError."""
    found: BusinessUnit | None = BusinessUnit.objects.visible_to(viewer).filter(path=path).first()
    if found is None:
        raise NotFoundError(f"There is no business unit {path}.")
    return found


def nameable_teams(*, viewer: Viewer) -> QuerySet[Team]:
    """Every open team, for an active person who must name one, as sharing does: a team's name is no secret.

    Only what a name says is to be shown of them; who may look into a team, `teams` tells.
    """
    return _all_teams(viewer).filter(closed_at=None)


def receiving_teams(*, viewer: Viewer) -> QuerySet[Team]:
    """The open teams to which the person may give things: those they belong to, and those they administer."""
    known = nameable_teams(viewer=viewer)
    return known if _administers_everything(viewer) else known.filter(access.own_teams(viewer))


def team(name: str, *, viewer: Viewer) -> Team:
    """The open team called `name`, whoever belongs to it; raises NotFoundError."""
    found: Team | None = nameable_teams(viewer=viewer).filter(name=name).first()
    if found is None:
        raise NotFoundError(f"There is no team {name}.")
    return found


def named_team(name: str, *, viewer: Viewer) -> Team:
    """The team called `name`, closed or open: it may hold something already. Raises NotFoundError."""
    return _one(_all_teams(viewer), f"There is no team {name}.", name=name)


def tokens(*, owner: User, viewer: Viewer) -> QuerySet[ApiToken]:
    """The tokens of `owner`, newest first; none for a viewer who may not manage them. Names and keys, never secrets."""
    return managed_tokens(viewer=viewer).filter(owner=owner).select_related("team")


def expiring_tokens(owner: User) -> QuerySet[ApiToken]:
    """The owner's live tokens that end within two weeks, the next first."""
    now = timezone.now()
    soon = ApiToken.objects.filter(owner=owner, revoked_at=None, expires_at__gt=now)
    return soon.filter(expires_at__lte=now + WARNING).order_by("expires_at")


def managed_tokens(*, viewer: Viewer) -> QuerySet[ApiToken]:
    """Every token that the viewer may manage: their own, those of service accounts they answer for or administer."""
    if _administers_everything(viewer):
        return ApiToken.objects.all()
    own = Q(owner__in=_self(viewer)) | Q(owner__responsible__in=_self(viewer))
    return ApiToken.objects.filter(own | access.administered(viewer, team="owner__owning_team"))


def token(key: UUID, *, viewer: Viewer) -> ApiToken:
    """The token with this id; raises NotFoundError, also for one that the viewer may not manage."""
    found = managed_tokens(viewer=viewer).select_related("owner").filter(pk=key).first()
    if found is None:
        raise NotFoundError("There is no such token.")
    return found


def directory(*, viewer: Viewer) -> QuerySet[User]:
    """The people whose page `viewer` may open: the active ones; those who left as well for who oversees everything."""
    known = User.objects.filter(kind=UserKind.PERSON).prefetch_related("memberships__unit", "memberships__team")
    return known if access.oversees(viewer) else known.filter(pk__in=people(viewer=viewer).values("pk"))


def in_directory(username: str, *, viewer: Viewer) -> User:
    """The person with this user name; raises NotFoundError, also where the viewer may not open their page."""
    return _one(directory(viewer=viewer), f"There is nobody called {username}.", username=username)


def matching_people(text: str) -> Q:
    """People whose name or user name holds the words."""
    return Q(display_name__icontains=text) | Q(username__icontains=text)


def service_accounts(*, viewer: Viewer) -> QuerySet[User]:
    """Service accounts: all for who oversees everything, else those one answers for, of one's teams or administered."""
    known = User.objects.filter(kind=UserKind.SERVICE).select_related("responsible", "owning_team__unit")
    known = known.prefetch_related("memberships__unit", "memberships__team")
    if access.oversees(viewer):
        return known
    own = Q(responsible__in=_self(viewer)) | Q(owning_team__in=_member_of(viewer))
    return known.filter(own | access.administered(viewer, team="owning_team"))


def service_account(username: str, *, viewer: Viewer) -> User:
    """The service account with this name; raises NotFoundError, also where the viewer may not see it."""
    words = f"There is no service account called {username}."
    return _one(service_accounts(viewer=viewer), words, username=username)


def account(username: str, *, viewer: Viewer) -> User:
    """The person or service account with this name; raises NotFoundError, also where the viewer may not see it."""
    seen = Q(pk__in=directory(viewer=viewer).values("pk")) | Q(pk__in=service_accounts(viewer=viewer).values("pk"))
    return _one(User.objects.filter(seen), f"There is nobody called {username}.", username=username)


def teams(*, viewer: Viewer) -> QuerySet[Team]:
    """The teams whose page `viewer` may open: their own, those they administer, all for who oversees everything."""
    return Team.objects.visible_to(viewer).select_related("unit")


def team_page(key: UUID, *, viewer: Viewer) -> Team:
    """The team with this id; raises NotFoundError, also where the viewer may not open its page."""
    return _one(teams(viewer=viewer), "There is no such team.", pk=key)


def members(team: Team) -> QuerySet[Membership]:
    """Who holds which role in the team, by name; of active people and service accounts alone."""
    found = Membership.objects.filter(team=team, user__is_active=True).select_related("user", "unit", "team__unit")
    return found.order_by("user__display_name", "role", "lane")


def units(*, viewer: Viewer) -> QuerySet[BusinessUnit]:
    """Every business unit, with those that have ended, for an active person; counts the open teams that they see."""
    found: QuerySet[BusinessUnit] = BusinessUnit.objects.visible_to(viewer)
    counted = Q(teams__in=Team.objects.visible_to(viewer).filter(closed_at=None))
    return found.annotate(team_count=Count("teams", filter=counted, distinct=True))


def matching_units(text: str) -> Q:
    """Units whose path holds the words."""
    return Q(path__icontains=text)


def matching_teams(text: str) -> Q:
    """Teams whose name, or whose unit's path, holds the words."""
    return Q(name__icontains=text) | Q(unit__path__icontains=text)


def unit_page(key: UUID, *, viewer: Viewer) -> BusinessUnit:
    """The unit with this id; raises NotFoundError."""
    return _one(units(viewer=viewer).select_related("parent"), "There is no such business unit.", pk=key)


def membership(key: UUID, *, of: User, viewer: Viewer) -> Membership:
    """The role of that person with this id; raises NotFoundError, also where the viewer does not administer."""
    found = of.memberships.select_related("user", "unit", "team__unit")
    if not access.oversees(viewer):
        found = found.filter(access.administered(viewer, team="team") | access.administered(viewer, unit="unit"))
    return _one(found, f"{of} does not hold that role.", pk=key)


def member(key: UUID, *, team: Team) -> Membership:
    """The role in the team with this id; raises NotFoundError."""
    return _one(members(team), f"Nobody holds that role in {team}.", pk=key)


def _one(rows: QuerySet[Found], words: str, **wanted: Any) -> Found:
    # A name out of an address may be text that PostgreSQL cannot take; nobody is called so.
    storable = {name: clean_text(value) if isinstance(value, str) else value for name, value in wanted.items()}
    found = rows.filter(**storable).first()
    if found is None:
        raise NotFoundError(clean_text(words))
    return found


def _administers_everything(viewer: Viewer) -> bool:
    return any(membership.is_everywhere for membership in access.held(viewer, Role.ADMINISTRATOR))


def _all_teams(viewer: Viewer) -> QuerySet[Team]:
    return Team.objects.all() if viewer.is_authenticated and viewer.is_active else Team.objects.none()


def _member_of(viewer: Viewer) -> set[Any]:
    return {membership.team_id for membership in access.held(viewer) if membership.team_id}


def _self(viewer: Viewer) -> list[Any]:
    return [viewer.pk] if isinstance(viewer, User) and viewer.is_active else []
