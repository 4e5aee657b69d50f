"""Reading review requests."""

from uuid import UUID

from django.db.models import CharField, OuterRef, QuerySet
from django.db.models.functions import Cast

from apps.accounts import access
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.reviews.lanes import LANES
from apps.reviews.models import RequestState, ReviewRequest


def requests(*, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests `viewer` may see, newest first, with their decisions."""
    found = ReviewRequest.objects.visible_to(viewer).select_related("requested_by")
    return found.prefetch_related("decisions__actor").order_by("-created_at")


def request(request_id: UUID, *, viewer: Viewer) -> ReviewRequest:
    """One request; raises NotFoundError, also when it is not visible."""
    found = requests(viewer=viewer).filter(pk=request_id).first()
    if found is None:
        raise NotFoundError("There is no such review, or you may not see it.")
    return found


def about(subject: Ref, *, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests about one thing, newest first."""
    return requests(viewer=viewer).filter(subject_kind=subject.kind, subject_id=subject.id)


def latest_per(kind: str) -> QuerySet[ReviewRequest]:
    """For Subquery: the newest request about the outer row, whose primary key is the subject's id."""
    subject_id = Cast(OuterRef("pk"), CharField())
    return ReviewRequest.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("-created_at")


def lanes_of(user: Viewer) -> frozenset[str]:
    """The keys of the lanes in which the person may decide."""
    roles = access.roles_of(user)
    return frozenset(key for key, lane in LANES.items() if lane.role in roles)


def waiting_for(user: Viewer) -> QuerySet[ReviewRequest]:
    """Open requests that `user` may decide now, oldest first."""
    mine = requests(viewer=user).filter(state=RequestState.IN_REVIEW, lanes__overlap=list(lanes_of(user)))
    allowed = mine.exclude(requested_by_id=user.pk).exclude(barred__contains=[user.pk])
    return allowed.exclude(decisions__actor_id=user.pk).order_by("created_at")
