"""Asking for a review: a revision is frozen, its lanes open or keep what they decided before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core.errors import ConflictError
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.outbox import services as outbox
from apps.reviews import rules, selectors
from apps.reviews.lanes import LANES
from apps.reviews.models import APPROVALS, Decision, LaneStep, RequestState, ReviewRequest, Via
from apps.reviews.services.requests import close, fold, note, open_for
from apps.reviews.subjects import LaneAsk

_NO_TIME = timedelta(0)


@transaction.atomic
def open_request(
    *,
    subject: Ref,
    title: str,
    gate: str,
    revision: list[dict[str, Any]],
    evidence: list[dict[str, Any]],
    lanes: Sequence[LaneAsk],
    barred: Collection[UUID],
    by: User,
    rule_set: str = "",
    trigger: str = "",
    by_portal: bool = False,
    carry: bool = True,
    carry_gates: Collection[str] = (),
) -> ReviewRequest:
    """Freeze `revision` and `evidence` and open the lanes. Raises ConflictError while another request is open.

    Whoever answers for a program that asks, or that is among `barred`, is barred as well. With `carry`, a lane whose
    last decision at this gate (or at one of `carry_gates`) still stands is not asked again; where none is asked, the
    request is approved at once. `trigger` says why it is asked although nobody submitted it, "" where a person did;
    with `by_portal` the portal asks in the name of `by`, whom the trail does not name. Raises ValueError for a lane
    that is unknown or twice, or that watches what the revision does not have.
    """
    if open_for(subject):
        raise ConflictError("A review of this is already under way. Withdraw it first, or wait for it.")
    _check(lanes)
    out = {*barred, *accounts.answering_for({*barred, by.pk})}
    spent = _spent(subject, gate)
    kept = selectors.carried(
        subject=subject, gates={gate, *carry_gates} if carry else (), asks=lanes, revision=revision,
        evidence=evidence, barred={*out, by.pk}, rule_set=rule_set,
    )  # fmt: skip
    request = ReviewRequest.objects.create(
        subject_kind=subject.kind, subject_id=subject.id, title=title[:450], gate=gate, revision=revision,
        content_hash=sha256_hex(revision), evidence=evidence, evidence_hash=sha256_hex(evidence),
        lanes=[ask.key for ask in lanes], barred=sorted(out), requested_by=by, rule_set=rule_set,
        trigger=trigger[:500],
    )  # fmt: skip
    _open_steps(request, lanes, kept, spent)
    _tell(request, kept, None if by_portal else by)
    return request


def _check(lanes: Sequence[LaneAsk]) -> None:
    keys = [ask.key for ask in lanes]
    if not keys or len(set(keys)) < len(keys) or not set(keys) <= LANES.keys():
        raise ValueError(f"A review asks known lanes, each once: {keys}.")


def _open_steps(
    request: ReviewRequest, asks: Sequence[LaneAsk], kept: Mapping[str, Decision], spent: Mapping[str, timedelta]
) -> None:
    at = timezone.now()
    for ask in asks:
        used = spent.get(ask.key, _NO_TIME)
        carried = kept.get(ask.key)
        LaneStep.objects.create(
            request=request, lane=ask.key, watches=list(ask.watches), mandatory=ask.mandatory, carried=carried,
            lane_hash=rules.lane_hash(request.revision, request.evidence, ask.watches), target_days=ask.days,
            opened_at=at, spent=used, due_at=rules.due(opened=at, days=ask.days, spent=used),
            via=Via.POOL if carried else selectors.pool(ask.key, request).via,
        )  # fmt: skip


def _spent(subject: Ref, gate: str) -> dict[str, timedelta]:
    """Lane → what it had used when changes were asked for: its clock pauses until the thing is submitted again."""
    about = ReviewRequest.objects.filter(subject_kind=subject.kind, subject_id=subject.id, gate=gate)
    # An edit that voids what was asked meanwhile does not undo the pause before it, nor does taking that back.
    earlier = about.exclude(state__in=(RequestState.VOIDED, RequestState.WITHDRAWN))
    last = earlier.prefetch_related("steps", "decisions").order_by("-created_at").first()
    if last is None or last.state != RequestState.CHANGES_REQUESTED or last.closed_at is None:
        return {}
    used: dict[str, timedelta] = {}
    for step in last.steps.all():
        decision = step.decision
        if step.carried_id or (decision and not decision.fields):
            continue
        used[step.lane] = step.used(until=last.closed_at)
    return used


def _tell(request: ReviewRequest, kept: Mapping[str, Decision], by: User | None) -> None:
    """Publish and audit; where every lane's decision still stands, the request is approved at once."""
    state = fold(request)
    event = "review.carried" if state in APPROVALS else "review.requested"
    outbox.publish(event, review=str(request.pk))
    # Before anything is audited: an approval locks earlier ones.
    if state in APPROVALS:
        close(request, state=state, reason="Nothing that its lanes watch has changed since they approved it.")
    note(
        "review.requested", request=request, by=by, content_hash=request.content_hash, lanes=request.lanes,
        gate=request.gate, **({"carried": {lane: str(row.pk) for lane, row in kept.items()}} if kept else {}),
    )  # fmt: skip
