"""Who may decide, and what the decisions so far amount to."""

from collections.abc import Collection, Mapping
from uuid import UUID

from apps.reviews.models import Outcome, RequestState

_ENDS = {
    Outcome.REJECT: RequestState.REJECTED,
    Outcome.REQUEST_CHANGES: RequestState.CHANGES_REQUESTED,
}


def fold(lanes: Collection[str], outcomes: Mapping[str, str]) -> RequestState:
    """The request's state from the outcome of each decided lane: a rejection wins, then changes, then all approvals."""
    for outcome, state in _ENDS.items():
        if outcome in outcomes.values():
            return state
    approved = {lane for lane, outcome in outcomes.items() if outcome == Outcome.APPROVE}
    return RequestState.APPROVED if approved.issuperset(lanes) else RequestState.IN_REVIEW


def bar_to_deciding(
    *,
    person: UUID | None,
    is_person: bool = True,
    holds_role: bool,
    requested_by: UUID,
    barred: Collection[UUID],
    decided_by: Collection[UUID],
) -> str:
    """Why the person may not decide in the lane, in words, or ""; a program, whatever its roles, never may."""
    if not is_person:
        return "Programs do not decide; a person does. Sign in as yourself, and decide in the review desk."
    if person == requested_by:
        return "You asked for this review, so another person must decide it."
    if person in barred:
        return "You have or had a part in what is reviewed, so another person must decide it."
    if person in decided_by:
        return "You have already decided in this request; one person decides in one lane only."
    if not holds_role:
        return "You do not hold this lane's role where this belongs."
    return ""
