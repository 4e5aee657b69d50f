"""Whether what was submitted is still so, and which rejection the board can overturn."""

from apps.accounts.models import User
from apps.core.errors import ConflictError, StaleError
from apps.reviews import lanes, subjects
from apps.reviews.models import Decision, Outcome, RequestState, ReviewRequest
from apps.reviews.selectors.seats import bar_to_overturning

CHANGED = "The content changed after it was submitted, so what was under review no longer exists. Submit it again."


def why_void(request: ReviewRequest) -> str:
    """Why what was submitted no longer exists, in words, or ""."""
    changed = subjects.of(request.subject_kind).content_hash(request.subject_id) != request.content_hash
    return CHANGED if changed else ""


def lacking(request: ReviewRequest) -> str:
    """What the gate needs and the request, or what it is about, does not have, in words, or ""."""
    return subjects.of(request.subject_kind).objection(request.subject_id, request.gate, request.evidence)


def rejection(request: ReviewRequest) -> Decision:
    """The rejection that can be overturned, whoever may.

    Raises ConflictError where it is not rejected, the board itself rejected it or something newer was submitted,
    StaleError where the content is no longer what was rejected, or lacks what its gate needs.
    """
    if request.state != RequestState.REJECTED:
        raise ConflictError(f"Only a rejection is overturned; this request is {request.get_state_display().lower()}.")
    found: Decision = request.decisions.get(outcome=Outcome.REJECT, overturned_by=None)
    if found.lane == lanes.BOARD:
        raise ConflictError("The board itself rejected it. Change it and submit it again.")
    same = {"subject_kind": request.subject_kind, "subject_id": request.subject_id}
    if ReviewRequest.objects.filter(**same, created_at__gt=request.created_at).exists():
        raise ConflictError("It was submitted again since then; decide on that.")
    if why := why_void(request) or lacking(request):
        raise StaleError(why)
    return found


def may_overturn(user: User, request: ReviewRequest) -> bool:
    """Whether there is a rejection to overturn, and the person may."""
    if request.state != RequestState.REJECTED or bar_to_overturning(user, request):
        return False
    try:
        return bool(rejection(request))
    except (ConflictError, StaleError):
        return False
