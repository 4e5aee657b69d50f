"""What `components/results.html` and its parts draw: one page of a list in its state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.core import marks
from apps.core.lists import counting, places
from apps.core.lists.describing import Action, Column, List
from apps.core.lists.state import DENSITIES, FORMATS, NO_VIEW, State


@dataclass(frozen=True)
class Header:
    """The head of a column: `url` sorts by it, "" where nothing can; `sorted` is "ascending", "descending" or ""."""

    label: str
    kind: str
    url: str = ""
    sorted: str = ""


@dataclass(frozen=True)
class Chip:
    """One active restriction, and the query string without it."""

    label: str
    without: str


@dataclass(frozen=True)
class Tick:
    """One choice of a form about the list's look."""

    value: str
    label: str
    chosen: bool
    fixed: bool = False


@dataclass(frozen=True)
class Rows:
    """A few rows without any state, as a panel of a page shows them."""

    caption: str
    headers: Sequence[Header]
    rows: list[str]


def plain(caption: str, columns: Sequence[Column], rows: Iterable[Any]) -> Rows:
    """`rows` under `columns`, for `components/table.html`."""
    return Rows(caption, [Header(c.label, c.kind) for c in columns], [drawn(columns, row) for row in rows])


def _box(column: Column, row: Any, key: Any) -> str:
    """The cell in which a row is selected; `column` names the row."""
    name = marks.escaped(column.value(row))
    box = f'<input type="checkbox" name="row" value="{marks.escaped(key)}" aria-label="Select {name}">'
    return SafeString(f'<td class="tick"><label>{box}</label></td>')


def drawn(columns: Sequence[Column], row: Any) -> str:
    """The cells of one row as HTML; the first heads it. `marks.cell` escapes what it draws."""
    first, *others = [(c.kind, marks.cell(c.value(row), c.kind, c.url(row) if c.url else "")) for c in columns]
    head = f'<th scope="row" class="kind-{first[0]}">{first[1]}</th>'
    return SafeString(head + "".join([f'<td class="kind-{kind}">{inside}</td>' for kind, inside in others]))


