"""The kinds of things that can be commented on, shared, reviewed or claimed about: higher apps register them here."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, UUIDField, When
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from apps.accounts import access
from apps.accounts.models import Membership, TeamOwned
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref


@dataclass(frozen=True)
class Kind:
    """One kind: `visible(user)` is the queryset of what a person may see, `url(row)` the page of a row.

    Rows have a UUID as primary key. Kinds whose rows are TeamOwned can be shared; of others `parts(row)` names the
    things of teams, each with its kind, that a row shows. `check_audience(row, teams=…)` raises InvalidError where a
    row may not be shown to these teams besides, or for None to everyone, since it names what they may not see.
    """

    name: str
    label: str
    visible: Callable[[Viewer], QuerySet[Any]]
    url: Callable[[Any], str]
    parts: Callable[[Any], Iterable[tuple[str, TeamOwned]]] = lambda row: ()
    check_audience: Callable[..., None] = lambda row, *, teams: None

    def owned(self, row: Any) -> Iterable[tuple[str, TeamOwned]]:
        """The things of teams that whoever sees `row` sees, each with its kind: itself, or what it is made of."""
        return [(self.name, row)] if isinstance(row, TeamOwned) else self.parts(row)


_KINDS: dict[str, Kind] = {}
NO_ID = UUID(int=0)


def register(kind: Kind) -> None:
    """Make a kind known; called once an app is ready."""
    _KINDS[kind.name] = kind


def of(name: str) -> Kind:
    """The registered kind; raises NotFoundError for one that nobody registered."""
    if name not in _KINDS:
        raise NotFoundError("There is no such kind of thing.")
    return _KINDS[name]


def names() -> list[str]:
    """Every registered kind's name."""
    return sorted(_KINDS)


def find(ref: Ref, *, viewer: Viewer) -> Any:
    """The row that `ref` names; raises NotFoundError, also when `viewer` may not see it."""
    found = of(ref.kind).visible(viewer).filter(pk=_id(ref.id)).first()
    if found is None:
        raise NotFoundError("There is no such thing, or you may not see it.")
    return found


def _id(text: str) -> UUID:
    """The id that `text` spells, in the one spelling that PostgreSQL writes; nothing has the id of any other text."""
    try:
        found = UUID(text)
    except ValueError:
        found = NO_ID
    return found if str(found) == text else NO_ID


def readable(
    viewer: Viewer, *, kind: str = "subject_kind", key: str = "subject_id", only: Collection[str] | None = None
) -> Q:
    """Which rows that name a thing by (kind, id) in the fields `kind` and `key` are about what `viewer` may see.

    `only` names the kinds that such rows can be about, where not all can: each kind more is a longer query.
    """
    if access.oversees(viewer):
        # Not Q(), which would vanish from `Q() | other`.
        return ~access.NOTHING
    found = access.NOTHING
    for known in _chosen(only):
        found |= Q(**{kind: known.name}) & Q(_exists(known, known.visible(viewer), kind, key))
    return found


def reached(
    memberships: list[Membership],
    *,
    kind: str = "subject_kind",
    key: str = "subject_id",
    only: Collection[str] | None = None,
) -> Q:
    """Which rows that name a thing by (kind, id) are about something over which the roles hold."""
    found = access.NOTHING
    for known in _chosen(only):
        model = known.visible(access.NOBODY).model
        if issubclass(model, TeamOwned):
            rows = model._default_manager.filter(access.reach(model, memberships))
            found |= Q(**{kind: known.name}) & Q(_exists(known, rows, kind, key))
    return found


def _chosen(only: Collection[str] | None) -> list[Kind]:
    return [known for known in _KINDS.values() if only is None or known.name in only]


def _exists(known: Kind, rows: QuerySet[Any], kind: str, key: str) -> Exists:
    """Looked up by primary key for each outer row, which is far cheaper than listing all visible ids."""
    # Only ids of this very kind are cast: others need not be UUIDs.
    same = When(Exact(OuterRef(kind), known.name), then=Cast(OuterRef(key), UUIDField()))
    return Exists(rows.order_by().filter(pk=Case(same, default=None, output_field=UUIDField())))
