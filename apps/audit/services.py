"""Writing the audit trail, always inside the business transaction."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.audit import rules
from apps.audit.models import AuditEvent
from apps.core.hashing import canonical_bytes
from apps.core.refs import Ref
from apps.core.text import clean_value

# Serialises writers of the chain; any number that no other advisory lock of the portal uses.
_CHAIN_LOCK = 7_203_001
_gathering: ContextVar[list[AuditEvent] | None] = ContextVar("gathering", default=None)


def record(*, action: str, subject: Ref, by: Any, **data: Any) -> None:
    """Append one event to the chain. `by` is a user, or None for the portal itself.

    Raises RuntimeError outside a transaction: an event must stand or fall with what it records.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Audit events are written inside the transaction they record.")
    event = AuditEvent(
        at=timezone.now(),
        actor_id=str(by.pk) if by is not None else "",
        action=action,
        subject_kind=subject.kind,
        subject_id=subject.id,
        # Numbers with a fraction become text: PostgreSQL would write some of them differently than they were hashed.
        data=json.loads(canonical_bytes(clean_value(data)), parse_float=str),
    )
    waiting = _gathering.get()
    if waiting is None:
        _append([event])
    else:
        waiting.append(event)


def record_now(*, action: str, subject: Ref, by: Any, **data: Any) -> None:
    """Append one event that has no business transaction of its own, such as a sign-in."""
    with transaction.atomic():
        record(action=action, subject=subject, by=by, **data)


@contextmanager
def gathered() -> Iterator[None]:
    """Append the events of this block together at its end, in a transaction that holds all of the block.

    A long import thus locks the chain for its last moment, instead of making every other writer wait for all of it.
    """
    events: list[AuditEvent] = []
    token = _gathering.set(events)
    try:
        yield
    finally:
        _gathering.reset(token)
    _append(events)


def _append(events: Sequence[AuditEvent]) -> None:
    if not events:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous = last or (0, rules.GENESIS)
    for event in events:
        sequence += 1
        event.sequence, event.previous_hash = sequence, previous
        event.hash = previous = event.computed_hash()
    AuditEvent.objects.bulk_create(events, batch_size=500)
