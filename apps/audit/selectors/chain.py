"""Whether both chains are as written: the events, and the seals of the history with the rows they seal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q

from apps.audit import rules
from apps.audit.models import AuditEvent, HistorySeal
from apps.audit.rules import CHANGED, CUT, EVENTS, HISTORY, INSERTED, MISSING, REORDERED, Break, Head
from apps.audit.selectors import history

_CHUNK = 1000
_PYTHON_KNOWS = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
_CHAINS: dict[str, type[AuditEvent] | type[HistorySeal]] = {EVENTS: AuditEvent, HISTORY: HistorySeal}


def heads() -> list[tuple[Head, datetime]]:
    """The newest link of each chain that has one, and its time."""
    newest = [(chain, model.objects.order_by("-sequence").first()) for chain, model in _CHAINS.items()]
    return [(Head(chain, link.sequence, link.hash), link.at) for chain, link in newest if link]


def breaks(saved: Sequence[Head] = ()) -> Iterator[Break]:
    """The first break of each chain, every saved head that no longer fits, and what is wrong in history itself.

    Rows are streamed, so memory stays the same however long the chains are.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # PostgreSQL spells a time in the session's zone; what is sealed is spelt in UTC.
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        yield from _first_of_events()
        yield from _first_of_seals()
        for head in saved:
            yield from _against(head)
        yield from history.breaks()


def _first_of_events() -> Iterator[Break]:
    if odd := _unreadable(AuditEvent):
        yield Break(EVENTS, odd, CHANGED, "Its time is one that nobody wrote.")
        return
    previous, expected = rules.GENESIS, 1
    for event in AuditEvent.objects.order_by("sequence").iterator(chunk_size=_CHUNK):
        if (event.sequence, event.previous_hash, event.hash) != (expected, previous, event.computed_hash()):
            yield _explained(event, expected, previous)
            return
        previous, expected = event.hash, expected + 1


def _unreadable(model: type[AuditEvent] | type[HistorySeal]) -> int | None:
    """The first link whose time PostgreSQL can hold and Python cannot, such as `infinity`."""
    early, late = _PYTHON_KNOWS
    outside = model._default_manager.filter(Q(at__lt=early) | Q(at__gt=late))
    return outside.order_by("sequence").values_list("sequence", flat=True).first()


def _explained(event: AuditEvent, expected: int, previous: str) -> Break:
    """What happened where `event` stands though the event `expected`, which follows `previous`, should."""
    if event.sequence < expected:
        return Break(EVENTS, event.sequence, INSERTED, f"There is a second event {event.sequence}.")
    follower = AuditEvent.objects.filter(previous_hash=previous).exclude(pk=event.pk).first()
    elsewhere = follower is not None and follower.hash == follower.computed_hash(sequence=expected)
    origin = _origin(event)
    if event.sequence > expected or (origin and origin > expected):
        if elsewhere:
            return Break(EVENTS, expected, REORDERED, f"The event written as {expected} stands elsewhere.")
        return Break(EVENTS, expected, MISSING, f"Event {_span(expected, max(event.sequence, origin or 0) - 1)} gone.")
    if origin and origin < expected:
        return Break(EVENTS, expected - 1, INSERTED, f"Event {expected} was written as {origin}; one came before it.")
    if origin:
        return Break(EVENTS, max(expected - 1, 1), CHANGED, f"Event {expected} does not follow from the one before.")
    if elsewhere:
        return Break(EVENTS, expected, INSERTED, f"The event written as {expected} stands elsewhere.")
    return Break(EVENTS, expected, CHANGED, f"Event {expected} is not as written.")


def _origin(event: AuditEvent) -> int | None:
    """The number under which the row was hashed, looked for beside the rows it is chained to; None if it was edited."""
    before = AuditEvent.objects.filter(hash=event.previous_hash).values_list("sequence", flat=True).first()
    after = AuditEvent.objects.filter(previous_hash=event.hash).values_list("sequence", flat=True).first()
    near = [event.sequence, event.sequence + 1, event.sequence - 1]
    near += [*([before + 1] if before is not None else []), *([after - 1] if after is not None else [])]
    return next((number for number in near if event.computed_hash(sequence=number) == event.hash), None)


def _span(first: int, last: int) -> str:
    return f"{first} is" if first >= last else f"{first} to {last} are"


def _first_of_seals() -> Iterator[Break]:
    if odd := _unreadable(HistorySeal):
        yield Break(HISTORY, odd, CHANGED, "Its time is one that nobody wrote.")
        return
    previous, expected = rules.GENESIS, 1
    for seal in HistorySeal.objects.order_by("sequence").iterator(chunk_size=_CHUNK):
        if seal.sequence > expected:
            yield Break(HISTORY, expected, MISSING, f"Seal {_span(expected, seal.sequence - 1)} gone.")
            return
        if seal.sequence < expected:
            yield Break(HISTORY, seal.sequence, INSERTED, f"There is a second seal {seal.sequence}.")
            return
        if (seal.previous_hash, seal.hash) != (previous, seal.computed_hash()):
            yield Break(HISTORY, expected, CHANGED, f"Seal {expected} is not as written, or no longer in its place.")
            return
        previous, expected = seal.hash, expected + 1


def _against(head: Head) -> Iterator[Break]:
    """A link that was saved must be there still: otherwise the end was cut off, or all of it written anew."""
    model = _CHAINS[head.chain]
    found = model._default_manager.filter(sequence=head.sequence).values_list("hash", flat=True).first()
    last = model._default_manager.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    if found is None and head.sequence > last:
        yield Break(head.chain, last + 1, CUT, f"It ends at {last}, but the saved head is {head.sequence}.")
    elif found is None:
        yield Break(head.chain, head.sequence, MISSING, f"Link {head.sequence}, a saved head, is gone.")
    elif found != head.hash:
        yield Break(head.chain, head.sequence, CHANGED, f"Link {head.sequence} is not the one that was saved as head.")
