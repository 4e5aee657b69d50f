"""Writing the audit trail, always inside the business transaction."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.audit import rules, selectors
from apps.audit.models import AuditEvent, Verification
from apps.audit.rules import Break, Head
from apps.core.hashing import canonical_bytes
from apps.core.lists import Export
from apps.core.refs import Ref
from apps.core.text import clean_value

logger = logging.getLogger(__name__)
# Serialises writers of the chain; any number that no other advisory lock of the portal uses.
_CHAIN_LOCK = 7_203_001
# For the seals of this transaction's history: its first event, if none is noted yet, and its last.
_TELL_SEALS = """
    SELECT set_config('coe.first_event', coalesce(nullif(current_setting('coe.first_event', true), ''), %s), true),
           set_config('coe.last_event', %s, true)"""
_gathering: ContextVar[list[AuditEvent] | None] = ContextVar("gathering", default=None)
# Looking again within this time is the same look.
ONE_VIEW = timedelta(hours=1)
_MOST_TOLD = 20


def record(*, action: str, subject: Ref, by: Any, **data: Any) -> None:
    """Append one event to the chain. `by` is a user, or None for the portal itself.

    Ids alone belong in `data`, never names, addresses or secrets: nothing can be erased from the chain.
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


@transaction.atomic
def viewed(subject: Ref, *, by: Any) -> None:
    """Record that a person looked at a restricted thing: once an hour for each person and thing, never for lists."""
    same = AuditEvent.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, actor_id=str(by.pk), action=selectors.VIEWED
    )
    if not same.filter(at__gt=timezone.now() - ONE_VIEW).exists():
        record(action=selectors.VIEWED, subject=subject, by=by)


def exported(export: Export, *, by: Any) -> None:
    """Record that a list leaves the portal as a file: which, in what form, how many rows, which columns.

    How it was narrowed is kept but for the words searched for, which may name a person.
    """
    pairs = [(name, value) for name, value in parse_qsl(export.query.lstrip("?")) if name != "q"]
    record_now(
        action=selectors.EXPORTED, subject=Ref("list", export.page), by=by, format=export.format, rows=export.rows,
        columns=export.columns, query=urlencode(pairs),
    )  # fmt: skip


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
    with connection.cursor() as cursor:
        cursor.execute(_TELL_SEALS, [str(events[0].sequence), str(sequence)])


def acting(**facts: str) -> AbstractContextManager[Any]:
    """Note `facts`, such as the doorbell that is answered, beside every row of history that the block causes."""
    context: AbstractContextManager[Any] = pghistory.context(**facts)
    return context


def verify(saved: Sequence[Head] = ()) -> list[Break]:
    """Verify both chains, keep what was found for the auditors' page, and return it: at most 20 breaks."""
    found = list(islice(selectors.breaks(saved), _MOST_TOLD))
    ends = {head.chain: head.sequence for head, _ in selectors.heads()}
    Verification.objects.create(
        at=timezone.now(), events=ends.get(rules.EVENTS, 0), seals=ends.get(rules.HISTORY, 0), heads=len(saved),
        found="\n".join(map(str, found)),
    )  # fmt: skip
    return found


def verify_daily() -> None:
    """Verify, also against the heads that COE_AUDIT_HEAD_FILE holds, then note today's heads; beat asks for it.

    The heads go to the log, and to the end of that file. Both should be where the database's owner cannot change them.
    """
    kept = Path(settings.AUDIT_HEAD_FILE) if settings.AUDIT_HEAD_FILE else None
    saved = rules.heads(kept.read_text(encoding="utf-8").splitlines()) if kept and kept.exists() else []
    for found in verify(saved):
        logger.error("Audit trail not as written: %s", found)
    lines = [f"{head} {at.isoformat()}" for head, at in selectors.heads()]
    for line in lines:
        logger.info("Audit head: %s", line)
    if kept and lines:
        with kept.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
