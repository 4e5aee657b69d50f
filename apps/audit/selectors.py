"""Reading the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from apps.audit import rules
from apps.audit.models import AuditEvent
from apps.core.models import Viewer
from apps.core.refs import Ref

# Longer values, such as hashes and ids, wait behind "Details".
_SHORT = 32


@dataclass(frozen=True)
class Entry:
    """One event in words: short values of its data in `facts`, long ones (hashes, ids) in `details`."""

    sequence: int
    sentence: str
    actor: str
    at: datetime
    subject: Ref
    facts: list[tuple[str, str]]
    details: list[tuple[str, str]]


def entries(found: Iterable[AuditEvent]) -> list[Entry]:
    """Events in words, in the given order."""
    rows = list(found)
    ids = {event.actor_id for event in rows if event.actor_id}
    names = {str(key): str(person) for key, person in get_user_model().objects.in_bulk(ids).items()}
    return [_entry(event, names) for event in rows]


def _entry(event: AuditEvent, names: dict[str, str]) -> Entry:
    pairs = [(_words(key), _plain(value)) for key, value in event.data.items() if value not in (None, "", [])]
    return Entry(
        event.sequence,
        _words(event.action),
        names.get(event.actor_id, "A former account" if event.actor_id else "The portal"),
        event.at,
        Ref(event.subject_kind, event.subject_id),
        [pair for pair in pairs if len(pair[1]) <= _SHORT or pair[0] == "Reason"],
        [pair for pair in pairs if len(pair[1]) > _SHORT and pair[0] != "Reason"],
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ").capitalize()


def _plain(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def trail(subject: Ref, *, viewer: Viewer | AnonymousUser) -> QuerySet[AuditEvent]:
    """The events about one thing, newest first."""
    return events(viewer=viewer).filter(subject_kind=subject.kind, subject_id=subject.id)


def events(*, viewer: Viewer | AnonymousUser) -> QuerySet[AuditEvent]:
    """Every event `viewer` may see, newest first."""
    return AuditEvent.objects.visible_to(viewer)


def first_broken_link() -> int | None:
    """The sequence number of the first row whose content, order or predecessor is not as written; None if whole."""
    previous, expected = rules.GENESIS, 1
    for event in AuditEvent.objects.order_by("sequence").iterator():
        if (event.sequence, event.previous_hash, event.hash) != (expected, previous, event.computed_hash()):
            return expected
        previous, expected = event.hash, expected + 1
    return None
