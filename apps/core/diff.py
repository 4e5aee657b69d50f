"""What changed between two texts: lines first, then the words inside changed lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
# Unchanged lines kept around a change; longer runs are folded.
_AROUND = 3
# Words on both sides beyond which a changed block is shown as whole lines: comparing takes their product.
_MOST_WORDS = 4_000


@dataclass(frozen=True)
class Part:
    """A run of words; `changed` marks what the other side lacks."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Line:
    """One line of one side, `number` counted from 1."""

    number: int
    parts: Sequence[Part]


@dataclass(frozen=True)
class Row:
    """Two lines beside one another. `kind` is same, changed, removed, added, or gap with `hidden` unchanged lines."""

    kind: str
    old: Line | None = None
    new: Line | None = None
    hidden: int = 0


@dataclass(frozen=True)
class FieldDiff:
    """One named text in both versions."""

    name: str
    rows: Sequence[Row]
    changed: bool


def lines(old: str, new: str) -> list[Row]:
    """The rows of two texts beside one another, with long unchanged runs folded."""
    left, right = old.splitlines(), new.splitlines()
    found: list[Row] = []
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    for place, (tag, i1, i2, j1, j2) in enumerate(blocks):
        if tag == "equal":
            same = [_same(i, j, left[i]) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)]
            found += _folded(same, first=place == 0, last=place == len(blocks) - 1)
        else:
            found += _changed(left[i1:i2], right[j1:j2], i1, j1)
    return found


def fields(old: Mapping[str, str], new: Mapping[str, str]) -> list[FieldDiff]:
    """The named texts of `new`, then those that only `old` has, each compared."""
    names = [*new, *(name for name in old if name not in new)]
    pairs = [(name, old.get(name, ""), new.get(name, "")) for name in names]
    return [FieldDiff(name, lines(before, after), before != after) for name, before, after in pairs]


def _same(old: int, new: int, text: str) -> Row:
    return Row("same", Line(old + 1, [Part(text)]), Line(new + 1, [Part(text)]))


def _folded(rows: list[Row], *, first: bool, last: bool) -> list[Row]:
    head, tail = (0 if first else _AROUND), (0 if last else _AROUND)
    hidden = len(rows) - head - tail
    if hidden <= 1:
        return rows
    return [*rows[:head], Row("gap", hidden=hidden), *rows[len(rows) - tail :]]


def _changed(left: list[str], right: list[str], old_at: int, new_at: int) -> Iterator[Row]:
    old_parts, new_parts = _words("\n".join(left), "\n".join(right)) if left and right else (None, None)
    old = _numbered(_by_line(old_parts) if old_parts else [[Part(text, True)] for text in left], old_at)
    new = _numbered(_by_line(new_parts) if new_parts else [[Part(text, True)] for text in right], new_at)
    for place in range(max(len(old), len(new))):
        before = old[place] if place < len(old) else None
        after = new[place] if place < len(new) else None
        yield Row("changed" if before and after else "removed" if before else "added", before, after)


def _words(old: str, new: str) -> tuple[list[Part] | None, list[Part] | None]:
    left, right = _WORDS.findall(old), _WORDS.findall(new)
    if len(left) + len(right) > _MOST_WORDS:
        return None, None
    before, after = [], []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        before.append(Part("".join(left[i1:i2]), tag != "equal"))
        after.append(Part("".join(right[j1:j2]), tag != "equal"))
    return [part for part in before if part.text], [part for part in after if part.text]


def _by_line(parts: list[Part]) -> list[list[Part]]:
    rows: list[list[Part]] = [[]]
    for part in parts:
        first, *rest = part.text.split("\n")
        rows[-1].append(Part(first, part.changed))
        rows += [[Part(text, part.changed)] for text in rest]
    return [[part for part in row if part.text] for row in rows]


def _numbered(rows: list[list[Part]], start: int) -> list[Line]:
    return [Line(start + place, parts) for place, parts in enumerate(rows, start=1)]
