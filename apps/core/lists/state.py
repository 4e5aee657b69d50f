"""The state of a list as its address spells it: read strictly, and written back in one way only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.http import HttpRequest, QueryDict

from apps.core.lists.describing import Facet, List
from apps.core.lists.places import Place
from apps.core.text import clean_text

COMFORTABLE, COMPACT = "comfortable", "compact"
DENSITIES = ((COMFORTABLE, "Comfortable"), (COMPACT, "Compact"))
FORMATS = (("csv", "CSV"), ("xlsx", "XLSX"))
NO_VIEW, OPEN = "all", "open"
_LONGEST_WORDS, _MOST_VALUES, _MOST_TOLD = 200, 50, 5
_OWN = ("q", "sort", "columns", "density", "filters", "place", "view", "format")


@dataclass(frozen=True)
class State:
    """What the address asks for. `columns` is () for the usual ones; `ignored` says what was not taken, and why."""

    listing: List
    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    columns: tuple[str, ...] = ()
    density: str = COMFORTABLE
    filters_open: bool = False
    place: Place | None = None
    view: str = ""
    format: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether words or facets restrict the rows."""
        return bool(self.words or self.chosen)

    @property
    def shown(self) -> list[str]:
        """The keys of the columns to show, in the list's order."""
        first = self.listing.columns[0].key
        wanted = self.columns or tuple(column.key for column in self.listing.columns if column.shown)
        return [column.key for column in self.listing.columns if column.key in wanted or column.key == first]

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters that say the same, without those that say nothing; place, view and format are left out."""
        found = [*self.kept.items(), ("q", self.words)]
        found += [(name, value) for name, values in self.chosen.items() for value in values]
        found += [("sort", self.sort if self.sort != self.listing.order else ""), ("columns", ",".join(self.columns))]
        found += [("density", self.density if self.density != COMFORTABLE else "")]
        found += [("filters", OPEN if self.filters_open else "")]
        return [(name, value) for name, value in found if value]

    def query(self, *further: tuple[str, str], **changes: Any) -> str:
        """The query string, with a leading "?", of this state with `changes`, and `further` parameters at its end."""
        pairs = [*replace(self, **changes).pairs(), *further]
        return "?" + urlencode(pairs, quote_via=quote, safe=",/:")

    def address(self, path: str, *further: tuple[str, str]) -> str:
        """This very page of the list at `path`, with `further` parameters."""
        place = [("place", self.place.token(salt=self.listing.salt, sort=self.sort))] if self.place else []
        query = self.query(*place, *further)
        # Without any parameter an address would lead to the reader's default view instead.
        return path + (f"?view={NO_VIEW}" if query == "?" and self.listing.page else query)

    def without(self, name: str, value: str) -> str:
        """The query string without one value of a facet."""
        left = tuple(known for known in self.chosen.get(name, ()) if known != value)
        return self.query(chosen={**self.chosen, name: left}) if left else self.without_facet(name)

    def without_facet(self, name: str) -> str:
        """The query string without any value of a facet."""
        return self.query(chosen={known: values for known, values in self.chosen.items() if known != name})


def words(request: HttpRequest, name: str = "q") -> str:
    """What someone typed into the search box, or into the parameter `name`, as the database can take it."""
    return clean_text(request.GET.get(name, "")).strip()


def read(listing: List, query: QueryDict) -> State:
    """The state that `query` asks for; never refuses: what cannot be taken is told in `ignored`."""
    return _Reading(listing, query).state()


def declared(listing: List, query: str) -> list[tuple[str, str]]:
    """What of `query` the list declares, as (parameter, value): all that a saved view keeps."""
    state = read(listing, QueryDict(query.removeprefix("?").encode("utf-8", "replace")))
    return replace(state, filters_open=False, kept={}).pairs()


def written(listing: List, pairs: Iterable[Sequence[str]]) -> str:
    """The query string, without a leading "?", of what a saved view kept: as far as the list still declares it."""
    return urlencode(declared(listing, urlencode([(name, value) for name, value in pairs])), quote_via=quote)


class _Reading:
    """One reading of an address, gathering what it does not take."""

    def __init__(self, listing: List, query: QueryDict) -> None:
        self.listing, self.query = listing, query
        self.ignored: list[str] = []

    def state(self) -> State:
        """Read every parameter."""
        chosen = {facet.name: values for facet in self.listing.facets if (values := self._values(facet))}
        sort = self._one_of("sort", [s + key for key in self.listing.sortable for s in ("", "-")]) or self.listing.order
        state = State(
            self.listing, self._words(), chosen, sort, self._columns(),
            density=self._one_of("density", [key for key, _ in DENSITIES]) or COMFORTABLE,
            filters_open=self._one_of("filters", [OPEN]) == OPEN,
            place=self._place(sort), view=self._view(),
            format=self._one_of("format", [key for key, _ in FORMATS] if self.listing.page else []),
            kept={name: self._last(name)[:_LONGEST_WORDS] for name in self.listing.keep if name in self.query},
        )  # fmt: skip
        self._refuse_unknown()
        return replace(state, ignored=tuple(self._told()))

    def _ignore(self, name: str, value: str, why: str) -> None:
        shown = clean_text(value if len(value) <= 60 else value[:59] + "…")
        self.ignored.append(f"{clean_text(name[:40])}={shown} was ignored: {why}")

    def _last(self, name: str) -> str:
        return clean_text(self.query.get(name, "")).strip()

    def _words(self) -> str:
        text = self._last("q")
        if text and self.listing.search is None:
            self._ignore("q", text, "this list has no search.")
            return ""
        if len(text) > _LONGEST_WORDS:
            self._ignore("q", text, f"a search has at most {_LONGEST_WORDS} characters.")
            return ""
        return text

    def _one_of(self, name: str, allowed: Iterable[str]) -> str:
        value, known = self._last(name), list(allowed)
        if not value or value in known:
            return value
        self._ignore(name, value, f"it can be {_listed(known)}." if known else "this list has none.")
        return ""

    def _values(self, facet: Facet) -> tuple[str, ...]:
        given = dict.fromkeys(clean_text(value).strip() for value in self.query.getlist(facet.name))
        taken = [value for value in given if value and self._taken(facet, value)]
        most = 1 if facet.single or facet.typed else _MOST_VALUES
        for value in taken[most:]:
            self._ignore(facet.name, value, f"at most {most} can be chosen.")
        return tuple(taken[:most])

    def _taken(self, facet: Facet, value: str) -> bool:
        if facet.choices:
            known = [key for key, _ in facet.choices]
            if value not in known:
                self._ignore(facet.name, value, f"{facet.label} can be {_listed(known)}.")
            return value in known
        try:
            facet.parse(value)
        except ValueError as error:
            self._ignore(facet.name, value, str(error))
            return False
        if len(value) > _LONGEST_WORDS * 10:
            self._ignore(facet.name, value, "it is too long.")
        return len(value) <= _LONGEST_WORDS * 10

    def _columns(self) -> tuple[str, ...]:
        given = [part.strip() for text in self.query.getlist("columns") for part in text.split(",")]
        known = [column.key for column in self.listing.columns]
        for key in dict.fromkeys(part for part in given if part and part not in known):
            self._ignore("columns", key, f"columns can be {_listed(known)}.")
        shown = tuple(column.key for column in self.listing.columns if column.shown)
        wanted = tuple(key for key in known if key in given or key == known[0])
        return wanted if any(key in given for key in known) and wanted != shown else ()

    def _place(self, sort: str) -> Place | None:
        token = self._last("place")
        place = Place.read(token, salt=self.listing.salt, sort=sort) if token else None
        if token and not place:
            self._ignore("place", token, "it names no place in this order, so the list starts at its top.")
        return place

    def _view(self) -> str:
        value = self._last("view")
        if not value or value == NO_VIEW:
            return value
        try:
            return str(UUID(value))
        except ValueError:
            self._ignore("view", value, "there is no such saved view.")
            return ""

    def _refuse_unknown(self) -> None:
        facets = [facet.name for facet in self.listing.facets]
        known = {*_OWN, *facets, *self.listing.keep}
        allowed = [name for name in ("q", *facets, "sort", "columns", "density") if name != "q" or self.listing.search]
        for name in self.query:
            if name not in known:
                self._ignore(name, self.query.get(name, ""), f"this list knows {_listed(allowed)}.")

    def _told(self) -> list[str]:
        more = len(self.ignored) - _MOST_TOLD
        return self.ignored if more <= 0 else [*self.ignored[:_MOST_TOLD], f"{more} more parameters were ignored."]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else "".join(names)
