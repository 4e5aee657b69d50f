"""What ends a request or an approval: withdrawn, voided, revoked, expired."""

from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.reviews import selectors
from apps.reviews.models import RequestState, ReviewRequest
from apps.reviews.services.requests import close, end, locked, note, open_for, void


@transaction.atomic
def withdraw(*, request_id: UUID, by: User) -> ReviewRequest:
    """Take an open request back; only its requester may, and nobody what a break-glass or the portal forced.

    Raises NotAllowedError, ConflictError.
    """
    request = locked(request_id)
    if request.requested_by_id != by.pk:
        raise NotAllowedError("Only the person who asked for the review may withdraw it.")
    if not request.is_open:
        raise ConflictError(f"This request is already {request.get_state_display().lower()}.")
    if request.trigger:
        raise ConflictError(f"This review cannot be withdrawn, its lanes must decide. {request.trigger}")
    close(request, state=RequestState.WITHDRAWN, reason="Withdrawn by the requester.")
    note("review.withdrawn", request=request, by=by)
    return request


@transaction.atomic
def void_if_changed(*, subject: Ref, content_hash: str, why: str = selectors.CHANGED) -> bool:
    """Void the open request of `subject` unless it is about exactly `content_hash`; returns whether it was voided."""
    request = open_for(subject)
    if request is None or request.content_hash == content_hash:
        return False
    void(request, why=why)
    return True


@transaction.atomic
def revoke(*, request_id: UUID, reason: str, by: User) -> ReviewRequest:
    """Take an approval back at once: the head of one of its lanes may, and whoever sits on the board where it belongs.

    Raises NotAllowedError, ConflictError where there is no approval, InvalidError without a reason.
    """
    request, reason = locked(request_id), clean_text(reason).strip()
    if why := selectors.bar_to_revoking(by, request):
        raise NotAllowedError(why)
    if not request.is_approved:
        raise ConflictError(f"Only an approval is revoked; this request is {request.get_state_display().lower()}.")
    if not reason:
        raise InvalidError("Say why.", fields={"reason": ["Give a reason; it is kept for good."]})
    end(request, state=RequestState.REVOKED, reason=reason)
    outbox.publish("review.revoked", review=str(request.pk))
    note("review.revoked", request=request, by=by, reason=reason)
    return request


@transaction.atomic
def expire(*, request_id: UUID, reason: str, by: User | None = None) -> ReviewRequest:
    """End an approval whose time is over; nothing of it carries over from then on. Raises ConflictError."""
    request = locked(request_id)
    if not request.is_approved:
        raise ConflictError(f"Only an approval expires; this request is {request.get_state_display().lower()}.")
    end(request, state=RequestState.EXPIRED, reason=clean_text(reason).strip())
    note("review.expired", request=request, by=by, reason=request.ended_reason)
    return request
