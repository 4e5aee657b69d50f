"""Edits that whoever owns the database could make to the audit tables behind their triggers."""

# ruff: noqa: S608  (the names of tables and columns come from our own models)

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pghistory.core
from django.db import connection, models, transaction

from apps.audit.models import AuditEvent, HistorySeal

EVENTS, SEALS = AuditEvent._meta.db_table, HistorySeal._meta.db_table
OTHER_VALUE = {
    "text": "CASE {0} WHEN 'x' THEN 'y' ELSE 'x' END",
    "character varying": "CASE {0} WHEN 'x' THEN 'y' ELSE 'x' END",
    "bigint": "coalesce({0}, 0) + 100000",
    "integer": "coalesce({0}, 0) + 100000",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "jsonb": """jsonb_build_object('was', {0})""",
    "uuid": "gen_random_uuid()",
    "boolean": "NOT coalesce({0}, false)",
    "date": "coalesce({0}, current_date) + 1",
    "numeric": "coalesce({0}, 0) + 1",
    "ARRAY": "array_append({0}, NULL)",
}


def run(statement: str, *values: Any) -> None:
    """One statement with its values."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def as_owner() -> Iterator[None]:
    """Triggers are off inside, and all that was done is undone afterwards."""
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        yield
        transaction.set_rollback(True)


def triggers_on() -> None:
    """Whoever edits cleans up."""
    run("SET LOCAL session_replication_role = DEFAULT")


def columns(table: str) -> list[tuple[str, str]]:
    """(name, type) of each column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY 1", [table]
        )
        return list(cursor.fetchall())


@dataclass(frozen=True)
class Tables:
    """The audit tables with the keys of their rows at the start."""

    events: list[int]
    seals: list[int]
    rows: dict[str, list[int]]

    @classmethod
    def now(cls) -> "Tables":
        """As they are."""
        history: dict[str, list[int]] = {}
        for model in pghistory.core.event_models():
            if found := list(model._default_manager.order_by("pk").values_list("pk", flat=True)):
                history[model._meta.db_table] = found
        return cls(_keys(AuditEvent), _keys(HistorySeal), history)


def _keys(model: type[models.Model]) -> list[int]:
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True))


def random_edit(tables: Tables, dice: random.Random) -> str:
    """Make one random edit and say in words which it was."""
    edits: list[Callable[[Tables, random.Random], str]] = [
        change_link, change_link, change_row, change_row, delete_links, close_the_gap, insert_link, double_link,
        swap_links, move_link, write_anew, cut_the_tail, delete_row, double_row, swap_rows, delete_row_with_seal,
        change_row_with_seal, cut_rows_with_seals,
    ]  # fmt: skip
    return dice.choice(edits)(tables, dice)


def _chain(tables: Tables, dice: random.Random) -> tuple[str, list[int]]:
    return dice.choice([(EVENTS, tables.events), (SEALS, tables.seals)])


def _table(tables: Tables, dice: random.Random) -> tuple[str, list[int]]:
    return dice.choice(sorted(tables.rows.items()))


def _change(table: str, key: str, row: int, dice: random.Random) -> str:
    name, kind = dice.choice(columns(table))
    value = "encode(sha256({0}::bytea), 'hex')" if name in ("hash", "previous_hash", "digest") else OTHER_VALUE[kind]
    run(f"UPDATE {table} SET {name} = {value.format(name)} WHERE {key} = %s", row)
    return f"{name} of {table} {row}"


def change_link(tables: Tables, dice: random.Random) -> str:
    """Another value in one column of an event or a seal."""
    table, keys = _chain(tables, dice)
    return "changed " + _change(table, "sequence", dice.choice(keys), dice)


def change_row(tables: Tables, dice: random.Random) -> str:
    """Another value in one column of a row of history."""
    table, keys = _table(tables, dice)
    return "changed " + _change(table, "pgh_id", dice.choice(keys), dice)


def delete_links(tables: Tables, dice: random.Random) -> str:
    """One to five neighbours gone."""
    table, keys = _chain(tables, dice)
    first, count = dice.choice(keys), dice.randint(1, 5)
    run(f"DELETE FROM {table} WHERE sequence BETWEEN %s AND %s", first, first + count - 1)
    return f"deleted {count} of {table} from {first}"


def _shift(table: str, first: int, by: int) -> None:
    """Move all from `first` on; negative numbers between keep the key unique."""
    run(f"UPDATE {table} SET sequence = -sequence WHERE sequence >= %s", first)
    run(f"UPDATE {table} SET sequence = -sequence + %s WHERE sequence < 0", by)


def close_the_gap(tables: Tables, dice: random.Random) -> str:
    """One gone, and all behind it moved up."""
    table, keys = _chain(tables, dice)
    gone = dice.choice(keys)
    run(f"DELETE FROM {table} WHERE sequence = %s", gone)
    _shift(table, gone + 1, -1)
    return f"deleted {gone} of {table} and closed the gap"


def insert_link(tables: Tables, dice: random.Random) -> str:
    """An event of one's own before another one, rightly hashed, and all behind it moved down."""
    place = dice.choice(tables.events)
    _shift(EVENTS, place, 1)
    former = AuditEvent.objects.filter(pk=place - 1).first()
    forged = AuditEvent(
        sequence=place, at=AuditEvent.objects.get(pk=place + 1).at, action="forged", subject_kind="thing",
        subject_id="1", data={}, previous_hash=former.hash if former else "0" * 64,
    )  # fmt: skip
    forged.hash = forged.computed_hash()
    forged.save(force_insert=True)
    return f"inserted at {place}"


