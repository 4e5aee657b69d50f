"""Whether every row of a history table is the one that was sealed, and no other row is there."""

from collections.abc import Iterator
from typing import Any

import pghistory.core
import pgtrigger
from django.db import connection
from django.db.models import Model

from apps.audit.models import HistorySeal
from apps.audit.rules import CHANGED, HISTORY, INSERTED, MISSING, Break

# Built-in functions alone: one of ours could have been replaced by whoever changed the rows.
_DIGEST = """encode(sha256(convert_to((
    SELECT jsonb_object_agg(cell.key, cell.value) FROM jsonb_each(to_jsonb(row)) cell WHERE cell.key = ANY(seal.columns)
)::text, 'UTF8')), 'hex')"""
# One part a table; the names of tables come from our own models.
_CHANGED_OR_MISSING = f"""(
    SELECT seal.sequence, seal.table_name, seal.row_id, row.pgh_id IS NULL
    FROM audit_historyseal seal LEFT JOIN {{table}} row ON row.pgh_id = seal.row_id
    WHERE seal.table_name = %s AND (row.pgh_id IS NULL OR seal.digest IS DISTINCT FROM {_DIGEST})
    ORDER BY seal.sequence LIMIT 1)"""  # noqa: S608
_UNSEALED = """(
    SELECT %s, count(*), min(row.pgh_id) FROM {table} row
    LEFT JOIN audit_historyseal seal ON seal.table_name = %s AND seal.row_id = row.pgh_id
    WHERE seal.sequence IS NULL HAVING count(*) > 0)"""
_SWITCHED = """
    SELECT tgrelid::regclass::text, tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgname LIKE 'pgtrigger\\_%'"""


def models() -> list[type[Model]]:
    """The models of the history tables."""
    return pghistory.core.event_models()


def breaks() -> Iterator[Break]:
    """The first changed or missing row of each history table, rows that nobody sealed, and triggers switched off."""
    tables = [model._meta.db_table for model in models()]
    with connection.cursor() as cursor:
        for sequence, table, row, gone in _asked(cursor, _CHANGED_OR_MISSING, tables):
            words = f"Row {row} of {table} is {'gone' if gone else 'not as it was sealed'}."
            yield Break(HISTORY, sequence, MISSING if gone else CHANGED, words)
        for table, count, first in _asked(cursor, _UNSEALED, tables):
            words = f"{count} rows of {table} were never sealed; the first is row {first}."
            yield Break(HISTORY, 0, INSERTED, words)
        yield from _of_triggers(cursor)
    strange = HistorySeal.objects.exclude(table_name__in=tables).order_by("sequence").first()
    if strange:
        words = f"It seals a row of {strange.table_name}, which is no history table."
        yield Break(HISTORY, strange.sequence, MISSING, words)


def _asked(cursor: Any, part: str, tables: list[str]) -> list[Any]:
    """What one statement says of all tables, smallest sequence or name first."""
    whole = " UNION ALL ".join(part.format(table=connection.ops.quote_name(table)) for table in tables)
    cursor.execute(f"{whole} ORDER BY 1", [table for table in tables for _ in range(part.count("%s"))])
    return list(cursor.fetchall())


def _of_triggers(cursor: Any) -> Iterator[Break]:
    cursor.execute(_SWITCHED)
    on = set(cursor.fetchall())
    for model, trigger in pgtrigger.registered():
        table, name = model._meta.db_table, trigger.get_pgid(model)
        if (table, name) not in on:
            yield Break(HISTORY, 0, CHANGED, f"The trigger {trigger.name} of {table} is switched off or gone.")
