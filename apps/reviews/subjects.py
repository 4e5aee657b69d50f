"""How the apps above tell this one about what is reviewed: they register, this app never imports them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.core.models import Viewer

Revision = list[dict[str, Any]]


@dataclass(frozen=True)
class Subject:
    """`content_hash(id)` is the hash of the live content.

    `objection(id)` says in words why it can no longer be approved although its content is the same, or "".
    `readable(revision, viewer)` is a frozen revision without what it names and the viewer may not see.
    """

    content_hash: Callable[[str], str]
    objection: Callable[[str], str] = lambda _: ""
    readable: Callable[[Revision, Viewer], Revision] = lambda revision, _: revision


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
