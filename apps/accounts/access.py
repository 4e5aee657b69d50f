"""Who may see and do what: the only place that answers it, and the only one that speaks guardian."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from guardian.models import GroupObjectPermissionBase
from guardian.shortcuts import assign_perm, remove_perm
from rest_framework.request import Request as DrfRequest

from apps.accounts.models import Audience, Lane, Membership, Role, Team, TeamOwned, User
from apps.accounts.rules import SEPARATOR, covers
from apps.core.errors import NotAllowedError
from apps.core.models import Viewer

# Roles that answer for others' work see what is restricted wherever they hold the role.
GOVERNING = frozenset({Role.ARCHITECT, Role.REVIEWER, Role.STEWARD, Role.FINOPS, Role.AUDITOR, Role.ADMINISTRATOR})
READ, CHANGE = "view", "change"
LEVELS = ((READ, "May read"), (CHANGE, "May work on it in the roles they hold"))
NOTHING = Q(pk__in=())
NOBODY = AnonymousUser()


class Request(HttpRequest):
    """A request that LoginRequiredMiddleware let through: its user is a signed-in person."""

    user: User


class ApiRequest(DrfRequest):
    """A request that the API's authentication let through: its user is a signed-in person."""

    user: User


class Share(GroupObjectPermissionBase):
    """The base of an app's table of shares of one thing with one team; it adds `content_object`."""

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True


def held(user: Viewer, *roles: Role, lane: str = "") -> list[Membership]:
    """The memberships of an active person in one of `roles`, or in any role without; nobody else has any.

    With `lane`, lane reviewers count for that lane alone.
    """
    mine = user.held() if isinstance(user, User) else ()
    return [m for m in mine if (not roles or m.role in roles) and (not lane or m.lane in ("", lane))]


def roles_of(user: Viewer) -> frozenset[str]:
    """The roles an active person holds anywhere; nobody else holds any."""
    return frozenset(m.role for m in held(user))


def may(user: Viewer, *roles: Role) -> bool:
    """Whether the person holds one of `roles` anywhere. Being a superuser is not a role."""
    return bool(held(user, *roles))


def require(user: Viewer, *roles: Role, to: str) -> None:
    """Raise NotAllowedError unless the person holds one of `roles`; `to` names the deed in the message."""
    if not may(user, *roles):
        raise NotAllowedError(f"Only the role {_names(roles)} may {to}. Ask an administrator for it.")


def may_on(user: Viewer, thing: TeamOwned, *roles: Role) -> bool:
    """Whether the person holds one of `roles` where `thing` belongs, or in a team that it is shared with for work."""
    mine = held(user, *roles)
    rows = type(thing)._default_manager.filter(pk=thing.pk)
    return bool(mine) and rows.filter(reach(type(thing), mine)).exists()


def require_on(user: Viewer, thing: TeamOwned, *roles: Role, to: str) -> None:
    """Raise NotAllowedError unless the person holds one of `roles` where `thing` belongs."""
    if not may_on(user, thing, *roles):
        raise NotAllowedError(
            f"Only the role {_names(roles)} of its team or unit may {to}. Ask an administrator for it, or its team to "
            "share it with yours."
        )


def may_over(user: Viewer, thing: TeamOwned, *roles: Role) -> bool:
    """Whether the person holds one of `roles` in the thing's own team, or in its unit or above.

    Less than `may_on`: a share gives nothing, and what has no unit is a matter for the whole organisation.
    """
    paths = {thing.unit_path, thing.team.unit.path if thing.team else ""}
    return any(
        m.is_everywhere
        or (m.team_id is not None and m.team_id == thing.team_id)
        or (m.unit is not None and any(covers(m.unit.path, path) for path in paths))
        for m in held(user, *roles)
    )


def _names(roles: Iterable[Role]) -> str:
    return " or ".join(role.label for role in roles)


def oversees(user: Viewer) -> bool:
    """Whether the person sees everything: auditors and administrators of the whole organisation do."""
    return isinstance(user, User) and user.oversees


def administered(user: Viewer, *, team: str = "", unit: str = "") -> Q:
    """Rows whose field `team`, or `unit`, names one that the person administers, other than by everything."""
    path = f"{unit or f'{team}__unit'}__path"
    found = NOTHING
    for membership in held(user, Role.ADMINISTRATOR):
        if membership.unit is not None:
            below = f"{membership.unit.path}{SEPARATOR}"
            found |= Q(**{path: membership.unit.path}) | Q(**{f"{path}__startswith": below})
        elif team and membership.team_id:
            found |= Q(**{team: membership.team_id})
    return found


