"""Dataset items from an uploaded JSONL or CSV file, with every fault named by its line."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from apps.core.errors import InvalidError
from apps.evaluations.services import Item

_SHOWN = 20


def items_in(name: str, content: bytes) -> list[Item]:
    """The items of a file called `name` (`.csv`, else JSONL). Raises InvalidError with one message a faulty line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _faulty(["The file is not UTF-8 text."]) from error
    rows = _csv_rows(text) if name.lower().endswith(".csv") else _jsonl_rows(text)
    items: list[Item] = []
    faults: list[str] = []
    for line, item in rows:
        if isinstance(item, Item):
            items.append(item)
        else:
            faults.append(f"Line {line}: {item}")
    if faults:
        raise _faulty(faults)
    return items


def _faulty(faults: list[str]) -> InvalidError:
    more = [f"… and {len(faults) - _SHOWN} more."] if len(faults) > _SHOWN else []
    return InvalidError("The file was not read.", fields={"file": faults[:_SHOWN] + more})


def _jsonl_rows(text: str) -> Iterator[tuple[int, Item | str]]:
    for line, raw in enumerate(text.splitlines(), start=1):
        if raw.strip():
            yield line, _json_item(raw)


def _json_item(raw: str) -> Item | str:
    try:
        row: Any = json.loads(raw)
    except ValueError:
        return "this is not JSON."
    if not isinstance(row, dict) or not isinstance(row.get("input"), dict) or not row["input"]:
        return 'write {"input": {"name": "value"}, "expected": "answer"}.'
    if not isinstance(row.get("expected"), str | int | float):
        return "“expected” must be text or a number."
    return Item(row["input"], str(row["expected"]))


def _csv_rows(text: str) -> Iterator[tuple[int, Item | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = [name.strip() for name in reader.fieldnames or []]
    if "expected" not in names or len(names) < 2:
        yield 1, "the first line must name a column “expected” and at least one input column."
        return
    reader.fieldnames = names
    try:
        for row in reader:
            yield reader.line_num, _csv_item(row)
    except csv.Error as error:
        yield reader.line_num, f"{error}."


def _csv_item(row: dict[Any, Any]) -> Item | str:
    if None in row or None in row.values():
        return "this line has another number of columns than the first."
    expected = row.pop("expected")
    return Item(row, expected)
