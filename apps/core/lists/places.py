"""Where a page of a list begins: after or before a row, found again by its sort value and key, not by counting."""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q, QuerySet

from apps.core.lists.describing import List

_VALUE = "list_place"


@dataclass(frozen=True)
class Place:
    """A row's sort value and key as text; `start` rows stand before the page, `back` reads towards the top."""

    value: str | None
    key: str
    start: int
    back: bool

    @classmethod
    def read(cls, token: str, *, salt: str, sort: str) -> "Place | None":
        """The place that `token` names in the order `sort`; None for a forged one and for one of another order."""
        try:
            order, value, key, start, back = signing.loads(token, salt=salt)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return cls(value, key, start, back) if order == sort else None

    def token(self, *, salt: str, sort: str) -> str:
        """The place as an address carries it: signed, so that only values which a list gave out come back."""
        return signing.dumps([sort, self.value, self.key, self.start, self.back], salt=salt, compress=True)


@dataclass(frozen=True)
class Window:
    """One page of rows, how many stand before it, and the places of the pages around it."""

    rows: list[Any]
    start: int
    before: Place | None
    after: Place | None


def ordered(listing: List, rows: QuerySet[Any], *, sort: str) -> QuerySet[Any]:
    """All of `rows` in the order `sort`, which is a column's key, with a minus for descending."""
    return rows.order_by(*_order(listing, rows, sort).terms(back=False))


def _order(listing: List, rows: QuerySet[Any], sort: str) -> "_Order":
    return _Order(rows.model, listing.column(sort.removeprefix("-")).sort, down=sort.startswith("-"))


def window(listing: List, rows: QuerySet[Any], *, sort: str, place: Place | None) -> Window:
    """The page of `rows` at `place`, in the order `sort`."""
    order = _order(listing, rows, sort)
    marked = rows.annotate(**{_VALUE: F(order.path)})
    if place:
        marked = marked.filter(order.beyond(marked, place))
    back = bool(place and place.back)
    found = list(marked.order_by(*order.terms(back=back))[: listing.size + 1])
    more, found = len(found) > listing.size, found[: listing.size]
    if back and not more:
        # The top is near: show the first page whole.
        return window(listing, rows, sort=sort, place=None)
    if back:
        found.reverse()
    start = 0 if place is None else max(0, place.start - len(found)) if back else place.start
    before = _at(found[0], start, back=True) if found and place else None
    after = _at(found[-1], start + len(found), back=False) if found and (more or back) else None
    return Window(found, start, before, after)


def _at(row: Any, start: int, *, back: bool) -> Place:
    value = getattr(row, _VALUE)
    return Place(None if value is None else _text(value), str(row.pk), start, back)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@dataclass(frozen=True)
class _Order:
    """Rows by one field and then by key; where the field can be empty, such rows come last in either direction."""

    model: type[Model]
    path: str
    down: bool

    @property
    def _nullable(self) -> bool:
        model: Any = self.model
        for name in self.path.split("__"):
            try:
                known = model._meta.get_field(name)
            except FieldDoesNotExist:
                return True  # annotated
            if known.null:
                return True
            model = known.related_model
        return False

    def terms(self, *, back: bool) -> list[Any]:
        """What to order by, towards the end or back towards the top."""
        falls = self.down != back
        key = "-pk" if falls else "pk"
        if not self._nullable:
            # Plain terms, which an index can serve.
            return [f"-{self.path}" if falls else self.path, key]
        last: dict[str, Any] = {"nulls_first": True} if back else {"nulls_last": True}
        return [F(self.path).desc(**last) if falls else F(self.path).asc(**last), key]

    def beyond(self, marked: QuerySet[Any], place: Place) -> Q:
        """The rows that follow `place` in its direction."""
        sign = "lt" if self.down != place.back else "gt"
        try:
            key = self.model._meta.pk.to_python(place.key) if self.model._meta.pk else None
            value = place.value and marked.query.annotations[_VALUE].output_field.to_python(place.value)
        except ValidationError:
            return Q()  # the field's type has changed since the address was made
        further = Q(**{f"pk__{sign}": key})
        if value is None:
            rest = Q(**{f"{_VALUE}__isnull": True}) & further
            return rest | Q(**{f"{_VALUE}__isnull": False}) if place.back else rest
        rest = Q(**{f"{_VALUE}__{sign}e": value}) & (Q(**{f"{_VALUE}__{sign}": value}) | further)
        return rest | Q(**{f"{_VALUE}__isnull": True}) if self._nullable and not place.back else rest
