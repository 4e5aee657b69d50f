"""What the apps above fold a standing from, in SQL."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from apps.core.refs import Ref
from apps.reviews.models import APPROVALS, BreakGlass, Condition, Decision, RequestState, ReviewRequest


def latest_per(kind: str, *, but: Q | None = None) -> QuerySet[ReviewRequest]:
    """For Subquery: the newest request about the outer row, whose primary key is the subject's id.

    Requests that fit `but` do not count, here and below.
    """
    subject_id = Cast(OuterRef("pk"), CharField())
    return _about_kind(kind, but).filter(subject_id=subject_id).order_by("-created_at")


def latest(kind: str, *, but: Q | None = None) -> QuerySet[ReviewRequest]:
    """The newest request about each thing of a kind: for conditions over many things at once."""
    about_kind = _about_kind(kind, but)
    newer = about_kind.filter(subject_id=OuterRef("subject_id"), created_at__gt=OuterRef("created_at"))
    return about_kind.filter(~Exists(newer))


def _about_kind(kind: str, but: Q | None) -> QuerySet[ReviewRequest]:
    found = ReviewRequest.objects.filter(subject_kind=kind)
    return found if but is None else found.exclude(but)


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


def breaking_glass(on: datetime) -> Exists:
    """Over requests: whether a break-glass that forced it holds, by the clock.

    It is over before its time once the request was decided, or its content changed.
    """
    return Exists(BreakGlass.objects.filter(request=OuterRef("pk"), expires_at__gt=on))


def decided_before(moment: datetime) -> Exists:
    """Over requests: whether one of the decisions that count in it, carried over or its own, is older than that."""
    return Exists(Decision.objects.filter(_in_outer(), created_at__lt=moment))


def _in_outer() -> Q:
    return Q(request=OuterRef("pk")) | Q(carried_by__request=OuterRef("pk"))


def glass_broken(subject: Ref, *, gates: Collection[str]) -> bool:
    """Whether one thing was ever let through one of these gates by break-glass."""
    return BreakGlass.objects.filter(subject_kind=subject.kind, subject_id=subject.id, gate__in=gates).exists()


def is_in_retrospect(request: ReviewRequest) -> bool:
    """Whether a person's break-glass forced this review, or one that a change voided and that this one follows.

    What was submitted has no trigger, and is not looked up.
    """
    if not request.trigger:
        return False
    about = {"subject_kind": request.subject_kind, "subject_id": request.subject_id, "gate": request.gate}
    used = BreakGlass.objects.filter(**about, request__created_at__lte=request.created_at)
    newest = used.select_related("request").order_by("-request__created_at").first()
    if newest is None:
        return False
    since = ReviewRequest.objects.filter(**about, created_at__gte=newest.request.created_at)
    return not since.filter(created_at__lt=request.created_at).exclude(state=RequestState.VOIDED).exists()


def voided_trigger(subject: Ref, *, gate: str) -> ReviewRequest | None:
    """The newest request about one thing that the portal opened at this gate, if it is void."""
    own = ReviewRequest.objects.filter(subject_kind=subject.kind, subject_id=subject.id, gate=gate)
    found = own.exclude(trigger="").order_by("-created_at").first()
    return found if found and found.state == RequestState.VOIDED else None


def broken_before(subject: Ref, *, gate: str, content_hash: str) -> ReviewRequest | None:
    """The newest review that break-glass forced about exactly this content at this gate, unless it is void."""
    used = BreakGlass.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, gate=gate, content_hash=content_hash
    ).exclude(request__state=RequestState.VOIDED)
    newest = used.select_related("request").order_by("-created_at").first()
    return newest.request if newest else None
