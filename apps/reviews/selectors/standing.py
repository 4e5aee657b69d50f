"""What the apps above fold a standing from, in SQL."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from apps.core.refs import Ref
from apps.reviews.models import APPROVALS, BreakGlass, Condition, RequestState, ReviewRequest


def latest_per(kind: str) -> QuerySet[ReviewRequest]:
    """For Subquery: the newest request about the outer row, whose primary key is the subject's id."""
    subject_id = Cast(OuterRef("pk"), CharField())
    return ReviewRequest.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("-created_at")


def latest(kind: str) -> QuerySet[ReviewRequest]:
    """The newest request about each thing of a kind: for conditions over many things at once."""
    about_kind = ReviewRequest.objects.filter(subject_kind=kind)
    newer = about_kind.filter(subject_id=OuterRef("subject_id"), created_at__gt=OuterRef("created_at"))
    return about_kind.filter(~Exists(newer))


def overdue_blocking(on: datetime) -> Exists:
    """Over requests: whether a blocking condition of it is overdue and not verified.

    Conditions of decisions carried over from an earlier request count as well.
    """
    return Exists(Condition.objects.filter(_of_outer(), blocking=True, verified_at=None, due_on__lt=on.date()))


def _of_outer() -> Q:
    return Q(decision__request=OuterRef("pk")) | Q(decision__carried_by__request=OuterRef("pk"))


def owing() -> Exists:
    """Over requests: whether a condition of it, or of a decision carried over, is not verified yet."""
    return Exists(Condition.objects.filter(_of_outer(), verified_at=None))


def approvals(subject: Ref, *, gates: Collection[str]) -> QuerySet[ReviewRequest]:
    """The approvals of one thing at these gates, also those that expired or that a later one took the place of."""
    about = ReviewRequest.objects.filter(subject_kind=subject.kind, subject_id=subject.id, gate__in=gates)
    return about.filter(state__in=(*APPROVALS, RequestState.SUPERSEDED, RequestState.EXPIRED)).order_by("-created_at")


def owed(subject: Ref, *, gates: Collection[str]) -> int:
    """How many conditions of the approvals of one thing at these gates are not verified yet."""
    held = approvals(subject, gates=gates).filter(state__in=APPROVALS).order_by()
    mine = Q(decision__request__in=held) | Q(decision__carried_by__request__in=held)
    return Condition.objects.filter(mine, verified_at=None).distinct().count()


def breaking_glass(kind: str, on: datetime) -> Exists:
    """Over things of a kind with a `content_hash`: whether a break-glass for exactly this content holds.

    It ends as well once the review that it forced has rejected it.
    """
    used = BreakGlass.objects.filter(
        subject_kind=kind, subject_id=Cast(OuterRef("pk"), CharField()), content_hash=OuterRef("content_hash"),
        expires_at__gt=on,
    )  # fmt: skip
    return Exists(used.exclude(request__state__in=(RequestState.REJECTED, RequestState.REVOKED)))


def glass_broken(subject: Ref, *, gates: Collection[str]) -> bool:
    """Whether one thing was ever let through one of these gates by break-glass."""
    return BreakGlass.objects.filter(subject_kind=subject.kind, subject_id=subject.id, gate__in=gates).exists()


def is_in_retrospect(request: ReviewRequest) -> bool:
    """Whether break-glass forced this review; what a person asked for has no trigger, and need not be looked up."""
    return request.trigger != "" and BreakGlass.objects.filter(request=request).exists()
