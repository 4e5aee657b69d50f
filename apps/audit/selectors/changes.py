"""What changed in the rows of history that were sealed beside an event."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, OuterRef, Subquery

from apps.audit.models import AuditEvent, HistorySeal
from apps.audit.selectors import history

_MOST, _LONGEST = 50, 300
_DEEDS = {"insert": "Added", "update": "Changed", "delete": "Deleted"}


@dataclass(frozen=True)
class Change:
    """One row of one table: what was done, and (field, before, after) of what differs from the row's former state."""

    deed: str
    kind: str
    row: str
    fields: list[tuple[str, str, str]]


def changes(event: AuditEvent) -> list[Change]:
    """What the transaction of `event` changed in governed rows; the first 50 of them."""
    seals = HistorySeal.objects.filter(first_event__lte=event.sequence, last_event__gte=event.sequence)
    tables = {model._meta.db_table: model for model in history.models()}
    wanted: dict[str, list[int]] = {}
    for seal in seals.order_by("sequence")[:_MOST]:
        wanted.setdefault(seal.table_name, []).append(seal.row_id)
    return [
        _change(row, former)
        for table, ids in wanted.items()
        if table in tables
        for row, former in _with_former(tables[table], ids)
    ]


def _with_former(model: type[Any], ids: list[int]) -> list[tuple[Any, Any]]:
    """These rows of one table of history, each with the one before it of the same row or None: two queries in all."""
    before = model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pk__lt=OuterRef("pk")).order_by("-pk")
    rows = list(model.objects.filter(pk__in=ids).annotate(former=Subquery(before.values("pk")[:1])).order_by("pk"))
    former = model.objects.in_bulk([row.former for row in rows if row.former])
    return [(row, former.get(row.former)) for row in rows]


def _change(row: Any, former: Any) -> Change:
    told = [(name, "" if former is None else _shown(former, field), _shown(row, field)) for name, field in _fields(row)]
    kind = str(row.pgh_tracked_model._meta.verbose_name).capitalize()
    gone = row.pgh_label == "delete"
    return Change(
        _DEEDS.get(row.pgh_label, row.pgh_label),
        kind,
        str(row.pgh_obj_id),
        [] if gone else [pair for pair in told if pair[1] != pair[2]],
    )


def _fields(row: Model) -> list[tuple[str, str]]:
    own = [field for field in row._meta.concrete_fields if not field.name.startswith("pgh_")]
    return [(str(field.verbose_name).capitalize(), field.attname) for field in own]


def _shown(row: Model, field: str) -> str:
    value = getattr(row, field)
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
