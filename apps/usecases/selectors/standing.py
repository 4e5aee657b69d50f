"""The standing of cases: what the decisions about each amount to for its content as it is now."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import CharField, Exists, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.utils import timezone

from apps.reviews import selectors as reviews
from apps.reviews.models import APPROVALS, RequestState, ReviewRequest
from apps.usecases.models import KIND, Stage, Standing, UseCase

# What the latest review makes of a case, whatever has changed since.
_STANDINGS = {
    RequestState.IN_REVIEW: Standing.IN_REVIEW,
    RequestState.CHANGES_REQUESTED: Standing.CHANGES_REQUESTED,
    RequestState.REJECTED: Standing.REJECTED,
    RequestState.WITHDRAWN: Standing.WITHDRAWN,
    RequestState.REVOKED: Standing.SUSPENDED,
    RequestState.EXPIRED: Standing.LAPSED,
    RequestState.SUPERSEDED: Standing.LAPSED,
}
# How long an approval holds for what operates.
HOLDS = timedelta(days=365)
_APPROVED = Q(state__in=APPROVALS)
_SAME = Q(content_hash=OuterRef("content_hash"))


class _Standing(Func):
    """`usecases_standing(id, content_hash, at)`."""

    function = "usecases_standing"
    output_field = CharField()


def with_standing(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate `.standing`, of the latest review: an approval counts for its exact content only.

    PostgreSQL folds it, in a function that its migration spells; `of_standing` says the same of many cases.
    """
    told = _Standing("pk", "content_hash", Value(timezone.now()))
    # As a dictionary: mypy would otherwise see a second definition of the attribute.
    return cases.annotate(**{"standing": told})  # noqa: PIE804


def with_review(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate `.review_state` and `.review_gate` of the latest review, None without one."""
    latest = reviews.latest_per(KIND)
    return cases.annotate(**{f"review_{name}": Subquery(latest.values(name)[:1]) for name in ("state", "gate")})


def of_standing(cases: QuerySet[UseCase], standings: Collection[str]) -> QuerySet[UseCase]:
    """The cases with one of these standings, found from the reviews: the same as asking each case, but faster."""
    now = timezone.now()
    glass = Q(reviews.breaking_glass(KIND, now))
    mine = reviews.latest(KIND).filter(subject_id=Cast(OuterRef("pk"), CharField()))
    told = Q(Exists(mine.filter(_states(standings, now))))
    if Standing.UNREVIEWED in standings:
        told |= ~Q(Exists(mine.filter(state__in=[*_STANDINGS, *APPROVALS])))
    return cases.filter(told & ~glass | glass if Standing.CLEARED_WITH_CONDITIONS in standings else told & ~glass)


def _states(standings: Collection[str], on: datetime) -> Q:
    """Which latest reviews give one of these standings."""
    overdue, owed = Q(reviews.overdue_blocking(on)), Q(reviews.owing())
    told = Q(state__in=[state for state, standing in _STANDINGS.items() if standing in standings])
    told |= _APPROVED & _SAME & ~overdue & ~owed if Standing.CLEARED in standings else Q()
    told |= _APPROVED & _SAME & ~overdue & owed if Standing.CLEARED_WITH_CONDITIONS in standings else Q()
    told |= _APPROVED & (~_SAME | overdue) if Standing.LAPSED in standings else Q()
    return told


def approvals(case: UseCase, *, gates: Collection[str]) -> QuerySet[ReviewRequest]:
    """The approvals of the case at these gates, also those that expired or that a later one took the place of."""
    return reviews.approvals(case.subject, gates=gates)


def lapsed_in_operation() -> QuerySet[UseCase]:
    """The cases that operate although what was last decided is no longer about their content."""
    told = (Standing.LAPSED, Standing.UNREVIEWED)
    return of_standing(UseCase.objects.filter(stage=Stage.DEPLOY), told)


def expired_in_operation(*, on: datetime) -> list[UseCase]:
    """The cases that operate on an approval that is older than a year, by number."""
    old = reviews.latest(KIND).filter(_APPROVED, closed_at__lt=on - HOLDS, subject_id=Cast(OuterRef("pk"), CharField()))
    return list(UseCase.objects.filter(Exists(old), stage=Stage.DEPLOY).order_by("number"))
