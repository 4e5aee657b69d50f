"""Events for people: the trail of one thing, the whole trail, and both in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from apps.audit.models import AuditEvent
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref

# Longer values, such as hashes and ids, wait behind "Details".
_SHORT = 32
# Who looked at a thing concerns auditors, not whoever sees the thing.
VIEWED, EXPORTED = "record.viewed", "list.exported"


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
    """What happened to one thing, newest first, for whoever sees the thing, which the caller has made sure of."""
    happened = AuditEvent.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    seen = happened if viewer.is_authenticated and viewer.is_active else happened.none()
    return seen.exclude(action__in=(VIEWED, EXPORTED))


def events(*, viewer: Viewer | AnonymousUser) -> QuerySet[AuditEvent]:
    """The whole trail, newest first, for auditors and administrators; nothing for others."""
    return AuditEvent.objects.visible_to(viewer)


def one(sequence: int, *, viewer: Viewer | AnonymousUser) -> AuditEvent:
    """One event by its place in the chain; raises NotFoundError."""
    found = events(viewer=viewer).filter(pk=sequence).first()
    if found is None:
        raise NotFoundError(f"There is no event {sequence}.")
    return found


def narrowed(
    found: QuerySet[AuditEvent],
    *,
    text: str = "",
    subject: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
    **exactly: str,
) -> QuerySet[AuditEvent]:
    """Those of `found` that fit everything given: `text` occurs in action, subject or data; `subject` is an id or
    `kind:id`; times are from `since` on and earlier than `before`; the rest are fields' exact values.
    """
    if text:
        found = found.annotate(data_text=Cast("data", TextField()))
        found = found.filter(Q(action__icontains=text) | Q(subject_id__icontains=text) | Q(data_text__icontains=text))
    if subject:
        kind, _, key = subject.rpartition(":")
        found = found.filter(subject_id=key, **({"subject_kind": kind} if kind else {}))
    if since:
        found = found.filter(at__gte=since)
    if before:
        found = found.filter(at__lt=before)
    return found.filter(**{field: value for field, value in exactly.items() if value})


def actions_known(found: QuerySet[AuditEvent]) -> list[tuple[str, str]]:
    """(value, words) of every action among the events."""
    return _distinct(found, "action")


def kinds_known(found: QuerySet[AuditEvent]) -> list[tuple[str, str]]:
    """(value, words) of every kind of subject among the events."""
    return _distinct(found, "subject_kind")


def _distinct(found: QuerySet[AuditEvent], field: str) -> list[tuple[str, str]]:
    return [(value, _words(value)) for value in found.order_by(field).values_list(field, flat=True).distinct()]
