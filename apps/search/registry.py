"""What is searchable: the apps above register their kinds here, this app never imports them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from apps.core.models import Viewer


@dataclass(frozen=True)
class Document:
    """The words of one thing: `id` is its primary key as text.

    Its reference is found by its words alone: a number means nothing, and would still move the vector of a short text.
    """

    id: str
    title: str
    body: str
    ref: str = ""

    @property
    def heading(self) -> str:
        """The title with the reference in front, as hits show it."""
        return f"{self.ref} {self.title}" if self.ref else self.title


@dataclass(frozen=True)
class Index:
    """One searchable kind. `documents(ids)` yields the given things, or all for None; ids it leaves out are gone.

    `visible(user)` is the queryset that limits hits; `url(row)` is the page of a row of it.
    """

    kind: str
    label: str
    documents: Callable[[Collection[str] | None], Iterable[Document]]
    visible: Callable[[Viewer], QuerySet[Any]]
    url: Callable[[Any], str]


_INDEXES: dict[str, Index] = {}


def register(index: Index) -> None:
    """Make a kind searchable; called once an app is ready."""
    _INDEXES[index.kind] = index


def of(kind: str) -> Index:
    """The registered index; raises KeyError for a kind nobody registered."""
    return _INDEXES[kind]


def all_indexes() -> list[Index]:
    """Every registered kind."""
    return list(_INDEXES.values())
