"""A list as a file: every row of the query, in the columns shown, with nothing in it that a spreadsheet would run."""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from apps.core import rates
from apps.core.badges import Badge
from apps.core.charts import Chart, csv_text
from apps.core.errors import DomainError, TooOftenError
from apps.core.http import csv_download
from apps.core.lists import counting, hooks, places
from apps.core.lists.describing import Column, List
from apps.core.lists.state import State
from apps.core.text import clean_text

# An export reads every row it gives out; beyond this it is narrowed first.
MOST_ROWS = 100_000
# Excel's own limit of a cell, in UTF-16 units.
LONGEST_CELL = 32_767
_CUT = " … (cut)"
_CHUNK = 1_000
# What makes a spreadsheet take text for a formula: ASCII signs, their full-width twins, and control characters that
# importers swallow in front of them.
_RISKY = re.compile("^[\\s\ufeff\u200b-\u200f\u2060]*[=+\\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]|^[\t\r\n\x00]")
_UNWRITABLE = re.compile("[\ufffe\uffff]")


def export(request: HttpRequest, listing: List, state: State, visible: QuerySet[Any]) -> HttpResponseBase:
    """The file that the address asks for, once it is recorded.

    Raises DomainError (400) where a parameter was not understood or too many rows match: a file must not hold more, or
    less, than was asked for. Raises TooOftenError.
    """
    _count(request)
    if state.ignored:
        raise DomainError(f"Nothing was exported, because {state.ignored[0]}")
    rows = counting.narrowed(listing, state, visible)
    count = rows.order_by()[: MOST_ROWS + 1].count()
    if count > MOST_ROWS:
        raise DomainError(f"More than {MOST_ROWS:,} rows match, the most that one export holds. Narrow the list first.")
    columns = [listing.column(key) for key in state.shown]
    query = state.query(filters_open=False)
    told = hooks.Export(listing.page, state.format, query, [column.key for column in columns], count)
    hooks.current().exported(told, by=request.user)
    found = _read(listing, places.ordered(listing, rows, sort=state.sort)[:MOST_ROWS])
    name = f"{slugify(listing.title) or 'list'}-{timezone.localdate():%Y-%m-%d}.{state.format}"
    return _CSV(columns, found, name) if state.format == "csv" else _xlsx(listing.title, columns, found, name)


def chart_values(request: HttpRequest, chart: Chart, *, name: str) -> HttpResponse:
    """The values behind a chart as a file `name`.csv, counted and recorded as an export of its page.

    Which of the page's charts it is follows from the address. Raises TooOftenError.
    """
    _record(request, [column or "Name" for column in chart.columns], len(chart.rows))
    return csv_download(csv_text(chart), name=name)


def csv_file(request: HttpRequest, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, name: str) -> HttpResponse:
    """Rows under the heads `columns` as a file `name`.csv, counted and recorded as an export of its page.

    Nothing in it is run by a spreadsheet. Raises TooOftenError.
    """
    _record(request, list(columns), len(rows))
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    lines = [str(writer.writerow([neutral(cell) for cell in row])) for row in (columns, *rows)]
    return csv_download("\ufeff" + "".join(lines), name=name)


def _record(request: HttpRequest, columns: list[str], rows: int) -> None:
    """Count and record an export of what the address names."""
    _count(request)
    place = request.resolver_match
    page, query = (place.view_name, urlencode(place.kwargs)) if place else ("", "")
    hooks.current().exported(hooks.Export(page, "csv", query, columns, rows), by=request.user)


def _count(request: HttpRequest) -> None:
    if seconds := rates.seconds_to_wait("export", f"user:{request.user.pk}"):
        raise TooOftenError(f"That were many exports. Wait {seconds} seconds, then try again.", retry_after=seconds)


def _read(listing: List, rows: QuerySet[Any]) -> Iterator[Any]:
    """The rows as the columns read them, a chunk at a time."""
    found = iter(rows.iterator(chunk_size=_CHUNK))
    while chunk := list(islice(found, _CHUNK)):
        yield from listing.read(chunk) if listing.read else chunk


def plain(column: Column, row: Any) -> Any:
    """What a file holds of one cell: text, a number, a date, a time in UTC, or None."""
    value = column.plain(row) if column.plain else column.value(row)
    if isinstance(value, Badge):
        return value.word
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return value
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else str(value)
    return _UNWRITABLE.sub("\ufffd", clean_text(text))


def label(column: Column) -> str:
    """The head of a column, which says the zone of its times."""
    return f"{column.label} (UTC)" if column.kind == "time" and "UTC" not in column.label else column.label


def neutral(value: Any) -> Any:
    """A cell of a CSV file: text that a spreadsheet might run gets an apostrophe in front; all else stays."""
    if isinstance(value, str):
        return f"'{value}" if _RISKY.match(value) else value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return "" if value is None else value


class _Line:
    """What the csv module writes to: it hands each line back."""

    def write(self, text: str) -> str:
        return text


class _CSV(StreamingHttpResponse):
    """A CSV file in UTF-8 with a byte order mark, every cell quoted, sent while it is read."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[Any], name: str) -> None:
        super().__init__(_lines(columns, rows), content_type="text/csv; charset=utf-8; header=present")
        self["Content-Disposition"] = f'attachment; filename="{name}"'
        self["Cache-Control"] = "no-store"


def _lines(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + str(writer.writerow([neutral(label(column)) for column in columns]))
    for row in rows:
        yield str(writer.writerow([neutral(plain(column, row)) for column in columns]))


def _xlsx(title: str, columns: Sequence[Column], rows: Iterable[Any], name: str) -> FileResponse:
    """An XLSX file with typed cells; text stays text, whatever it begins with."""
    # Closed by the response; rows go to the disk, so that a large file needs no large memory.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31] or "List")
    bold, times = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 40 if column.kind in ("text", "prose") else 18)
        sheet.write_string(0, place, label(column), bold)
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            _write(sheet, line, place, plain(column, row), times)
    book.close()
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


def _write(sheet: Any, line: int, place: int, value: Any, times: Any) -> None:
    """One cell by its type; never by what its text looks like."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, place, value.replace(tzinfo=None), times)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value)
    else:
        sheet.write_string(line, place, _fitting(value))


def _fitting(text: str) -> str:
    """Text as long as a cell may be, with a word where something was cut."""
    if len(text.encode("utf-16-le")) // 2 <= LONGEST_CELL:
        return text
    room = text.encode("utf-16-le")[: 2 * (LONGEST_CELL - len(_CUT))]
    return room.decode("utf-16-le", "ignore") + _CUT
