"""Reading conditions, delegations, lane heads and uses of break-glass."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.reviews.models import APPROVALS, BreakGlass, Condition, Delegation, LaneHead, LaneStep, ReviewRequest

_PEOPLE = (
    "owner", "verifier", "handed_in_by", "verified_by", "decision__actor", "decision__request__requested_by",
)  # fmt: skip


def conditions(*, viewer: Viewer) -> QuerySet[Condition]:
    """The conditions `viewer` may see, the next due first."""
    return Condition.objects.visible_to(viewer).select_related(*_PEOPLE).order_by("due_on", "created_at")


def condition(key: UUID, *, viewer: Viewer) -> Condition:
    """One condition; raises NotFoundError, also when it is not visible."""
    found = conditions(viewer=viewer).filter(pk=key).first()
    if found is None:
        raise NotFoundError("There is no such condition, or you may not see it.")
    return found


def conditions_of(request: ReviewRequest, *, viewer: Viewer) -> QuerySet[Condition]:
    """The conditions of a request: of its own decisions, and of those carried over into it."""
    mine = Q(decision__request=request) | Q(decision__in=request.steps.exclude(carried=None).values("carried"))
    return conditions(viewer=viewer).filter(mine)


def counting(viewer: Viewer) -> QuerySet[Condition]:
    """The conditions of approvals that count, not verified yet."""
    counts = ReviewRequest.objects.filter(state__in=APPROVALS)
    own = Exists(counts.filter(pk=OuterRef("decision__request")))
    carried = Exists(LaneStep.objects.filter(carried=OuterRef("decision"), request__in=counts))
    return conditions(viewer=viewer).filter(Q(own) | Q(carried), verified_at=None)


def delegations(*, viewer: Viewer) -> QuerySet[Delegation]:
    """The delegations `viewer` may see, newest first: given, received, all for who oversees everything."""
    return Delegation.objects.visible_to(viewer).select_related("delegator", "delegate")


def delegation(key: UUID, *, viewer: Viewer) -> Delegation:
    """One delegation; raises NotFoundError, also when it is not visible."""
    found = delegations(viewer=viewer).filter(pk=key).first()
    if found is None:
        raise NotFoundError("There is no such delegation, or you may not see it.")
    return found


def heads(*, viewer: Viewer) -> QuerySet[LaneHead]:
    """The lanes' heads, by lane."""
    found: QuerySet[LaneHead] = LaneHead.objects.visible_to(viewer)
    return found.select_related("person").order_by("lane")


def glass(key: UUID, *, viewer: Viewer) -> BreakGlass:
    """One use of break-glass; raises NotFoundError, also when it is not visible."""
    found: BreakGlass | None = (
        BreakGlass.objects.visible_to(viewer).select_related("used_by", "request").filter(pk=key).first()
    )
    if found is None:
        raise NotFoundError("There is no such break-glass, or you may not see it.")
    return found
