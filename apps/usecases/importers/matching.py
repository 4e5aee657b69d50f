"""Which row of a file is which case: by the source's own id, else by what tells rows apart, then by what they hold."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Named:
    """A row by what names it: `stem` is its own id, or the hash of what rows of one stem have in common."""

    stem: str
    has_own_key: bool
    values: Mapping[str, Any]


def keys(rows: Sequence[Named], known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The external key of each row; `known` holds what each key's case was last imported with.

    Rows of equal stem are told apart by what they hold, so that taking one away from a file does not move the others'
    words to the wrong cases; what is left is counted in the order of the file.
    """
    numbers = _known_numbers(known)
    found: dict[int, str] = {}
    for stem, places in _by_stem(rows).items():
        free = sorted(numbers[stem])
        waiting = []
        for place in places:
            same = next((n for n in free if known[f"{stem}-{n}"] == rows[place].values), None)
            if same is None:
                waiting.append(place)
            else:
                free.remove(same)
                found[place] = f"{stem}-{same}"
        following = max(numbers[stem], default=0) + 1
        for place in waiting:
            number = free.pop(0) if free else following
            following += number == following
            found[place] = f"{stem}-{number}"
    return [row.stem if row.has_own_key else found[place] for place, row in enumerate(rows)]


def _by_stem(rows: Sequence[Named]) -> dict[str, list[int]]:
    groups = defaultdict(list)
    for place, row in enumerate(rows):
        if not row.has_own_key:
            groups[row.stem].append(place)
    return groups


def _known_numbers(known: Mapping[str, Any]) -> dict[str, list[int]]:
    numbers = defaultdict(list)
    for key in known:
        stem, _, number = key.rpartition("-")
        if number.isascii() and number.isdigit():
            numbers[stem].append(int(number))
    return numbers
