"""Opening, deciding, withdrawing and voiding review requests."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, StaleError
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.reviews import rules, subjects
from apps.reviews.lanes import LANES
from apps.reviews.models import Decision, Outcome, RequestState, ReviewRequest

_VOIDED = "The content changed after it was submitted, so what was under review no longer exists. Submit it again."


@transaction.atomic
def open_request(
    *,
    subject: Ref,
    title: str,
    gate: str,
    revision: list[dict[str, Any]],
    evidence: list[dict[str, Any]],
    lanes: Collection[str],
    barred: Collection[UUID],
    by: User,
) -> ReviewRequest:
    """Freeze `revision` and `evidence` and open the lanes. Raises ConflictError while another request is open."""
    if open_for(subject):
        raise ConflictError("A review of this is already under way. Withdraw it first, or wait for it.")
    request = ReviewRequest.objects.create(
        subject_kind=subject.kind, subject_id=subject.id, title=title, gate=gate, revision=revision,
        content_hash=sha256_hex(revision), evidence=evidence, evidence_hash=sha256_hex(evidence),
        lanes=list(lanes), barred=list(barred), requested_by=by,
    )  # fmt: skip
    _audit("review.requested", request, by, content_hash=request.content_hash, lanes=request.lanes, gate=gate)
    return request


def decide(*, request_id: UUID, lane: str, outcome: Outcome, reason: str, content_hash: str, by: User) -> ReviewRequest:
    """Record a decision on exactly `content_hash`, as seen by the reviewer.

    Raises NotAllowedError, InvalidError, ConflictError on a closed request or decided lane, and StaleError when the
    live content is no longer what was submitted; that request is then void, or was so already.
    """
    with transaction.atomic():
        request = ReviewRequest.objects.select_for_update().get(pk=request_id)
        voided = request.is_open and _void_unless(request, _live_hash(request))
        if not voided:
            _decide(request, lane, outcome, clean_text(reason).strip(), content_hash, by)
    if voided:
        raise StaleError(_VOIDED)
    return request


def _decide(request: ReviewRequest, lane: str, outcome: Outcome, reason: str, content_hash: str, by: User) -> None:
    _check(request, lane, reason, content_hash, by)
    Decision.objects.create(
        request=request, lane=lane, outcome=outcome, reason=reason, actor=by,
        content_hash=request.content_hash, evidence_hash=request.evidence_hash,
    )  # fmt: skip
    _audit("review.decided", request, by, lane=lane, outcome=outcome.value, reason=reason, content_hash=content_hash)
    state = rules.fold(request.lanes, dict(request.decisions.values_list("lane", "outcome")))
    if state != RequestState.IN_REVIEW:
        _close(request, state, reason)


def _check(request: ReviewRequest, lane: str, reason: str, content_hash: str, by: User) -> None:
    if lane not in request.lanes:
        raise InvalidError("This request has no such lane.", fields={"lane": [f"Choose {' or '.join(request.lanes)}."]})
    decisions = list(request.decisions.all())
    bar = rules.bar_to_deciding(
        person=by.pk, roles=access.roles_of(by), lane_role=LANES[lane].role, requested_by=request.requested_by_id,
        barred=request.barred, decided_by=[decision.actor_id for decision in decisions],
    )  # fmt: skip
    if bar:
        raise NotAllowedError(bar)
    if request.state == RequestState.VOIDED:
        raise StaleError(f"This request is voided. {request.closed_reason}")
    if not request.is_open:
        raise ConflictError(f"This request is {request.get_state_display().lower()}; nothing can be decided any more.")
    if any(decision.lane == lane for decision in decisions):
        raise ConflictError("This lane has already been decided.")
    if content_hash != request.content_hash:
        raise StaleError("You decided on another content than the one under review. Reload and read it again.")
    if not reason:
        raise InvalidError("Say why.", fields={"reason": ["Give a reason; it is kept with the decision."]})


@transaction.atomic
def withdraw(*, request_id: UUID, by: User) -> ReviewRequest:
    """Take an open request back; only its requester may. Raises NotAllowedError, ConflictError."""
    request = ReviewRequest.objects.select_for_update().get(pk=request_id)
    if request.requested_by_id != by.pk:
        raise NotAllowedError("Only the person who asked for the review may withdraw it.")
    if not request.is_open:
        raise ConflictError(f"This request is already {request.get_state_display().lower()}.")
    _close(request, RequestState.WITHDRAWN, "Withdrawn by the requester.")
    _audit("review.withdrawn", request, by)
    return request


@transaction.atomic
def void_if_changed(*, subject: Ref, content_hash: str) -> bool:
    """Void the open request of `subject` unless it is about exactly `content_hash`; returns whether it was voided."""
    request = open_for(subject)
    return request is not None and _void_unless(request, content_hash)


def open_for(subject: Ref) -> ReviewRequest | None:
    """The open request of `subject`, locked for the rest of the transaction."""
    return (
        ReviewRequest.objects.select_for_update()
        .filter(subject_kind=subject.kind, subject_id=subject.id, state=RequestState.IN_REVIEW)
        .first()
    )


def _live_hash(request: ReviewRequest) -> str:
    return subjects.of(request.subject_kind).content_hash(request.subject_id)


def _void_unless(request: ReviewRequest, content_hash: str) -> bool:
    if request.content_hash == content_hash:
        return False
    _close(request, RequestState.VOIDED, _VOIDED)
    _audit("review.voided", request, None, submitted=request.content_hash, live=content_hash)
    return True


def _close(request: ReviewRequest, state: RequestState, reason: str) -> None:
    request.state, request.closed_at, request.closed_reason = state, timezone.now(), reason[:500]
    request.save(update_fields=["state", "closed_at", "closed_reason", "updated_at"])


def _audit(action: str, request: ReviewRequest, by: User | None, **data: Any) -> None:
    audit.record(action=action, subject=request.subject, by=by, request=str(request.pk), **data)