def team_visibility(user: Viewer) -> Q:
    """Which teams the person may look into: their own, those they administer, all for who oversees everything."""
    return Q() if oversees(user) else own_teams(user)


def own_teams(user: Viewer) -> Q:
    """The teams to which the person belongs, and those of units that they administer."""
    mine = {membership.team_id for membership in held(user) if membership.team_id}
    return administered(user, unit="unit") | Q(pk__in=mine)


def visibility(model: type[Model], user: Viewer) -> Q:
    """Which rows of a TeamOwned model `user` may see: by membership, by shares with their teams, and as its people."""
    owned = cast(type[TeamOwned], model)
    if not (isinstance(user, User) and user.is_active):
        return NOTHING
    governing = held(user, *GOVERNING)
    if any(m.is_everywhere for m in governing):
        return Q()
    teams = {m.team_id for m in held(user) if m.team_id}
    found = Q(audience=Audience.ORGANISATION)
    if teams:
        found |= Q(team__in=teams) | Q(pk__in=_shared(model, teams))
    for membership in governing:
        found |= _in_unit(owned, membership)
    for name in owned.PEOPLE:
        found |= Q(**{name: user.pk})
    return found


def reach(model: type[Model], memberships: Iterable[Membership]) -> Q:
    """Over which rows of a TeamOwned model the roles hold.

    A role in a team reaches what is the team's or shared with it for work, and what its unit has without a team; a role
    in a unit reaches all below it; what belongs to nobody in particular is everybody's.
    """
    owned = cast(type[TeamOwned], model)
    found = NOTHING
    for membership in memberships:
        if membership.is_everywhere:
            return Q()
        if membership.team_id:
            found |= Q(team=membership.team_id) | Q(pk__in=_shared(model, {membership.team_id}, CHANGE))
            found |= _in_unit(owned, membership) & Q(team=None)
        else:
            found |= _in_unit(owned, membership)
        if owned.UNIT_PATH.startswith("team__"):
            found |= Q(team=None)
    return found


def _in_unit(model: type[TeamOwned], membership: Membership) -> Q:
    """The rows of the unit where the role is held, and of those below it unless the role is a team's."""
    if membership.team:
        return Q(**{model.UNIT_PATH: membership.team.unit.path})
    if membership.unit is None:
        return NOTHING
    path = membership.unit.path
    return Q(**{model.UNIT_PATH: path}) | Q(**{f"{model.UNIT_PATH}__startswith": path + SEPARATOR})


def _shared(model: type[Model], teams: Iterable[Any], *levels: str) -> QuerySet[Any]:
    """The ids of the rows shared with one of `teams`."""
    rows = _table(model).filter(group__team__in=teams)
    if levels:
        rows = rows.filter(permission__codename__in=[_codename(model, level) for level in levels])
    return rows.values("content_object")


def _table(model: type[Model]) -> QuerySet[Any]:
    shares = model._meta.get_field("shares").related_model
    return cast(type[Model], shares)._default_manager.all()


def _codename(model: type[Model], level: str) -> str:
    return f"{level}_{model._meta.model_name}"


def shares_of(thing: TeamOwned) -> list[tuple[Team, str]]:
    """The teams that `thing` is shared with, by name, each with its level (READ or CHANGE)."""
    rows = _table(type(thing)).filter(content_object=thing).select_related("group__team__unit", "permission")
    levels: dict[Team, str] = {}
    for row in rows:
        level = row.permission.codename.partition("_")[0]
        if levels.get(row.group.team) != CHANGE:
            levels[row.group.team] = level
    return sorted(levels.items(), key=lambda pair: pair[0].name)


def share(thing: TeamOwned, team: Team, level: str) -> None:
    """Share `thing` with `team` at exactly this level; called by services.sharing, which audits it."""
    unshare(thing, team)
    assign_perm(_permission(thing, level), team.group, thing)


def unshare(thing: TeamOwned, team: Team) -> None:
    """Take every share of `thing` with `team` back; called by services.sharing, which audits it."""
    for level, _ in LEVELS:
        remove_perm(_permission(thing, level), team.group, thing)


def _permission(thing: TeamOwned, level: str) -> Permission:
    return Permission.objects.get(content_type__app_label=thing._meta.app_label, codename=_codename(type(thing), level))


def lanes_of(user: Viewer) -> frozenset[str]:
    """The lanes that the person's lane-reviewer roles name."""
    return frozenset(m.lane for m in held(user, Role.REVIEWER) if m.lane in Lane.values)
