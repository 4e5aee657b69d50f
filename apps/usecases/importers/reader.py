"""From the bytes of a CSV file to rows, by position: headings may repeat, and cells may hold line breaks."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from apps.core.errors import InvalidError

MOST_ROWS = 20_000
_MOST_SHOWN = 50
_SHOWN_VALUE = 100
# How files begin that people take for CSV: workbooks and other archives, older workbooks, PDF, images.
_NO_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
}
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_SAVE = "Save it as CSV"


class ImportRefusedError(InvalidError):
    """The file cannot be imported; nothing of it was written. `problems` says why, one line each."""

    code = "import-refused"

    def __init__(self, message: str, problems: Collection[str] = ()) -> None:
        self.problems = list(problems)
        # Beside the field of the upload page.
        super().__init__(message, fields={"file": [message, *shown(self.problems)]})

    def __str__(self) -> str:
        return "\n".join([self.message, *shown(self.problems)])


def shown(problems: Sequence[str]) -> list[str]:
    """The first 50 of them, and how many more there are."""
    more = len(problems) - _MOST_SHOWN
    return [*problems[:_MOST_SHOWN], *([f"… and {more} more"] if more > 0 else [])]


@dataclass(frozen=True)
class Row:
    """One row, its cells in the order of the profile. `number` counts as a spreadsheet does: the headings are row 1."""

    number: int
    cells: list[str]

    def folded(self, column: int) -> str:
        """The cell at the 0-based `column` with every run of white space made one blank."""
        return " ".join(self.cells[column].split())

    def lines(self, column: int) -> str:
        """The cell with white space folded inside its lines, and without empty lines."""
        folded = (" ".join(line.split()) for line in self.cells[column].splitlines())
        return "\n".join(line for line in folded if line)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell, or for column None with the row. `column` is the 0-based one of the profile."""

    row: int
    message: str
    column: int | None = None
    value: str = ""


@dataclass(frozen=True)
class Layout:
    """Where a file keeps each of the profile's columns, 0-based, None where it has none, and what its headings say."""

    headings: list[str]
    places: list[int | None]

    def named(self, column: int) -> str:
        """The column of the profile as a person finds it in the file."""
        place = self.places[column]
        return f"column {place + 1} ({self.headings[place]})" if place is not None else ""


@dataclass(frozen=True)
class Sheet:
    """The rows below the headings that can be read, and what is wrong with the others."""

    layout: Layout
    rows: list[Row]
    faults: list[Fault] = field(default_factory=list)


def read(content: bytes, *, encoding: str, layout: Callable[[Row], Layout]) -> Sheet:
    """The rows of the file; `layout` says of its headings where what is, and refuses those it does not know.

    Raises ImportRefusedError for what is no CSV, another encoding, other headings, or too many rows.
    """
    _check_is_text(content)
    text = _decoded(content, encoding)
    rows = _rows(text)
    first = next(rows, None)
    if first is None:
        raise ImportRefusedError("The file is empty. Choose a CSV file with a line of headings and a row a use case.")
    found = layout(first)
    return _sheet(found, rows)


def _check_is_text(content: bytes) -> None:
    for beginning, what in _NO_TEXT.items():
        if content.startswith(beginning):
            raise ImportRefusedError(f"The file is no CSV but {what}. Open it where it was made, and save it as CSV.")
    if content.startswith(_WIDE):
        raise ImportRefusedError(f"The file is encoded as UTF-16. {_SAVE} in UTF-8.")


def _decoded(content: bytes, encoding: str) -> str:
    name = {"utf-8-sig": "UTF-8", "cp1252": "cp1252 (Windows-1252)"}.get(encoding, encoding)
    if encoding == "cp1252" and not content.isascii() and _is_utf8(content):
        raise ImportRefusedError(
            f"The file is encoded as UTF-8, but this profile expects {name}. Take the file as it was published."
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRefusedError(
            f"The file is not encoded as {name}: byte {error.start}, in line {line}, is 0x{content[error.start]:02x}. "
            f"{_SAVE} in {name}, or choose another profile."
        ) from error


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: str) -> Iterator[Row]:
    """The rows that are not empty, numbered as a spreadsheet numbers them."""
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS + 1:
                raise ImportRefusedError(f"The file has more than {MOST_ROWS:,} rows. Split it into several files.")
            if any(cells):
                yield Row(number, cells)
    except csv.Error as error:
        what = f"a cell is longer than {csv.field_size_limit():,} characters" if "limit" in str(error) else str(error)
        raise ImportRefusedError(
            f"The file is not CSV: {what} (line {reader.line_num}). {_SAVE}: cells with a comma, a quotation mark or a "
            "line break in quotation marks, and quotation marks inside them doubled."
        ) from error


def _columns(count: int) -> str:
    return f"{count} column{'' if count == 1 else 's'}"


def _sheet(layout: Layout, rows: Iterator[Row]) -> Sheet:
    sheet = Sheet(layout, [])
    width = len(layout.headings)
    for row in rows:
        if len(row.cells) != width:
            sheet.faults.append(Fault(row.number, f"This row has {_columns(len(row.cells))} instead of {width}."))
            continue
        ordered = Row(row.number, [row.cells[place] if place is not None else "" for place in layout.places])
        unstorable = [column for column, cell in enumerate(ordered.cells) if "\x00" in cell]
        said = "This cell holds a NUL character, which cannot be stored. Remove it."
        sheet.faults.extend(
            Fault(row.number, said, column, ordered.cells[column].replace("\x00", "\ufffd")[:_SHOWN_VALUE])
            for column in unstorable
        )
        if not unstorable:
            sheet.rows.append(ordered)
    return sheet
