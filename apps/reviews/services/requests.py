"""What all verbs of reviews share: locking a request, closing it, saying whose turn its steps are, noting it."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import NotFoundError
from apps.core.refs import Ref
from apps.outbox import services as outbox
from apps.reviews import rules, selectors
from apps.reviews.models import APPROVALS, LaneStep, RequestState, ReviewRequest, Via


def open_for(subject: Ref) -> ReviewRequest | None:
    """The open request of `subject`, locked for the rest of the transaction."""
    return (
        ReviewRequest.objects.select_for_update(no_key=True)
        .filter(subject_kind=subject.kind, subject_id=subject.id, state=RequestState.IN_REVIEW)
        .first()
    )


def locked(request_id: UUID) -> ReviewRequest:
    """The request, locked for the rest of the transaction. Raises NotFoundError."""
    found = ReviewRequest.objects.select_for_update(no_key=True).filter(pk=request_id).first()
    if found is None:
        raise NotFoundError("There is no such review.")
    return found


def void(request: ReviewRequest, *, why: str) -> None:
    """Close a request whose content or evidence is no longer what was submitted."""
    close(request, state=RequestState.VOIDED, reason=why)
    outbox.publish("review.voided", review=str(request.pk))
    note("review.voided", request=request, by=None, submitted=request.content_hash, why=why)


def close(request: ReviewRequest, *, state: RequestState, reason: str) -> None:
    """Close a request; an approval takes the place of earlier ones of the same thing at the same gate."""
    request.state, request.closed_at, request.closed_reason = state, timezone.now(), reason[:500]
    request.save(update_fields=["state", "closed_at", "closed_reason", "updated_at"])
    if state not in APPROVALS:
        return
    same = {"subject_kind": request.subject_kind, "subject_id": request.subject_id, "gate": request.gate}
    earlier = ReviewRequest.objects.select_for_update(no_key=True).filter(**same, state__in=APPROVALS)
    # All of them are locked before the first is audited.
    for older in list(earlier.exclude(pk=request.pk).order_by("created_at")):
        end(older, state=RequestState.SUPERSEDED, reason="A newer review of the same gate was approved.")
        note("review.superseded", request=older, by=None, newer=str(request.pk))


def end(request: ReviewRequest, *, state: RequestState, reason: str) -> None:
    """End an approval: it expired, a newer one took its place, or it was revoked."""
    request.state, request.ended_at, request.ended_reason = state, timezone.now(), reason[:500]
    request.save(update_fields=["state", "ended_at", "ended_reason", "updated_at"])


def fold(request: ReviewRequest) -> RequestState:
    """The state that the request's decisions amount to, those carried over counted."""
    outcomes = dict(request.steps.exclude(carried=None).values_list("lane", "carried__outcome"))
    own = request.decisions.filter(overturns=None)
    overturned = own.filter(overturned_by__isnull=False).values_list("lane", flat=True)
    outcomes |= dict(own.values_list("lane", "outcome"))
    return rules.fold(request.lanes, outcomes, overturned=list(overturned))


def settle(request: ReviewRequest) -> None:
    """Say anew whose turn the waiting steps are, and tell whoever stands in where that changed."""
    for step in selectors.open_steps().filter(request=request):
        turn(step, to=selectors.pool(step.lane, request).via)


def turn(step: LaneStep, *, to: Via) -> None:
    """Note whose turn a step has become, and tell them."""
    if step.via == to:
        return
    step.via = to
    step.save(update_fields=["via", "updated_at"])
    outbox.publish("review.escalated", review=str(step.request_id), lane=step.lane, why=to.value)


def note(action: str, *, request: ReviewRequest, by: User | None, **data: Any) -> None:
    """Append to the trail of what is reviewed."""
    audit.record(action=action, subject=request.subject, by=by, request=str(request.pk), **data)