def double_link(tables: Tables, dice: random.Random) -> str:
    """A row twice under the same number."""
    table, keys = _chain(tables, dice)
    twice = dice.choice(keys)
    run(f"CREATE TEMP TABLE twin ON COMMIT DROP AS SELECT * FROM {table} WHERE sequence = %s", twice)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, DROP CONSTRAINT {table}_hash_key")
    if table == SEALS:
        run(f"ALTER TABLE {table} DROP CONSTRAINT history_sealed_once")
    run(f"INSERT INTO {table} SELECT * FROM twin")
    return f"doubled {twice} of {table}"


def _exchange(table: str, one: int, other: int) -> None:
    run(f"UPDATE {table} SET sequence = -1 WHERE sequence = %s", one)
    run(f"UPDATE {table} SET sequence = %s WHERE sequence = %s", one, other)
    run(f"UPDATE {table} SET sequence = %s WHERE sequence = -1", other)


def swap_links(tables: Tables, dice: random.Random) -> str:
    """Two change their numbers."""
    table, keys = _chain(tables, dice)
    one, other = dice.sample(keys, 2)
    _exchange(table, one, other)
    return f"swapped {one} and {other} of {table}"


def move_link(tables: Tables, dice: random.Random) -> str:
    """One goes to the end."""
    table, keys = _chain(tables, dice)
    moved = dice.choice(keys)
    run(f"UPDATE {table} SET sequence = %s WHERE sequence = %s", keys[-1] + 1, moved)
    return f"moved {moved} of {table} to the end"


def write_anew(tables: Tables, dice: random.Random) -> str:
    """A changed link, and every hash from there on computed anew: the chain fits, the saved head does not."""
    table, keys = _chain(tables, dice)
    model: Any = AuditEvent if table == EVENTS else HistorySeal
    first = dice.choice(keys)
    links = list(model.objects.filter(sequence__gte=first).order_by("sequence"))
    if table == EVENTS:
        links[0].actor_id = "somebody else"
    else:
        links[0].digest = "f" * 64
    previous = links[0].previous_hash
    for link in links:
        link.previous_hash = previous
        link.hash = previous = link.computed_hash()
    model.objects.filter(sequence__gte=first).delete()
    model.objects.bulk_create(links)
    return f"wrote {table} anew from {first}"


def cut_the_tail(tables: Tables, dice: random.Random) -> str:
    """The newest links gone."""
    table, keys = _chain(tables, dice)
    run(f"DELETE FROM {table} WHERE sequence >= %s", dice.choice(keys))
    return f"cut the tail of {table}"


def delete_row(tables: Tables, dice: random.Random) -> str:
    """A row of history gone."""
    table, keys = _table(tables, dice)
    run(f"DELETE FROM {table} WHERE pgh_id = %s", gone := dice.choice(keys))
    return f"deleted {table} {gone}"


def _double(table: str, row: int, key: int) -> None:
    names = [f'"{name}"' for name, _ in columns(table) if name != "pgh_id"]
    listed = ", ".join(names)
    run(f"INSERT INTO {table} (pgh_id, {listed}) SELECT %s, {listed} FROM {table} WHERE pgh_id = %s", key, row)


def double_row(tables: Tables, dice: random.Random) -> str:
    """A row of history that nothing wrote."""
    table, keys = _table(tables, dice)
    _double(table, row := dice.choice(keys), keys[-1] + 1000)
    return f"inserted a copy of {table} {row}"


def swap_rows(tables: Tables, dice: random.Random) -> str:
    """Two rows of history change their numbers."""
    table, keys = max(tables.rows.items(), key=lambda item: len(item[1]))
    one, other = dice.sample(keys, 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        run(f"UPDATE {table} SET pgh_id = %s WHERE pgh_id = %s", new, old)
    return f"swapped {one} and {other} of {table}"


def delete_row_with_seal(tables: Tables, dice: random.Random) -> str:
    """A row of history gone together with its seal."""
    table, keys = _table(tables, dice)
    run(f"DELETE FROM {table} WHERE pgh_id = %s", gone := dice.choice(keys))
    run(f"DELETE FROM {SEALS} WHERE table_name = %s AND row_id = %s", table, gone)
    return f"deleted {table} {gone} and its seal"


def change_row_with_seal(tables: Tables, dice: random.Random) -> str:
    """A changed row whose seal got the digest of the change."""
    table, keys = _table(tables, dice)
    row = dice.choice(keys)
    run(f"UPDATE {table} SET pgh_label = pgh_label || 'x' WHERE pgh_id = %s", row)
    run(
        f"UPDATE {SEALS} SET digest = encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex') FROM {table} t "
        "WHERE table_name = %s AND row_id = %s AND t.pgh_id = row_id",
        table, row,
    )  # fmt: skip
    return f"changed {table} {row} and its seal"


def cut_rows_with_seals(tables: Tables, dice: random.Random) -> str:
    """The newest rows of history gone, with their seals."""
    first = dice.choice(tables.seals)
    for table in tables.rows:
        run(
            f"DELETE FROM {table} USING {SEALS} s WHERE s.table_name = %s AND s.row_id = pgh_id AND s.sequence >= %s",
            table, first,
        )  # fmt: skip
    run(f"DELETE FROM {SEALS} WHERE sequence >= %s", first)
    return f"cut history with its seals from {first}"
