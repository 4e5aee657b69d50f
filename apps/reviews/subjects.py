"""How the apps above tell this one what is reviewed and by which lanes: they register, this app never imports them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.core.models import Viewer

Revision = list[dict[str, Any]]
# What a lane names among its fields to watch the evidence as well.
EVIDENCE = "Evidence"


@dataclass(frozen=True)
class LaneAsk:
    """One lane asked to decide: the lane `key`, the revision's fields that it watches, its target in calendar days.

    `watches` may name EVIDENCE; without any name it watches everything. Only a mandatory lane may reject.
    """

    key: str
    watches: tuple[str, ...]
    days: int
    mandatory: bool = True


@dataclass(frozen=True)
class Subject:
    """`content_hash(id)` is the hash of the live content.

    `objection(id, gate, evidence)` says in words what it lacks, or that frozen evidence, to pass the gate although its
    content is the same, or "".
    `involved(id)` gives the ids of those who have a part in it now, `involving(people)` the things that one of `people`
    (ids, as a query) has a part in: the same, asked the other way about. Nobody has where it is not given.
    `readable(revision, viewer)` is a frozen revision without what it names and the viewer may not see.
    `fixed` are the revision's fields that nobody changes, so that nobody is asked to.
    """

    content_hash: Callable[[str], str]
    objection: Callable[[str, str, Revision], str] = lambda _, gate, evidence: ""
    readable: Callable[[Revision, Viewer], Revision] = lambda revision, _: revision
    involved: Callable[[str], Collection[UUID]] = lambda _: ()
    involving: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None
    fixed: tuple[str, ...] = ()


_SUBJECTS: dict[str, Subject] = {}


def register(kind: str, subject: Subject) -> None:
    """Make `kind` reviewable; called once an app is ready."""
    _SUBJECTS[kind] = subject


def kinds() -> list[str]:
    """The kinds of what can be reviewed."""
    return sorted(_SUBJECTS)


def of(kind: str) -> Subject:
    """The registered subject; raises KeyError for a kind nobody registered."""
    return _SUBJECTS[kind]
