"""How many rows there are, in all and a value of each facet: exact up to a bound, "at least" beyond it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast

from apps.core.lists.describing import Facet, List
from apps.core.lists.state import State

# Counting reads every row it counts; a page must not cost more because an organisation has more.
BOUND = 10_000


@dataclass(frozen=True)
class Total:
    """How many rows match; `more` is whether counting stopped there."""

    count: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.count:,}{'+' if self.more else ''}"


@dataclass(frozen=True)
class Option:
    """One value of a facet as the filters panel shows it; `count` is None where nothing was counted."""

    value: str
    label: str
    chosen: bool
    count: Total | None = None

    @property
    def is_empty(self) -> bool:
        """Whether choosing it would leave nothing."""
        return self.count == Total(0) and not self.chosen


@dataclass(frozen=True)
class Choosing:
    """One facet as the filters panel shows it; `hidden` is how many further values there are."""

    facet: Facet
    options: list[Option]
    hidden: int = 0

    @property
    def id(self) -> str:
        """The id of its group of boxes."""
        return f"facet-{self.facet.name}"

    @property
    def chosen(self) -> bool:
        """Whether any value is chosen."""
        return any(option.chosen for option in self.options)


def total(rows: QuerySet[Any]) -> Total:
    """The number of rows, counted up to BOUND."""
    found = rows.order_by()[: BOUND + 1].count()
    return Total(min(found, BOUND), found > BOUND)


def narrowed(listing: List, state: State, rows: QuerySet[Any], *, but: str = "") -> QuerySet[Any]:
    """`rows` as words and facets restrict them; `but` names a facet to leave out."""
    if listing.search and state.words:
        rows = rows.filter(listing.search(state.words))
    for name, values in state.chosen.items():
        if name != but:
            rows = listing.facet(name).narrowed(rows, values)
    return rows


def facets(listing: List, state: State, rows: QuerySet[Any]) -> list[Choosing]:
    """Every facet with its values, counted among the rows that match all else that is chosen.

    One statement for all facets without a choice, and one for each facet with one.
    """
    counted = [facet for facet in listing.facets if facet.counted and not facet.typed]
    open_, set_ = [f for f in counted if f.name not in state.chosen], [f for f in counted if f.name in state.chosen]
    groups = [(open_, "")] if open_ else []
    found: dict[str, dict[str, tuple[str, Total]]] = {}
    for group, but in [*groups, *(([facet], facet.name) for facet in set_)]:
        found.update(_counts(group, narrowed(listing, state, rows, but=but)))
    return [_choosing(facet, state.chosen.get(facet.name, ()), found.get(facet.name)) for facet in listing.facets]


def _choosing(facet: Facet, chosen: Sequence[str], counts: dict[str, tuple[str, Total]] | None) -> Choosing:
    if facet.choices and counts is None:
        return Choosing(facet, [Option(value, label, value in chosen) for value, label in facet.choices])
    counts = counts or {}
    if facet.choices:
        # Past the bound, a value without a counted row may still have some.
        more = any(total.more for _, total in counts.values())
        # A long list of values shows those that would leave something.
        whole = more or len(facet.choices) <= facet.most
        known = [pair for pair in facet.choices if whole or pair[0] in (*counts, *chosen)]
        options = [Option(v, label, v in chosen, counts.get(v, ("", Total(0, more)))[1]) for v, label in known]
        return Choosing(facet, options)
    ranked = sorted(counts, key=lambda value: (value not in chosen, -counts[value][1].count, counts[value][0]))
    missing = [Option(value, facet.words(value), True, Total(0)) for value in chosen if value not in counts]
    shown = ranked[: max(facet.most, len(chosen))]
    options = [Option(value, counts[value][0], value in chosen, counts[value][1]) for value in shown]
    return Choosing(facet, missing + options, len(ranked) - len(shown))


def _counts(group: Sequence[Facet], rows: QuerySet[Any]) -> dict[str, dict[str, tuple[str, Total]]]:
    """Facet name → value → (label, rows), over at most BOUND rows read once."""
    found: dict[str, dict[str, tuple[str, Total]]] = {facet.name: {} for facet in group}
    counted = list(_grouped(group, rows))
    more = sum(n for which, *_, n in counted if which == 0) > BOUND
    for which, value, label, n in counted:
        facet = group[which]
        if value:
            shown = facet.show(value)
            found[facet.name][shown] = (label or facet.words(shown), Total(min(n, BOUND), more))
    return found


def _grouped(group: Sequence[Facet], rows: QuerySet[Any]) -> Iterable[tuple[int, str | None, str | None, int]]:
    """(index of the facet, value, label, rows) of each value: one statement, grouped by every facet in turn."""
    columns: dict[str, Any] = {}
    for index, facet in enumerate(group):
        columns[f"value_{index}"] = Cast(F(facet.field), TextField())
        label = F(facet.label_field) if facet.label_field else Value("")
        columns[f"label_{index}"] = Cast(label, TextField())
    try:
        inner, params = rows.order_by().values(**columns)[: BOUND + 1].query.sql_with_params()
    except EmptyResultSet:
        return []
    pairs = [f"value_{index}, label_{index}" for index in range(len(group))]
    # Names of our own making and Django's statement; every value is a parameter.
    statement = (
        f"SELECT GROUPING({', '.join(f'value_{i}' for i in range(len(group)))}), {', '.join(pairs)}, count(*) "  # noqa: S608
        f"FROM ({inner}) AS bounded GROUP BY GROUPING SETS ({', '.join(f'({pair})' for pair in pairs)})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [_one(len(group), row) for row in cursor.fetchall()]


def _one(facets: int, row: Sequence[Any]) -> tuple[int, str | None, str | None, int]:
    """One group: its facet is the only one that GROUPING's bits leave at 0."""
    which = next(index for index in range(facets) if not row[0] >> (facets - 1 - index) & 1)
    return which, row[1 + 2 * which], row[2 + 2 * which], row[-1]
