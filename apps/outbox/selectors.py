"""Reading what waits in the outbox; for operators."""

from typing import NamedTuple

from django.db.models import Count, Min, Q
from django.utils import timezone

from apps.outbox.models import OutboxEvent


class Backlog(NamedTuple):
    """Events whose reactions are to come, how many of them failed before, and the age of the oldest in seconds."""

    events: int
    failing: int
    oldest_seconds: float


def backlog() -> Backlog:
    """What waits now."""
    found = OutboxEvent.objects.aggregate(
        events=Count("pk"), failing=Count("pk", filter=Q(attempts__gt=0)), oldest=Min("created_at")
    )
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return Backlog(found["events"], found["failing"], age)
