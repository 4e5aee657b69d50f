"""Founding, changing and closing teams."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import BusinessUnit, Team, User
from apps.accounts.services import refs
from apps.accounts.services.checks import check_administers, check_open
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError
from apps.core.text import clean_text


@transaction.atomic
def add_team(*, name: str, unit: BusinessUnit, by: User | None, description: str = "") -> Team:
    """A new team of an open unit. Raises NotAllowedError, InvalidError, ConflictError where the name is taken."""
    check_administers(by, unit=unit, to="found teams")
    name = _checked_name(name, None)
    check_open(unit)
    team = Team(name=name, description=clean_text(description), unit=unit)
    # Its own id as name: the group is no more than what a share can point at.
    team.group = Group(name=f"team {team.pk}")
    team.group.save()
    team.save(force_insert=True)
    audit.record(action="team.founded", subject=refs.of_team(team), by=by, unit=str(unit.pk))
    return team


@transaction.atomic
def change_team(*, team: Team, name: str, description: str, unit: BusinessUnit, by: User | None) -> Team:
    """Rename, describe or move it. Raises NotAllowedError, InvalidError, ConflictError where the name is taken."""
    check_administers(by, team=team, to="change the team")
    locked = Team.objects.select_for_update(no_key=True).select_related("unit").get(pk=team.pk)
    if unit != locked.unit:
        check_administers(by, unit=unit, to="move a team there")
        check_open(unit)
    values = {"name": _checked_name(name, locked), "description": clean_text(description), "unit": unit}
    changed = sorted(field for field, value in values.items() if getattr(locked, field) != value)
    if changed:
        for field in changed:
            setattr(locked, field, values[field])
        locked.save()
        audit.record(action="team.changed", subject=refs.of_team(locked), by=by, fields=changed, unit=str(unit.pk))
    return locked


@transaction.atomic
def close_team(*, team: Team, by: User | None) -> Team:
    """Let nobody join the team and give it nothing new; what it has it keeps. Raises NotAllowedError, ConflictError."""
    check_administers(by, team=team, to="close the team")
    locked = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if locked.closed_at:
        raise ConflictError(f"The team {locked} is closed already.")
    locked.closed_at = timezone.now()
    locked.save(update_fields=["closed_at", "updated_at"])
    audit.record(action="team.closed", subject=refs.of_team(locked), by=by)
    return locked


def _checked_name(name: str, team: Team | None) -> str:
    name = " ".join(clean_text(name).split())
    if not name or len(name) > 100:
        raise InvalidError("The team was not saved.", fields={"name": ["Write a name of at most 100 characters."]})
    others = Team.objects.exclude(pk=team.pk) if team else Team.objects.all()
    if others.filter(name__iexact=name).exists():
        raise ConflictError(f"There is a team {name} already.", fields={"name": ["Choose another name."]})
    return name
