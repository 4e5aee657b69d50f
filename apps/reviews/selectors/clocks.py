"""How long lanes take, and what is late."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.reviews import rules
from apps.reviews.models import APPROVALS, Condition, Decision, LaneStep
from apps.reviews.selectors.requests import open_steps


def clock(step: LaneStep, *, on: datetime) -> rules.Clock:
    """How the time of a step that waits stands."""
    return rules.clock(opened=step.opened_at, due=step.due_at, on=on)


def dwell(lane: str) -> list[timedelta]:
    """How long the last 50 decisions in the lane took from being asked, pauses left out; the newest first."""
    step = LaneStep.objects.filter(request=OuterRef("request"), lane=OuterRef("lane"))
    opened, spent = (Subquery(step.values(name)[:1]) for name in ("opened_at", "spent"))
    decided = Decision.objects.filter(lane=lane, overturns=None).annotate(opened=opened, spent=spent)
    known = decided.exclude(opened=None).order_by("-created_at").values_list("created_at", "opened", "spent")
    return [max(at - opened, timedelta(0)) + spent for at, opened, spent in known[: rules.PAST]]


def unsettled_steps() -> QuerySet[LaneStep]:
    """Every step that waits, with its request and what was decided there, the most urgent first."""
    waiting = open_steps().select_related("request").prefetch_related("request__decisions")
    return waiting.order_by("due_at", "pk")


def open_conditions() -> QuerySet[Condition]:
    """The conditions of approvals that count, not verified and not escalated yet."""
    counts = Q(decision__request__state__in=APPROVALS) | Q(decision__carried_by__request__state__in=APPROVALS)
    return Condition.objects.filter(counts, verified_at=None, escalated_at=None).distinct()
