"""Opening, deciding, withdrawing and voiding review requests."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, StaleError
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.reviews import rules, selectors, subjects
from apps.reviews.models import Decision, Outcome, RequestState, ReviewRequest

_CHANGED = "The content changed after it was submitted, so what was under review no longer exists. Submit it again."


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
    """Freeze `revision` and `evidence` and open the lanes. Raises ConflictError while another request is open.

    Whoever answers for a program that asks, or that is among `barred`, is barred as well.
    """
    if open_for(subject):
        raise ConflictError("A review of this is already under way. Withdraw it first, or wait for it.")
    request = ReviewRequest.objects.create(
        subject_kind=subject.kind, subject_id=subject.id, title=title, gate=gate, revision=revision,
        content_hash=sha256_hex(revision), evidence=evidence, evidence_hash=sha256_hex(evidence),
        lanes=list(lanes), barred=[*barred, *accounts.answering_for({*barred, by.pk})], requested_by=by,
    )  # fmt: skip
    outbox.publish("review.requested", review=str(request.pk))
    _audit("review.requested", request, by, content_hash=request.content_hash, lanes=request.lanes, gate=gate)
    return request


def decide(*, request_id: UUID, lane: str, outcome: Outcome, reason: str, content_hash: str, by: User) -> ReviewRequest:
    """Record a decision on exactly `content_hash`, as seen by the reviewer.

    Raises NotAllowedError, InvalidError, ConflictError on a closed request or decided lane, and StaleError when the
    live content is no longer what was submitted, or its evidence no longer stands; that request is then void.
    """
    with transaction.atomic():
        request = ReviewRequest.objects.select_for_update(no_key=True).get(pk=request_id)
        why = _why_void(request) if request.is_open else ""
        if why:
            _void(request, why)
        else:
            _decide(request, lane, outcome, clean_text(reason).strip(), content_hash, by)
    if why:
        raise StaleError(why)
    return request


def _decide(request: ReviewRequest, lane: str, outcome: Outcome, reason: str, content_hash: str, by: User) -> None:
    _check(request, lane, reason, content_hash, by)
    Decision.objects.create(
        request=request, lane=lane, outcome=outcome, reason=reason, actor=by,
        content_hash=request.content_hash, evidence_hash=request.evidence_hash,
    )  # fmt: skip
    outbox.publish("review.decided", review=str(request.pk), lane=lane)
    _audit("review.decided", request, by, lane=lane, outcome=outcome.value, reason=reason, content_hash=content_hash)
    state = rules.fold(request.lanes, dict(request.decisions.values_list("lane", "outcome")))
    if state != RequestState.IN_REVIEW:
        _close(request, state, reason)


def _check(request: ReviewRequest, lane: str, reason: str, content_hash: str, by: User) -> None:
    if lane not in request.lanes:
        raise InvalidError("This request has no such lane.", fields={"lane": [f"Choose {' or '.join(request.lanes)}."]})
    decisions = list(request.decisions.all())
    bar = rules.bar_to_deciding(
        person=by.pk, is_person=by.is_person, holds_role=selectors.may_decide(by, request, lane),
        requested_by=request.requested_by_id, barred=request.barred,
        decided_by=[decision.actor_id for decision in decisions],
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
    request = ReviewRequest.objects.select_for_update(no_key=True).get(pk=request_id)
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
    if request is None or request.content_hash == content_hash:
        return False
    _void(request, _CHANGED)
    return True


def open_for(subject: Ref) -> ReviewRequest | None:
    """The open request of `subject`, locked for the rest of the transaction."""
    return (
        ReviewRequest.objects.select_for_update(no_key=True)
        .filter(subject_kind=subject.kind, subject_id=subject.id, state=RequestState.IN_REVIEW)
        .first()
    )


def _why_void(request: ReviewRequest) -> str:
    """Why what was submitted no longer exists or no longer rests on its evidence, in words, or ""."""
    subject = subjects.of(request.subject_kind)
    if subject.content_hash(request.subject_id) != request.content_hash:
        return _CHANGED
    objection = subject.objection(request.subject_id)
    return f"Since it was submitted, this has lost {objection}. Submit it again once it has that." if objection else ""


def _void(request: ReviewRequest, why: str) -> None:
    _close(request, RequestState.VOIDED, why)
    outbox.publish("review.voided", review=str(request.pk))
    _audit("review.voided", request, None, submitted=request.content_hash, why=why)


def _close(request: ReviewRequest, state: RequestState, reason: str) -> None:
    request.state, request.closed_at, request.closed_reason = state, timezone.now(), reason[:500]
    request.save(update_fields=["state", "closed_at", "closed_reason", "updated_at"])


def _audit(action: str, request: ReviewRequest, by: User | None, **data: Any) -> None:
    audit.record(action=action, subject=request.subject, by=by, request=str(request.pk), **data)
