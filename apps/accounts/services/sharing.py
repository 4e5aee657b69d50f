"""Sharing one thing with one team, and saying which team answers for a thing and who may see it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.accounts import access, kinds, selectors
from apps.accounts.models import Audience, Role, Team, TeamOwned, User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.refs import Ref


@transaction.atomic
def share(*, kind: str, thing: TeamOwned, team: Team, level: str, by: User) -> None:
    """Let a team read `thing`, or work on it in the roles they hold. Raises NotAllowedError, InvalidError."""
    locked = _locked(thing)
    check_may_share(locked, by=by)
    _share(kind, locked, team, level, by)


def _share(kind: str, locked: TeamOwned, team: Team, level: str, by: User) -> None:
    if level not in (access.READ, access.CHANGE):
        raise InvalidError("It was not shared.", fields={"level": ["Choose what the team may do."]})
    if team.closed_at:
        raise ConflictError(f"The team {team} is closed.", fields={"team": ["Choose a team that is open."]})
    if team.pk == locked.team_id:
        raise InvalidError("It was not shared.", fields={"team": ["This team has it already."]})
    if (team, level) in access.shares_of(locked):
        return
    if locked.is_restricted:
        kinds.of(kind).check_audience(locked, teams=[team])
    access.share(locked, team, level)
    audit.record(action="share.granted", subject=_ref(kind, locked), by=by, team=str(team.pk), level=level)


@transaction.atomic
def unshare(*, kind: str, thing: TeamOwned, team: Team, by: User) -> None:
    """Take a share back; it ends with the next request. Raises NotAllowedError; nothing where there is no share."""
    locked = _locked(thing)
    check_may_share(locked, by=by)
    _unshare(kind, locked, team, by)


def _unshare(kind: str, locked: TeamOwned, team: Team, by: User) -> None:
    if team not in dict(access.shares_of(locked)):
        return
    access.unshare(locked, team)
    audit.record(action="share.revoked", subject=_ref(kind, locked), by=by, team=str(team.pk))


@transaction.atomic
def assign(*, kind: str, thing: TeamOwned, team: Team | None, audience: Audience, by: User) -> None:
    """Say which team answers for `thing` and who may see it. Raises NotAllowedError, InvalidError."""
    locked = _locked(thing)
    check_may_share(locked, by=by)
    _assign(kind, locked, team, audience, by)


def _assign(kind: str, locked: TeamOwned, team: Team | None, audience: Audience, by: User) -> None:
    check_owner(team=team, audience=audience, by=by, before=locked)
    if (locked.team_id, locked.audience) == (team and team.pk, audience):
        return
    if locked.is_restricted:
        kinds.of(kind).check_audience(locked, teams=[team] if team and audience == Audience.TEAM else None)
    locked.team, locked.audience = team, audience
    locked.save(update_fields=["team", "audience", "updated_at"])
    where = {"team": str(team.pk)} if team else {}
    audit.record(action="owner.assigned", subject=_ref(kind, locked), by=by, audience=audience.value, **where)


@transaction.atomic
def arrange(
    *, kind: str, thing: TeamOwned, team: Team | None, audience: Audience, shares: Mapping[Team, str], by: User
) -> None:
    """Say at once which team answers for `thing`, who may see it, and with exactly which teams it is shared.

    Raises NotAllowedError, InvalidError, ConflictError.
    """
    locked = _locked(thing)
    # Once, as it was: a share that goes, or the team, may be what lets this person arrange the rest.
    check_may_share(locked, by=by)
    before = dict(access.shares_of(locked))
    for other in before.keys() - shares.keys():
        _unshare(kind, locked, other, by)
    _assign(kind, locked, team, audience, by)
    for other, level in shares.items():
        if before.get(other) != level:
            _share(kind, locked, other, level, by)


def note_view(thing: TeamOwned, *, kind: str, by: User) -> None:
    """Audit that somebody looked at `thing`, if only its team may see it: once an hour, and never for lists."""
    if thing.is_restricted:
        audit.viewed(_ref(kind, thing), by=by)


def note_view_about(subject: Ref, *, by: User) -> Any:
    """Audit a look at what is said, or frozen, about `subject`, as `note_view` does; its row. Raises NotFoundError."""
    row = kinds.find(subject, viewer=by)
    for kind, thing in kinds.of(subject.kind).owned(row):
        note_view(thing, kind=kind, by=by)
    return row


def check_owner(*, team: Team | None, audience: str, by: User, before: TeamOwned | None = None) -> None:
    """Raise InvalidError unless `by` may give something to `team` with this audience; `before` is how it was."""
    if audience == Audience.TEAM and team is None:
        raise InvalidError("It was not saved.", fields={"team": ["Choose the team that alone may see it."]})
    if team is None or (before is not None and before.team_id == team.pk):
        return
    if not selectors.receiving_teams(viewer=by).filter(pk=team.pk).exists():
        words = "Choose an open team that you belong to or administer."
        raise InvalidError("It was not saved.", fields={"team": [words]})


def check_may_share(thing: TeamOwned, *, by: User) -> None:
    """Raise NotAllowedError unless `by` is of the thing's team, one of its people, or administers its team or unit.

    Those it is shared with may work on it, not take it over; what has no team is for administrators of everything.
    """
    of_team = thing.team_id is not None and any(m.team_id == thing.team_id for m in access.held(by))
    one_of_its_people = by.is_active and any(getattr(thing, f"{name}_id") == by.pk for name in thing.PEOPLE)
    if not (of_team or one_of_its_people or access.may_over(by, thing, Role.ADMINISTRATOR)):
        raise NotAllowedError("Only its team, its owner or an administrator of its team or unit may say who sees this.")


def _locked(thing: TeamOwned) -> TeamOwned:
    rows = type(thing)._default_manager.select_for_update(no_key=True)
    return rows.get(pk=thing.pk)


def _ref(kind: str, thing: TeamOwned) -> Ref:
    return Ref(kind, str(thing.pk))
