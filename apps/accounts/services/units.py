"""Adding, changing and removing business units."""

from datetime import date
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from apps.accounts import rules
from apps.accounts.models import BusinessUnit, User
from apps.accounts.services import refs
from apps.accounts.services.checks import check_administers, check_open
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError


@transaction.atomic
def ensure_unit(*, names: list[str], by: User | None) -> BusinessUnit:
    """The business unit at the path `names` from the top, created where missing. Raises InvalidError."""
    unit: BusinessUnit | None = None
    for name in names:
        above = unit
        unit, new = BusinessUnit.objects.get_or_create(name=name, parent=above)
        if new and above is not None:
            check_open(above, field="parent")
        if new:
            audit.record(action="unit.created", subject=refs.of_unit(unit), by=by, path=unit.path)
    if unit is None:
        raise ValueError("A business unit needs at least one name.")
    return unit


@transaction.atomic
def add_unit(*, name: str, parent: BusinessUnit | None, by: User | None) -> BusinessUnit:
    """A new business unit. Raises NotAllowedError, ConflictError where there is one already, InvalidError."""
    check_administers(by, unit=parent, to="add a unit there")
    everything = _lock_units()
    check_place(unit=None, name=name, parent=parent)
    unit = BusinessUnit.objects.create(name=name, parent=parent and everything[parent.pk])
    audit.record(action="unit.created", subject=refs.of_unit(unit), by=by, path=unit.path)
    return unit


class UnitValues(TypedDict, total=False):
    """What changes of a unit."""

    name: str
    parent: BusinessUnit | None
    valid_from: date | None
    valid_until: date | None


@transaction.atomic
def change_unit(*, unit: BusinessUnit, by: User | None, **values: Unpack[UnitValues]) -> BusinessUnit:
    """Change only what `values` names, all of it or nothing: name and place, and from when until before when it exists.

    The paths below follow. What names a unit that has ended keeps naming it; nothing new can. Raises NotAllowedError,
    ConflictError, InvalidError.
    """
    moves = {"name", "parent"} & values.keys()
    everything = _lock_units() if moves else _lock_units(unit.pk)
    locked = everything[unit.pk]
    if moves:
        _move(locked, values.get("name", locked.name), values.get("parent", locked.parent), everything, by)
    if {"valid_from", "valid_until"} & values.keys():
        begins, ends = values.get("valid_from", locked.valid_from), values.get("valid_until", locked.valid_until)
        _set_term(locked, begins, ends, by)
    return locked


def _move(
    unit: BusinessUnit, name: str, parent: BusinessUnit | None, everything: dict[Any, BusinessUnit], by: User | None
) -> None:
    for place in (unit.parent, parent):
        check_administers(by, unit=place, to="move or rename a unit there")
    check_place(unit=unit, name=name, parent=parent)
    below, former = _below(unit, everything), unit.path
    unit.name, unit.parent = name, parent and everything[parent.pk]
    unit.save()
    for lower in below:
        lower.path = unit.path + lower.path.removeprefix(former)
    BusinessUnit.objects.bulk_update(below, ["path"])
    audit.record(action="unit.moved", subject=refs.of_unit(unit), by=by, before=former, path=unit.path)


def _set_term(unit: BusinessUnit, valid_from: date | None, valid_until: date | None, by: User | None) -> None:
    check_administers(by, unit=unit, to="say when it exists")
    if valid_from and valid_until and valid_until <= valid_from:
        raise InvalidError("The unit was not saved.", fields={"valid_until": ["Choose a day after the first one."]})
    unit.valid_from, unit.valid_until = valid_from, valid_until
    unit.save(update_fields=["valid_from", "valid_until", "path", "updated_at"])
    term = {"valid_from": valid_from and valid_from.isoformat(), "valid_until": valid_until and valid_until.isoformat()}
    audit.record(action="unit.term_set", subject=refs.of_unit(unit), by=by, **term)


@transaction.atomic
def remove_unit(*, unit: BusinessUnit, by: User | None) -> None:
    """Delete a unit that nothing refers to. Raises NotAllowedError, ProtectedError otherwise."""
    check_administers(by, unit=unit.parent, to="remove a unit there")
    subject, path = refs.of_unit(unit), unit.path
    unit.delete()
    audit.record(action="unit.removed", subject=subject, by=by, path=path)


def check_place(*, unit: BusinessUnit | None, name: str, parent: BusinessUnit | None) -> None:
    """Raise ConflictError or InvalidError, naming the field, if the unit, None for a new one, cannot be there."""
    if rules.SEPARATOR in name:
        raise InvalidError("The unit was not saved.", fields={"name": [f"Leave out “{rules.SEPARATOR}”."]})
    if parent is not None and (unit is None or unit.parent_id != parent.pk):
        check_open(parent, field="parent")
    everything = {found.pk: found for found in BusinessUnit.objects.all()}
    below = _below(unit, everything) if unit is not None else []
    if unit is not None and parent in [unit, *below]:
        raise InvalidError("The unit was not saved.", fields={"parent": ["A unit cannot hang below itself."]})
    path = rules.unit_path(name, everything[parent.pk].path if parent is not None else "")
    longest = max((len(lower.path) - len(everything[unit.pk].path) for lower in below if unit), default=0)
    if len(path) + longest > rules.LONGEST_PATH:
        raise InvalidError("The unit was not saved.", fields={"name": ["The way from the top gets too long."]})
    if any(other.path == path and other != unit for other in everything.values()):
        raise ConflictError(f"There is a unit {path} already.", fields={"name": [f"There is a unit {path} already."]})


def _below(unit: BusinessUnit, everything: dict[Any, BusinessUnit]) -> list[BusinessUnit]:
    """All descendants, parents before children."""
    found = [other for other in everything.values() if other.parent_id == unit.pk]
    for lower in found:  # grows while it is read
        found += [other for other in everything.values() if other.parent_id == lower.pk]
    return found


def _lock_units(*keys: UUID) -> dict[Any, BusinessUnit]:
    """Every unit without `keys`: two people who move at once could close a cycle that neither sees.

    Moves are rare, units few.
    """
    rows = BusinessUnit.objects.select_for_update(no_key=True).order_by("pk")
    return {unit.pk: unit for unit in (rows.filter(pk__in=keys) if keys else rows)}
