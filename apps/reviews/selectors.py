"""Reading review requests."""

from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.db.models import CharField, Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts import access, kinds
from apps.accounts.models import Membership, Role, User
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.reviews import lanes, subjects
from apps.reviews.lanes import LANES
from apps.reviews.models import RequestState, ReviewRequest


def requests(*, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests `viewer` may see, newest first, with their decisions."""
    found = ReviewRequest.objects.visible_to(viewer).select_related("requested_by")
    return found.prefetch_related("decisions__actor").order_by("-created_at")


def matching(text: str) -> Q:
    """The requests whose title holds `text`; every request for ""."""
    return Q(title__icontains=text) if text else Q()


def request(request_id: UUID, *, viewer: Viewer) -> ReviewRequest:
    """One request; raises NotFoundError, also when it is not visible."""
    found = requests(viewer=viewer).filter(pk=request_id).first()
    if found is None:
        raise NotFoundError("There is no such review, or you may not see it.")
    return found


def revision(request: ReviewRequest, *, viewer: Viewer) -> subjects.Revision:
    """The content as submitted, without what it names and `viewer` may not see."""
    return subjects.of(request.subject_kind).readable(request.revision, viewer)


def subject_url(request: ReviewRequest, *, viewer: Viewer) -> str:
    """The page of what is reviewed. Raises NotFoundError where `viewer` may not see it."""
    return kinds.of(request.subject_kind).url(kinds.find(request.subject, viewer=viewer))


def about(subject: Ref, *, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests about one thing, newest first."""
    return requests(viewer=viewer).filter(subject_kind=subject.kind, subject_id=subject.id)


def latest_per(kind: str) -> QuerySet[ReviewRequest]:
    """For Subquery: the newest request about the outer row, whose primary key is the subject's id."""
    subject_id = Cast(OuterRef("pk"), CharField())
    return ReviewRequest.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("-created_at")


def latest(kind: str) -> QuerySet[ReviewRequest]:
    """The newest request about each thing of a kind: for conditions over many things at once."""
    about_kind = ReviewRequest.objects.filter(subject_kind=kind)
    newer = about_kind.filter(subject_id=OuterRef("subject_id"), created_at__gt=OuterRef("created_at"))
    return about_kind.filter(~Exists(newer))


def lanes_of(user: Viewer) -> frozenset[str]:
    """The keys of the lanes in which the person may decide somewhere; a program decides in none."""
    return frozenset(key for key in LANES if _deciding(user, key))


def decidable(user: Viewer, lane: str) -> Q:
    """Which requests are about something over which the person's role for the lane holds."""
    return Q(lanes__contains=[lane]) & kinds.reached(_deciding(user, lane), only=subjects.kinds())


def _deciding(user: Viewer, lane: str) -> list[Membership]:
    # Whoever makes a program's token would otherwise decide on what is theirs.
    return lanes.deciding(user, lane) if isinstance(user, User) and user.is_person else []


def may_decide(user: Viewer, request: ReviewRequest, lane: str) -> bool:
    """Whether the person holds the lane's role where the reviewed thing belongs."""
    return ReviewRequest.objects.filter(decidable(user, lane), pk=request.pk).exists()


def waiting_for(user: Viewer) -> QuerySet[ReviewRequest]:
    """Open requests that `user` may decide now, oldest first."""
    if not (mine_are := lanes_of(user)):
        return ReviewRequest.objects.none()
    within_reach = reduce(or_, (decidable(user, lane) for lane in mine_are), access.NOTHING)
    mine = requests(viewer=user).filter(within_reach, state=RequestState.IN_REVIEW)
    allowed = mine.exclude(requested_by_id=user.pk).exclude(barred__contains=[user.pk])
    return allowed.exclude(decisions__actor_id=user.pk).order_by("created_at")


class Waiting(NamedTuple):
    """Requests that wait for decisions, and the age of the oldest in seconds."""

    requests: int
    oldest_seconds: float


def queue() -> Waiting:
    """What waits now, whoever may see it; for operators."""
    found = ReviewRequest.objects.filter(state=RequestState.IN_REVIEW).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return Waiting(found["count"], age)


def deciding_roles() -> frozenset[Role]:
    """The roles that let somebody decide in some lane somewhere."""
    return frozenset({Role.REVIEWER, *(lane.role for lane in LANES.values())})
