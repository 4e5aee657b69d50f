"""What narrows lists of requests and conditions: whose turn it is, in which lane, and what is late."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from apps.core.models import Viewer
from apps.reviews.models import ConditionState
from apps.reviews.selectors.requests import open_steps
from apps.reviews.selectors.seats import waiting_for


def waits_in(lanes: Collection[str]) -> Q:
    """The requests with an open step in one of the lanes."""
    return Q(Exists(open_steps().order_by().filter(request=OuterRef("pk"), lane__in=lanes)))


def waits_for(person: Viewer) -> Q:
    """The requests that the person may decide now."""
    return Q(pk__in=waiting_for(person).order_by().values("pk"))


def has_late_step(on: datetime) -> Q:
    """The requests with an open step whose time is over."""
    return Q(Exists(open_steps().order_by().filter(request=OuterRef("pk"), due_at__lte=on)))


def in_state(state: str) -> Q:
    """The conditions in one state, as `Condition.state` says it."""
    waits = Q(verified_at=None, handed_in_at=None)
    states = {
        ConditionState.VERIFIED: Q(verified_at__isnull=False),
        ConditionState.HANDED_IN: Q(verified_at=None, handed_in_at__isnull=False),
        ConditionState.REFUSED: waits & Q(refused_at__isnull=False),
        ConditionState.OPEN: waits & Q(refused_at=None),
    }
    return states[ConditionState(state)]


def is_overdue(on: date) -> Q:
    """The conditions whose last day is over and that nobody has verified."""
    return Q(verified_at=None, due_on__lt=on)
