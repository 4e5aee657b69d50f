"""Dataset items from an uploaded JSONL or CSV file, with every fault named by its line."""

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any

from apps.core.errors import InvalidError
from apps.core.text import clean_value
from apps.evaluations.services import Item

MOST_ITEMS = 50_000
DEEPEST = 20  # levels of lists and objects inside an input
_SHOWN = 20
_TOO_MANY = f"The file has more than {MOST_ITEMS:,} items; split it into several datasets."
_UNSTORABLE = "this line holds NUL or half a character, which cannot be stored."


def items_in(name: str, content: bytes) -> list[Item]:
    """The items of a file called `name` (`.csv`, else JSONL). Raises InvalidError with one message a faulty line."""
    text = _text(content)
    items: list[Item] = []
    faults: list[str] = []
    for line, item in _csv_rows(text) if name.lower().endswith(".csv") else _jsonl_rows(text):
        if isinstance(item, Item):
            items.append(item)
        else:
            faults.append(f"Line {line}: {item}")
        if len(items) + len(faults) > MOST_ITEMS:
            raise _faulty([*faults[:_SHOWN], _TOO_MANY])
    if faults:
        more = [f"… and {len(faults) - _SHOWN} more."] if len(faults) > _SHOWN else []
        raise _faulty(faults[:_SHOWN] + more)
    return items


def _faulty(faults: list[str]) -> InvalidError:
    return InvalidError("The file was not read.", fields={"file": faults})


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _faulty([f"Line {line}: this is not UTF-8 text. Save the file as UTF-8."]) from error


def _jsonl_rows(text: str) -> Iterator[tuple[int, Item | str]]:
    # Only \n ends a line: str.splitlines would also cut at U+2028 and others, which JSON allows inside a string.
    for line, raw in enumerate(io.StringIO(text, newline="\n"), start=1):
        if raw.strip():
            yield line, _json_item(raw)


def _json_item(raw: str) -> Item | str:
    try:
        row: Any = json.loads(raw, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return "this is not JSON."
    if not isinstance(row, dict) or not isinstance(row.get("input"), dict) or not row["input"]:
        return 'write {"input": {"name": "value"}, "expected": "answer"}.'
    if _is_deeper(row["input"], DEEPEST):
        return f"“input” is nested more than {DEEPEST} levels deep."
    if not isinstance(row.get("expected"), str | int | float) or isinstance(row["expected"], bool):
        return "“expected” must be text or a number."
    return _item(row["input"], str(row["expected"]))


def _finite(number: str) -> float:
    """A number that JSON knows; ValueError for NaN, Infinity and 1e999, which PostgreSQL refuses."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(entry, dict | list) and (not levels or _is_deeper(entry, levels - 1)) for entry in inner)


def _item(values: dict[str, Any], expected: str) -> Item | str:
    """The item, unless the database would have to change it."""
    if clean_value([values, expected]) != [values, expected]:
        return _UNSTORABLE
    return Item(values, expected)


def _csv_rows(text: str) -> Iterator[tuple[int, Item | str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        names = [name.strip() for name in next(reader, [])]
        if fault := _header_fault(names):
            yield line, fault
            return
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield line, _csv_item(names, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        # Where one field ends is unknown from here on, so this is the last fault that can be named.
        yield line, _csv_fault(error)


def _header_fault(names: list[str]) -> str:
    if "expected" not in names or len(names) < 2:
        return "the first line must name a column “expected” and at least one input column."
    if not all(names):
        return "every column needs a name."
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return f"these columns are named twice: {', '.join(twice[:5])}."
    return ""


def _csv_item(names: list[str], cells: list[str]) -> Item | str:
    if len(cells) != len(names):
        return f"this line has {len(cells)} columns, the first has {len(names)}."
    values = dict(zip(names, cells, strict=True))
    expected = values.pop("expected")
    return _item(values, expected)


def _csv_fault(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"a field is longer than {csv.field_size_limit():,} characters; write such items as JSONL."
    return f"this is not CSV: {error}."
