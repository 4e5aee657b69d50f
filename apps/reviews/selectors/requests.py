"""Reading review requests."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from apps.accounts import kinds
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.reviews import subjects
from apps.reviews.models import Decision, LaneStep, RequestState, ReviewRequest


def requests(*, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests `viewer` may see, newest first, with their decisions and lane steps."""
    found = ReviewRequest.objects.visible_to(viewer).select_related("requested_by")
    decisions = Decision.objects.select_related("actor", "on_behalf_of")
    steps = LaneStep.objects.select_related("carried__actor", "carried__on_behalf_of")
    told = found.prefetch_related(Prefetch("decisions", decisions), Prefetch("steps", steps))
    return told.order_by("-created_at")


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


def changeable(request: ReviewRequest) -> list[str]:
    """What somebody may ask to be changed: the fields of the revision that people change, and the evidence."""
    fixed = subjects.of(request.subject_kind).fixed
    return [*(entry["field"] for entry in request.revision if entry["field"] not in fixed), subjects.EVIDENCE]


def subject_url(request: ReviewRequest, *, viewer: Viewer) -> str:
    """The page of what is reviewed. Raises NotFoundError where `viewer` may not see it."""
    return kinds.of(request.subject_kind).url(kinds.find(request.subject, viewer=viewer))


def about(subject: Ref, *, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests about one thing, newest first."""
    return requests(viewer=viewer).filter(subject_kind=subject.kind, subject_id=subject.id)


def decided(*, viewer: Viewer) -> QuerySet[ReviewRequest]:
    """The requests `viewer` may see that somebody decided, whatever became of the approval since.

    Those that earlier decisions settled at once are none: nobody was asked.
    """
    mine = Decision.objects.filter(request=OuterRef("pk"))
    undecided = (RequestState.IN_REVIEW, RequestState.WITHDRAWN, RequestState.VOIDED)
    return requests(viewer=viewer).filter(Exists(mine)).exclude(state__in=undecided)


def open_steps() -> QuerySet[LaneStep]:
    """The steps of open requests that wait for a decision."""
    decided = Decision.objects.filter(request=OuterRef("request"), lane=OuterRef("lane"))
    return LaneStep.objects.filter(~Exists(decided), request__state=RequestState.IN_REVIEW, carried=None)


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
