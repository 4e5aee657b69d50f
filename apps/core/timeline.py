"""What happened to a thing, from every app that has something to tell: they register, this one asks them all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from apps.core.models import Viewer
from apps.core.refs import Ref

# The filters of a timeline, in their order.
SOURCES = {"changes": "Changes", "reviews": "Reviews", "comments": "Comments"}
_LONGEST = 200


@dataclass(frozen=True)
class Moment:
    """One entry: `source` is a key of SOURCES; `facts` are short, `details` stay folded; `html` is safe prose."""

    source: str
    sentence: str
    actor: str
    at: datetime
    facts: Sequence[tuple[str, str]] = ()
    details: Sequence[tuple[str, str]] = ()
    html: SafeString | str = ""
    url: str = ""


Source = Callable[[Ref, Viewer], Iterable[Moment]]
_SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Let `source(subject, viewer)` tell what it knows of a thing; called once an app is ready."""
    if source not in _SOURCES:
        _SOURCES.append(source)


@dataclass(frozen=True)
class Choice:
    """One filter of a timeline, and the query string that sets it."""

    label: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class Timeline:
    """The moments of one thing, newest first, and the filters above them."""

    moments: list[Moment]
    choices: list[Choice]


def about(subject: Ref, *, viewer: Viewer, only: str = "") -> Timeline:
    """What every source tells `viewer` about `subject`; `only` is a key of SOURCES or "" for all."""
    found = [moment for source in _SOURCES for moment in source(subject, viewer)]
    told = {moment.source for moment in found}
    known = only if only in SOURCES else ""
    shown = [moment for moment in found if not known or moment.source == known]
    newest = sorted(shown, key=lambda moment: moment.at, reverse=True)[:_LONGEST]
    offered = [key for key in SOURCES if key in told or key == known]
    kinds = [Choice(SOURCES[key], f"?only={key}", key == known) for key in offered]
    return Timeline(newest, [Choice("Everything", "?", not known), *kinds] if len(kinds) > 1 or known else [])
