"""What a page says about its list: columns, facets, search and order; no address reaches further than this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import get_resolver, reverse

from apps.core.forms import VerbForm

KINDS = ("text", "number", "time", "date", "status", "ref", "code", "prose")


@dataclass(frozen=True)
class Column:
    """One column: `value` reads a row; `url` makes the cell a link; the first column heads its row and always shows.

    `kind` styles it: one of KINDS; a status is a Badge, prose is long and folds in its cell. `sort` is the field path
    that rows are ordered by, "" where they cannot be. `shown` is whether it shows until somebody chooses columns.
    `plain` is what an export writes instead of `value`: text, a number, a date, a time or None.
    """

    key: str
    label: str
    value: Callable[[Any], Any]
    url: Callable[[Any], str] | None = None
    kind: str = "text"
    sort: str = ""
    shown: bool = True
    plain: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list, bound to the query parameter `name`; several values mean any of them.

    Rows are narrowed and counted by the field path `field`, or narrowed by `narrow(rows, values)`. With `choices` no
    other value is taken. Without, values are what the rows hold, the `most` frequent first, labelled by `label_field`
    or by `words(value)`; others, `called` so, can be written. `parse` reads one from the address (ValueError refuses
    it, and says why) and `show` writes it back. `single` takes one value; `counted` counts the rows of each value.
    `typed` is the type of a box (text, date) to write one value into, instead of values to choose; it needs `narrow`.
    """

    name: str
    label: str
    field: str = ""
    choices: Sequence[tuple[str, str]] = ()
    label_field: str = ""
    parse: Callable[[str], Any] = str
    show: Callable[[Any], str] = str
    narrow: Callable[[QuerySet[Any], Sequence[Any]], QuerySet[Any]] | None = None
    words: Callable[[str], str] = str
    called: str = "value"
    most: int = 8
    single: bool = False
    counted: bool = True
    typed: str = ""

    def narrowed(self, rows: QuerySet[Any], chosen: Sequence[str]) -> QuerySet[Any]:
        """`rows` whose value is any of `chosen`, as the address spells them."""
        values = [self.parse(value) for value in chosen]
        return self.narrow(rows, values) if self.narrow else rows.filter(**{f"{self.field}__in": values})


@dataclass(frozen=True)
class Action:
    """The one thing to do on a list page, and first where there is nothing yet; `url` is "" for who may not."""

    label: str
    url: str


@dataclass(frozen=True)
class Bulk:
    """What can be done to many rows at once; `key` names it in the form that is sent, `label` on its button.

    `check(row, by=…)` says why a row must stay as it is, "" where nothing stands against it. `carry_out(row, by=…,
    **values)` is a service that guards itself, called for one row at a time; `values` are what `form` asks for.
    """

    key: str
    label: str
    check: Callable[..., str]
    carry_out: Callable[..., Any]
    form: type[VerbForm] = VerbForm


@dataclass(frozen=True)
class List:
    """One list. `page` is the name of its address, such as `usecases:list`, or "" for a list inside another page.

    A list inside a page has no columns to choose, no saved views and no export. `order` is the key of a sortable
    column, with a minus for descending. `search(text)` is the condition for words. `keep` are parameters that belong to
    the page around. `read` turns the rows of one page into what the columns read. `bulks` are a page's alone.
    """

    title: str
    columns: Sequence[Column]
    order: str
    page: str = ""
    lede: str = ""
    empty: str = "Nothing here yet."
    facets: Sequence[Facet] = ()
    search: Callable[[str], Q] | None = None
    search_hint: str = ""
    keep: Sequence[str] = ()
    size: int = 50
    read: Callable[[Any], Sequence[Any]] | None = None
    bulks: Sequence[Bulk] = ()

    def column(self, key: str) -> Column:
        """The column called `key`; StopIteration for none."""
        return next(column for column in self.columns if column.key == key)

    def facet(self, name: str) -> Facet:
        """The facet called `name`; StopIteration for none."""
        return next(facet for facet in self.facets if facet.name == name)

    @property
    def sortable(self) -> list[str]:
        """The keys of the columns that rows can be ordered by."""
        return [column.key for column in self.columns if column.sort]

    @property
    def address(self) -> str:
        """The path of its page."""
        return reverse(self.page)

    @property
    def salt(self) -> str:
        """What sets the signed places of this list apart from those of others."""
        return f"list {self.page or self.title}"


_PAGES: dict[str, List] = {}


def register(listing: List) -> List:
    """Make a list page known by its name, so that views of it can be saved; returns it."""
    _PAGES[listing.page] = listing
    return listing


def known() -> list[List]:
    """Every registered list page."""
    _imported()
    return list(_PAGES.values())


def page_named(page: str) -> List | None:
    """The list of the page called `page`, None for one nobody registered."""
    _imported()
    return _PAGES.get(page)


def _imported() -> None:
    """Lists register as their views are imported, which a worker or a test may not have done yet."""
    _ = get_resolver().url_patterns
