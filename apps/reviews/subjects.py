"""How the apps above tell this one about what is reviewed: they register, this app never imports them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """`content_hash(id)` is the hash of the live content; `url(id)` is the page of the thing.

    `objection(id)` says in words why it can no longer be approved although its content is the same, or "".
    """

    content_hash: Callable[[str], str]
    url: Callable[[str], str]
    objection: Callable[[str], str] = lambda _: ""


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
