"""Events for people: the trail of one thing, the whole trail, and both in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, UUIDField, When
from django.db.models.functions import Cast

from apps.audit.models import AuditEvent, Verification
from apps.core.errors import NotAllowedError, NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref

# Longer values, such as hashes and ids, wait behind "Details".
_SHORT = 32
# Who looked at a thing concerns auditors, not whoever sees the thing.
VIEWED, EXPORTED = "record.viewed", "list.exported"
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


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
    hash: str


def entries(found: Iterable[AuditEvent]) -> list[Entry]:
    """Events in words, in the given order."""
    rows = list(found)
    ids = {event.actor_id for event in rows if event.actor_id}
    names = {str(key): str(person) for key, person in get_user_model().objects.in_bulk(ids).items()}
    return [_entry(event, names) for event in rows]


def _entry(event: AuditEvent, names: dict[str, str]) -> Entry:
    pairs = [(words(key), _plain(value)) for key, value in event.data.items() if value not in (None, "", [])]
    return Entry(
        event.sequence,
        words(event.action),
        names.get(event.actor_id, "A former account" if event.actor_id else "The portal"),
        event.at,
        Ref(event.subject_kind, event.subject_id),
        [pair for pair in pairs if len(pair[1]) <= _SHORT or pair[0] == "Reason"],
        [pair for pair in pairs if len(pair[1]) > _SHORT and pair[0] != "Reason"],
        event.hash,
    )


def words(name: str) -> str:
    """A dotted or underscored name as a person reads it."""
    return name.replace("_", " ").replace(".", " ").capitalize()


def _plain(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def trail(subject: Ref, *, viewer: Viewer | AnonymousUser) -> QuerySet[AuditEvent]:
    """What happened to one thing, newest first, for whoever sees the thing, which the caller has made sure of."""
    happened = AuditEvent.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    seen = happened if viewer.is_authenticated and viewer.is_active else happened.none()
    return seen.exclude(action__in=(VIEWED, EXPORTED))


def done_to(kind: str, *, action: str) -> QuerySet[AuditEvent, str]:
    """The ids of the things of a kind to which somebody ever did this, whoever may read the trail."""
    done = AuditEvent.objects.filter(subject_kind=kind, action=action).order_by()
    return done.values_list("subject_id", flat=True)


def events(*, viewer: Viewer | AnonymousUser) -> QuerySet[AuditEvent]:
    """The whole trail, newest first, with the actors' names as `actor_name`.

    Raises NotAllowedError unless `viewer` is an auditor or an administrator of the whole organisation.
    """
    if not (viewer.is_active and getattr(viewer, "oversees", False)):
        raise NotAllowedError("Only auditors and administrators of the whole organisation may read the audit trail.")
    person = Case(When(actor_id__regex=_UUID, then=Cast("actor_id", UUIDField())), default=None)
    return (
        AuditEvent.objects.visible_to(viewer)
        .annotate(actor_key=person)
        .annotate(
            actor_name=Subquery(get_user_model().objects.filter(pk=OuterRef("actor_key")).values("display_name")[:1])
        )
    )


def one(sequence: int, *, viewer: Viewer | AnonymousUser) -> AuditEvent:
    """One event by its place in the chain; raises NotFoundError, and NotAllowedError as `events` does."""
    found = events(viewer=viewer).filter(pk=sequence).first()
    if found is None:
        raise NotFoundError(f"There is no event {sequence}.")
    return found


def about(found: QuerySet[AuditEvent], subjects: Sequence[str]) -> QuerySet[AuditEvent]:
    """Those of `found` about any of `subjects`, each an id or `kind:id`."""
    wanted = Q(pk__in=())
    for subject in subjects:
        kind, _, key = subject.rpartition(":")
        wanted |= Q(subject_id=key, subject_kind=kind) if kind else Q(subject_id=key)
    return found.filter(wanted)


def since(found: QuerySet[AuditEvent], times: Sequence[datetime]) -> QuerySet[AuditEvent]:
    """Those of `found` from the first of `times` on."""
    return found.filter(at__gte=times[0])


def before(found: QuerySet[AuditEvent], times: Sequence[datetime]) -> QuerySet[AuditEvent]:
    """Those of `found` earlier than the first of `times`."""
    return found.filter(at__lt=times[0])


def midnight(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def last_verification() -> Verification | None:
    """What the newest verification found; None before the first one."""
    return Verification.objects.order_by("-at").first()