class Table:
    """One page of `listing`. `visible` are all rows that the reader may see; nothing here shows any other."""

    # Whom to ask, where there is nothing that the reader may see.
    ask = ""

    def __init__(
        self, listing: List, state: State, visible: QuerySet[Any], *, path: str, action: Action | None = None
    ) -> None:
        self.listing, self.state, self.visible, self.path, self.action = listing, state, visible, path, action
        self.caption, self.words, self.density, self.ignored = listing.title, state.words, state.density, state.ignored
        self.matching = counting.narrowed(listing, state, visible)
        self.window = places.window(listing, self.matching, sort=state.sort, place=state.place)
        found = self.window.rows
        # A search reads every row; where its first page is also its last, it need not read them again to count.
        alone = state.words and not (self.window.before or self.window.after or state.place)
        self.total = counting.Total(len(found)) if alone else counting.total(self.matching)
        self.columns = [listing.column(key) for key in state.shown]
        shown = listing.read(found) if listing.read else found
        self.rows = [drawn(self.columns, row) for row in shown]
        if listing.bulks:
            boxes = [_box(self.columns[0], row, of.pk) for row, of in zip(shown, found, strict=True)]
            self.rows = [box + row for box, row in zip(boxes, self.rows, strict=True)]

    @property
    def headers(self) -> list[Header]:
        """The heads of the columns shown; a click on the sorted one turns the order around."""
        by, falls = self.state.sort.removeprefix("-"), self.state.sort.startswith("-")
        found = []
        for column in self.columns:
            turned = "-" if column.key == by and not falls else ""
            url = self._to(self.state.query(sort=turned + column.key)) if column.sort else ""
            order = ("descending" if falls else "ascending") if column.key == by else ""
            found.append(Header(column.label, column.kind, url, order))
        return found

    @cached_property
    def chips(self) -> list[Chip]:
        """The active words and facet values, each with the way out of it."""
        state = self.state
        found = [Chip(f"“{state.words}”", self._to(state.query(words="")))] if state.words else []
        for name, values in state.chosen.items():
            labels, facet = self._labels(name, values), self.listing.facet(name)
            found += [Chip(f"{facet.label}: {labels.get(v, v)}", self._to(state.without(name, v))) for v in values]
        return found

    def _labels(self, name: str, values: Sequence[str]) -> dict[str, str]:
        """What chosen values are called: declared, or read from the rows that the reader may see."""
        facet = self.listing.facet(name)
        if facet.choices or not facet.label_field:
            return dict(facet.choices) or {value: facet.words(value) for value in values}
        named = facet.narrowed(self.visible, values).order_by().values_list(facet.field, facet.label_field).distinct()
        return {facet.show(value): str(label) for value, label in named[: len(values)]}

    @property
    def searchable(self) -> bool:
        """Whether the list has a search; a template would call the search itself."""
        return self.listing.search is not None

    @property
    def narrowed(self) -> bool:
        """Whether the address narrows the list, which decides the words of an empty one."""
        return self.state.narrowed

    @property
    def clear(self) -> str:
        """The address without words and facets."""
        return self._to(self.state.query(words="", chosen={}))

    def _to(self, query: str) -> str:
        """The list at `query`; without any parameter an address would lead to the reader's default view instead."""
        return self.path + (f"?view={NO_VIEW}" if query == "?" and self.listing.page else query)

    @property
    def summary(self) -> str:
        """How many rows there are, in words."""
        one = self.total.count == 1 and not self.total.more
        return f"{self.total} {'result' if self.narrowed else 'row'}{'' if one else 's'}"

    @property
    def span(self) -> str:
        """Which rows the page holds."""
        first, last = self.window.start + 1, self.window.start + len(self.rows)
        return f"{first:,}–{last:,} of {self.total}"

    @property
    def previous(self) -> str:
        """The address of the page before, "" without one."""
        return self._page(self.window.before)

    @property
    def next(self) -> str:
        """The address of the page after, "" without one."""
        return self._page(self.window.after)

    @property
    def top(self) -> str:
        """The address of the first page, "" on it."""
        return self._to(self.state.query()) if self.window.start else ""

    def _page(self, place: places.Place | None) -> str:
        if place is None:
            return ""
        token = place.token(salt=self.listing.salt, sort=self.state.sort)
        return self.path + self.state.query(("place", token))

    @cached_property
    def facets(self) -> list[counting.Choosing]:
        """The filters panel: read only where it is drawn, because counting costs more than the page."""
        return counting.facets(self.listing, self.state, self.visible)

    @property
    def filters_open(self) -> bool:
        """Whether the panel is drawn with the page; a list inside a page has no room to fold it away."""
        return bool(self.listing.facets) and (self.state.filters_open or not self.listing.page)

    @property
    def chosen_facets(self) -> int:
        """How many facet values are chosen."""
        return sum(len(values) for values in self.state.chosen.values())

    @property
    def look(self) -> list[tuple[str, str]]:
        """What the search form carries along: all parameters but words and facets."""
        return [pair for pair in self.state.pairs() if pair[0] not in ("q", "filters", *self.state.chosen)]

    @property
    def narrowing(self) -> list[tuple[str, str]]:
        """What the form about columns and density carries along: all parameters but those."""
        return [pair for pair in self.state.pairs() if pair[0] not in ("columns", "density")]

    @property
    def column_choices(self) -> list[Tick]:
        """Every column, and whether it shows; the first always does."""
        shown = self.state.shown
        return [Tick(c.key, c.label, c.key in shown, not i) for i, c in enumerate(self.listing.columns)]

    @property
    def density_choices(self) -> list[Tick]:
        """The row heights."""
        return [Tick(key, label, key == self.density) for key, label in DENSITIES]

    @property
    def exports(self) -> list[tuple[str, str]]:
        """(label, address) of each export of just these rows and columns."""
        return [(label, self.path + self.state.query(("format", key), filters_open=False)) for key, label in FORMATS]

    @property
    def views_url(self) -> str:
        """The page of saved views of this list, told what the address says now."""
        told = {"page": self.listing.page, "query": self.state.query(filters_open=False), "view": self.state.view}
        return reverse("saved-views") + "?" + urlencode({name: value for name, value in told.items() if value})

    @property
    def open_filters(self) -> str:
        """The address with the filters panel open."""
        return self.path + self.state.query(filters_open=True)

    @property
    def here(self) -> str:
        """The address of just this page of the list."""
        return self.state.address(self.path)

    @property
    def address(self) -> str:
        """The address that says just this state."""
        return self._to(self.state.query())
