"""Writing the audit trail, always inside the business transaction."""

import json
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


def record(*, action: str, subject: Ref, by: Any, **data: Any) -> AuditEvent:
    """Append one event to the chain. `by` is a user, or None for the portal itself.

    Raises RuntimeError outside a transaction: an event must stand or fall with what it records.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Audit events are written inside the transaction they record.")
    # Numbers with a fraction become text: PostgreSQL would write some of them differently than they were hashed.
    plain = json.loads(canonical_bytes(clean_value(data)), parse_float=str)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous = (last[0] + 1, last[1]) if last else (1, rules.GENESIS)
    at, actor_id = timezone.now(), str(by.pk) if by is not None else ""
    link = rules.chained_hash(
        previous=previous, sequence=sequence, at=at, actor_id=actor_id, action=action, subject=subject, data=plain
    )
    return AuditEvent.objects.create(
        sequence=sequence,
        at=at,
        actor_id=actor_id,
        action=action,
        subject_kind=subject.kind,
        subject_id=subject.id,
        data=plain,
        previous_hash=previous,
        hash=link,
    )


def record_now(*, action: str, subject: Ref, by: Any, **data: Any) -> AuditEvent:
    """Append one event that has no business transaction of its own, such as a sign-in."""
    with transaction.atomic():
        return record(action=action, subject=subject, by=by, **data)
