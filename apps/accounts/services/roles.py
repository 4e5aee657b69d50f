"""Granting and revoking roles."""

from django.db import transaction

from apps.accounts.models import BusinessUnit, Lane, Membership, Role, Source, Team, User
from apps.accounts.services import refs
from apps.accounts.services.checks import check_administers, check_open
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError


@transaction.atomic
def grant(
    *,
    user: User,
    role: Role,
    by: User | None,
    unit: BusinessUnit | None = None,
    team: Team | None = None,
    lane: Lane | None = None,
    source: Source = Source.MANUAL,
) -> Membership:
    """Give `user` a role in a team, in a unit and all below, or without either everywhere; twice changes nothing.

    Raises NotAllowedError to oneself, InvalidError for a lane that is missing or out of place and for a unit that has
    ended, ConflictError for a closed team.
    """
    check_somebody_else(user, by=by)
    check_administers(by, unit=unit, team=team, to="grant a role there")
    if team is not None:
        # As it is now, and locked: closing it meanwhile must not leave it a new member.
        team = Team.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=team.pk)
    _check(unit, team, role, lane)
    place = {"unit": unit, "team": team, "role": role, "lane": lane or ""}
    membership, new = Membership.objects.get_or_create(user=user, **place, defaults={"source": source})
    if new:
        user.forget_held()
        audit.record(action="role.granted", subject=refs.of_user(user), by=by, role=role.value, **_where(membership))
    return membership


def check_somebody_else(user: User, *, by: User | None) -> None:
    """Raise NotAllowedError to who would grant a role to themselves."""
    if by is not None and by.pk == user.pk:
        raise NotAllowedError("Nobody grants a role to themselves. Ask another administrator.")


def _check(unit: BusinessUnit | None, team: Team | None, role: Role, lane: Lane | None) -> None:
    if unit is not None and team is not None:
        raise InvalidError("The role was not granted.", fields={"team": ["Choose a team or a unit, not both."]})
    if (role == Role.REVIEWER) != bool(lane):
        words = "Choose the lane to decide in." if not lane else "Only a lane reviewer has a lane."
        raise InvalidError("The role was not granted.", fields={"lane": [words]})
    if team is not None and team.closed_at:
        raise ConflictError(f"The team {team} is closed.", fields={"team": ["Choose a team that is open."]})
    if unit is not None:
        check_open(unit)


@transaction.atomic
def revoke(*, membership: Membership, by: User | None) -> None:
    """Take the role back; it ends with the next request. Raises NotAllowedError."""
    check_administers(by, unit=membership.unit, team=membership.team, to="revoke a role there")
    user, role, where = membership.user, membership.role, _where(membership)
    membership.delete()
    user.forget_held()
    audit.record(action="role.revoked", subject=refs.of_user(user), by=by, role=role, **where)


def _where(membership: Membership) -> dict[str, str]:
    where = {"unit": membership.unit_id, "team": membership.team_id, "lane": membership.lane}
    return {name: str(value) for name, value in where.items() if value}
