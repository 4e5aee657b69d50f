"""What is wrong with rows, and what was made of them: everything at once, by row and column."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from apps.accounts.rules import LONGEST_PATH, SEPARATOR
from apps.usecases.importers.profiles.base import Candidate, Profile
from apps.usecases.importers.reader import Layout, Row, Sheet
from apps.usecases.models import Severity

# As many characters as the fields hold.
LIMITS = {"title": 400, "purpose": 20_000, "topic_other": 500, "unit": 200, "bureau": 200, "own_key": 180}
_SHOWN = 100
_WORDS = 500


@dataclass(frozen=True)
class Note:
    """One word about one cell, or for column "" about the row."""

    row: int
    message: str
    severity: Severity
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Checker:
    """Compares rows with what the portal can keep. `people` are user names; `closed` the paths of ended units."""

    profile: Profile
    layout: Layout
    people: Collection[str]
    closed: Collection[str]

    def notes(self, sheet: Sheet, candidates: list[Candidate]) -> list[Note]:
        """Everything there is to say, in the order of the file."""
        rows = {row.number: row for row in sheet.rows}
        found = [
            Note(fault.row, fault.message, Severity.ERROR, self._named(fault.column), fault.value)
            for fault in sheet.faults
        ]
        for candidate in candidates:
            found += self._of_row(candidate, rows[candidate.row])
        return sorted([*found, *self._repeated(candidates, rows)], key=lambda note: note.row)

    def _named(self, column: int | None) -> str:
        return "" if column is None else self.layout.named(column)

    def _of_row(self, candidate: Candidate, row: Row) -> Iterator[Note]:
        for name, message in self._problems(candidate):
            column = self.profile.columns.get(name)
            yield self._note(row, column, message, Severity.ERROR)
        for remark in candidate.remarks:
            severity = Severity.ERROR if remark.is_error else Severity.WARNING
            yield self._note(row, remark.column, remark.message, severity)

    def _note(self, row: Row, column: int | None, message: str, severity: Severity) -> Note:
        value = "" if column is None else row.folded(column)[:_SHOWN]
        return Note(row.number, message[:_WORDS], severity, self._named(column), value)

    def _problems(self, candidate: Candidate) -> Iterator[tuple[str, str]]:
        """(field, message) of everything that bars the import."""
        for name, text in _texts(candidate, self.profile).items():
            if name in ("title", "unit") and not any(character.isalnum() for character in text):
                yield name, "This must not be empty."
            elif len(text) > LIMITS[name]:
                yield name, f"{len(text):,} characters, at most {LIMITS[name]:,} are possible."
        if not any(character.isalnum() for character in candidate.purpose):
            yield "purpose", "This must hold a word."
        yield from self._unit_problems(candidate)
        for name in ("owner", "sponsor"):
            if (person := getattr(candidate, name)) and person not in self.people:
                yield name, f"There is no active person with the user name {person[:_SHOWN]}."

    def _unit_problems(self, candidate: Candidate) -> Iterator[tuple[str, str]]:
        paths = [SEPARATOR.join(candidate.unit[:depth]) for depth in range(1, len(candidate.unit) + 1)]
        if ended := next((path for path in paths if path in self.closed), ""):
            yield "unit", f"The unit {ended} has ended. Name one that exists today."
        if len(paths[-1]) > LONGEST_PATH:
            yield "unit", f"The way from the top is longer than {LONGEST_PATH} characters."

    def _repeated(self, candidates: list[Candidate], rows: Mapping[int, Row]) -> Iterator[Note]:
        """Rows that are called alike: an error where the source itself numbers them, else a warning."""
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for candidate in candidates:
            alike[(candidate.own_key,) if candidate.own_key else ("", *candidate.natural_key)].append(candidate.row)
        copies: dict[tuple[str, ...], int] = {}
        for key, numbers in alike.items():
            if key[0] and len(numbers) > 1:
                said = f"This id is there twice, also in row {numbers[0]}. An id must name one row."
                for number in numbers[1:]:
                    yield self._note(rows[number], self.profile.columns["own_key"], said, Severity.ERROR)
            elif len(numbers) > 1:
                for number in numbers:
                    first = copies.setdefault(tuple(rows[number].cells), number)
                    what = (
                        f"an exact copy of row {first}" if first != number else f"called as {len(numbers) - 1} others"
                    )
                    said = f"This row is {what}; each becomes a case, told apart by what it holds and by its place."
                    yield Note(number, said, Severity.WARNING)


def _texts(candidate: Candidate, profile: Profile) -> dict[str, str]:
    """The texts that have a longest length, by the field that a message names."""
    texts = {"title": candidate.title, "purpose": candidate.purpose, "topic_other": candidate.topic_other}
    texts["own_key"] = candidate.own_key
    if "bureau" in profile.columns:
        return texts | dict(zip(("unit", "bureau"), candidate.unit, strict=False))
    # The whole path stands in one column: an empty name in it is as wrong as none, and the longest one counts.
    return texts | {"unit": max(candidate.unit, key=len) if all(candidate.unit) else ""}
