"""The data of the one list component: columns, rows, search box, filters and pages, all held in the URL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from apps.core.text import clean_text


@dataclass(frozen=True)
class Column:
    """One column: `value` reads a row; `url` makes the cell a link; the first column heads its row.

    `kind` styles it: text, number, time, date, status (a Badge), ref, code, or prose (long, scrolls in its cell).
    """

    label: str
    value: Callable[[Any], Any]
    url: Callable[[Any], str] | None = None
    kind: str = "text"


@dataclass(frozen=True)
class Cell:
    """One rendered cell."""

    label: str
    value: Any
    url: str
    kind: str


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and whether the URL has it chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Chip:
    """One active restriction, and the query string without it."""

    label: str
    without: str


@dataclass(frozen=True)
class Filter:
    """A drop-down above the list, bound to one query parameter."""

    name: str
    label: str
    choices: Sequence[Choice]


@dataclass
class Table:
    """What `components/list.html` draws. `empty` is what to do when there is nothing yet."""

    caption: str
    columns: Sequence[Column]
    page: Page[Any]
    params: dict[str, str]
    query: str = ""
    filters: Sequence[Filter] = ()
    searchable: bool = False
    empty: str = "Nothing here yet."
    rows: list[list[Cell]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [[self._cell(column, row) for column in self.columns] for row in self.page.object_list]

    @staticmethod
    def _cell(column: Column, row: Any) -> Cell:
        return Cell(column.label, column.value(row), column.url(row) if column.url else "", column.kind)

    @property
    def filtered(self) -> bool:
        """Whether the URL narrows the list, which decides the words of an empty list."""
        return bool(self.chips)

    @property
    def chips(self) -> list[Chip]:
        """The active search and filters, each with the way out of it."""
        chosen = [(f, c) for f in self.filters for c in f.choices if c.chosen and c.value]
        found = [Chip(f"{f.label}: {c.label}", self._without(f.name)) for f, c in chosen]
        return [Chip(f"“{self.query}”", self._without("q")), *found] if self.query else found

    def _without(self, name: str) -> str:
        return "?" + urlencode({key: value for key, value in self.params.items() if key != name})

    @property
    def summary(self) -> str:
        """How many rows there are, in words."""
        count = self.page.paginator.count
        return f"{count:,} {'result' if self.filtered else 'row'}{'' if count == 1 else 's'}"


def words(request: HttpRequest, name: str = "q") -> str:
    """What someone typed into the search box, or into the parameter `name`, as the database can take it."""
    return clean_text(request.GET.get(name, "")).strip()


def choice_filter(request: HttpRequest, name: str, label: str, choices: Sequence[tuple[str, str]]) -> Filter:
    """A filter on the query parameter `name`, with "any" first."""
    chosen = request.GET.get(name, "")
    options = [("", "any"), *choices]
    return Filter(name, label, [Choice(value, text, value == chosen) for value, text in options])


def chosen(filters: Sequence[Filter]) -> dict[str, str]:
    """The chosen value of each filter that restricts, by parameter name; unknown values restrict nothing."""
    return {f.name: choice.value for f in filters for choice in f.choices if choice.chosen and choice.value}


def build(
    request: HttpRequest,
    rows: Any,
    *,
    caption: str,
    columns: Sequence[Column],
    filters: Sequence[Filter] = (),
    searchable: bool = False,
    empty: str = "Nothing here yet.",
    per_page: int = 50,
    read: Callable[[Any], Sequence[Any]] | None = None,
) -> Table:
    """Page `rows` (a queryset or sequence) by `?page=`; a page out of range gives the nearest one.

    `read` turns the rows of one page into what the columns read.
    """
    page = Paginator(rows, per_page).get_page(request.GET.get("page"))
    if read:
        page.object_list = read(page.object_list)
    params = {key: str(value) for key, value in request.GET.items() if key != "page" and value}
    query = words(request) if searchable else ""
    return Table(caption, columns, page, params, query, filters, searchable, empty)
