"""Publishing events in a transaction and draining them afterwards, at least once each."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.core import jobs
from apps.outbox.models import OutboxEvent

logger = logging.getLogger(__name__)

Reaction = Callable[..., object]
_LONGEST_DELAY = timedelta(hours=1)


def publish(event: str, **payload: str) -> OutboxEvent:
    """Write `event` in the current transaction; the worker reacts once it has committed.

    Raises RuntimeError outside a transaction: an event must stand or fall with the change it tells of.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Events are published inside the transaction they tell of.")
    row = OutboxEvent.objects.create(name=event, payload=payload, due_at=timezone.now())
    jobs.ring("outbox.drain")
    return row


def drain(reactions: Mapping[str, Sequence[Reaction]]) -> int:
    """React to the events that are due, one transaction each; returns how many succeeded. Safe to run twice."""
    return sum(_drain_one(reactions) for _ in range(_due().count()))


def _due() -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.filter(due_at__lte=timezone.now())


@transaction.atomic
def _drain_one(reactions: Mapping[str, Sequence[Reaction]]) -> bool:
    event = _due().select_for_update(no_key=True, skip_locked=True).first()
    if event is None:
        return False
    try:
        with transaction.atomic():
            for reaction in reactions.get(event.name, ()):
                reaction(**event.payload)
    except Exception as error:
        # One broken reaction must not stop the others: note it, wait longer each time, go on.
        _postpone(event, error)
        return False
    event.delete()
    return True


def _postpone(event: OutboxEvent, error: Exception) -> None:
    logger.exception("Reaction to %s failed", event)
    event.attempts += 1
    event.error = f"{type(error).__name__}: {error}"[:2000]
    event.due_at = timezone.now() + min(timedelta(seconds=2 ** min(event.attempts, 16)), _LONGEST_DELAY)
    event.save(update_fields=["attempts", "error", "due_at"])
