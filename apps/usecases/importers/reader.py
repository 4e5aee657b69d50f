"""From the bytes of a CSV file to rows, by position: headings may repeat, and cells may hold line breaks."""

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from apps.core.errors import InvalidError

_MOST_SHOWN = 50


class ImportRefusedError(InvalidError):
    """The file cannot be imported; nothing of it was written. `problems` says why, one line each."""

    code = "import-refused"

    def __init__(self, message: str, problems: Collection[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)

    def __str__(self) -> str:
        shown = self.problems[:_MOST_SHOWN]
        more = len(self.problems) - len(shown)
        return "\n".join([self.message, *shown, *([f"… and {more} more"] if more else [])])


@dataclass(frozen=True)
class Row:
    """One row. `number` counts as a spreadsheet does: the headings are row 1."""

    number: int
    cells: list[str]

    def folded(self, column: int) -> str:
        """The cell at the 0-based `column` with every run of white space made one blank."""
        return " ".join(self.cells[column].split())

    def lines(self, column: int) -> str:
        """The cell with white space folded inside its lines, and without empty lines."""
        folded = (" ".join(line.split()) for line in self.cells[column].splitlines())
        return "\n".join(line for line in folded if line)


def read(content: bytes, *, encoding: str, width: int, headings: Mapping[int, str]) -> list[Row]:
    """The rows below the headings. `headings` names what must stand at some 0-based columns.

    Raises ImportRefusedError for another encoding, broken quoting, another number of columns or other headings.
    """
    rows = _rows(_decoded(content, encoding))
    if not rows:
        raise ImportRefusedError("The file is empty.")
    _check_headings(rows[0], width, headings)
    wrong = [
        f"Row {row.number} has {len(row.cells)} columns instead of {width}." for row in rows if len(row.cells) != width
    ]
    if wrong:
        raise ImportRefusedError("Some rows do not have the profile's columns. Nothing was imported.", wrong)
    return rows[1:]


def _decoded(content: bytes, encoding: str) -> str:
    if not content.isascii() and _is_utf8(content):
        raise ImportRefusedError(f"The file is encoded as UTF-8, but this profile expects {encoding}.")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ImportRefusedError(
            f"The file is not encoded as {encoding}: byte {error.start} is 0x{content[error.start]:02x}."
        ) from error


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [Row(number, cells) for number, cells in enumerate(reader, start=1) if cells]
    except csv.Error as error:
        raise ImportRefusedError(f"The file is not CSV: {error} (line {reader.line_num}).") from error


def _check_headings(first: Row, width: int, headings: Mapping[int, str]) -> None:
    if len(first.cells) != width:
        raise ImportRefusedError(
            f"The file has {len(first.cells)} columns, this profile needs {width}. Is it another file?"
        )
    wrong = [
        f'Column {column + 1} should be headed "{heading}" but is "{first.folded(column)[:100]}".'
        for column, heading in headings.items()
        if first.folded(column) != heading
    ]
    if wrong:
        raise ImportRefusedError("The headings are not those of this profile. Is it another file?", wrong)
