"""Deciding in a lane, and the board deciding anew on a rejection."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import ConflictError, DomainError, InvalidError, NotAllowedError, StaleError
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.reviews import lanes, rules, selectors
from apps.reviews.models import Decision, LaneStep, Outcome, RequestState, ReviewRequest
from apps.reviews.services import conditions as owed
from apps.reviews.services.conditions import ConditionAsk
from apps.reviews.services.requests import close, fold, locked, note, settle, void


@dataclass(frozen=True)
class _Wish:
    """What somebody would decide in a lane, and on which content."""

    lane: str
    outcome: Outcome
    reason: str
    content_hash: str
    by: User
    on_behalf_of: User | None
    fields: Sequence[str]
    conditions: Sequence[ConditionAsk]
    appeal: str


def decide(
    *,
    request_id: UUID,
    lane: str,
    outcome: Outcome,
    reason: str,
    content_hash: str,
    by: User,
    on_behalf_of: User | None = None,
    fields: Sequence[str] = (),
    conditions: Sequence[ConditionAsk] = (),
    appeal: str = "",
) -> ReviewRequest:
    """Record a decision on exactly `content_hash`, as seen by the reviewer; `on_behalf_of` delegated the lane to them.

    `fields` names what must change, `conditions` what an approval asks for besides, `appeal` where a rejection can be
    questioned. Raises NotAllowedError, InvalidError, ConflictError on a closed request or decided lane, which is
    recorded, and, for whoever may decide, StaleError when the live content is no longer what was submitted, or what is
    to be approved has lost its evidence; that request is then void. What nobody submitted stays open then: its lanes
    ask for what it lacks.
    """
    wish = _Wish(
        lane, outcome, clean_text(reason).strip(), content_hash, by, on_behalf_of,
        list(dict.fromkeys(clean_text(name) for name in fields)), conditions, clean_text(appeal).strip(),
    )  # fmt: skip
    with transaction.atomic():
        request = locked(request_id)
        # First, as it raises: whoever may not decide voids nothing either.
        late = _refused(request, lane, by, on_behalf_of)
        why, against = _why_not(request, outcome) if request.is_open else ("", None)
        if why:
            void(request, why=why)
        elif late := late or against:
            note("review.refused", request=request, by=by, lane=lane, outcome=outcome.value, why=late.code)
        else:
            _decide(request, wish)
    if why:
        raise StaleError(why)
    if late:
        raise late
    return request


def _why_not(request: ReviewRequest, outcome: Outcome) -> tuple[str, DomainError | None]:
    """Why the request is void, and what stands against this outcome in an open one; only approvals rest on evidence."""
    if why := selectors.why_void(request):
        return why, None
    missing = selectors.lacking(request) if outcome in rules.YES else ""
    if not missing:
        return "", None
    if request.trigger:
        return "", ConflictError(
            f"This cannot be approved: it lacks {missing}. Request changes, and name what is missing."
        )
    return f"Since it was submitted, this has lost {missing}. Submit it again once it has that.", None


def refuse_late(*, request_id: UUID, lane: str, by: User, on_behalf_of: User | None = None) -> None:
    """Record and raise that a decision in `lane` would come too late; for doors that then have no form to send.

    Raises ConflictError or StaleError for that, NotAllowedError where the person may not decide in it anyway.
    """
    with transaction.atomic():
        request = locked(request_id)
        late = _refused(request, lane if lane in request.lanes else request.lanes[0], by, on_behalf_of)
        if late:
            note("review.refused", request=request, by=by, lane=lane[:40], why=late.code)
    if late:
        raise late


def _refused(request: ReviewRequest, lane: str, by: User, on_behalf_of: User | None) -> DomainError | None:
    """What makes a decision come too late, which is recorded. Raises what else stands against it."""
    if lane not in request.lanes:
        raise InvalidError("This request has no such lane.", fields={"lane": [f"Choose {' or '.join(request.lanes)}."]})
    bar = selectors.bar(by, request, lane, on_behalf_of=on_behalf_of)
    # Whoever decides twice in their lane is told that it is decided, and that is recorded.
    if bar and not request.decisions.filter(lane=lane, actor=by).exists():
        raise NotAllowedError(bar)
    return _late(request, lane)


def _late(request: ReviewRequest, lane: str) -> DomainError | None:
    if request.state == RequestState.VOIDED:
        return StaleError(f"This request is voided. {request.closed_reason}")
    if not request.is_open:
        return ConflictError(rules.state_in_words(request.state, request.ended_reason or request.closed_reason))
    step = request.steps.select_related("carried__actor").get(lane=lane)
    decision = step.carried or request.decisions.select_related("actor").filter(lane=lane).first()
    if decision is None:
        return None
    told = f"{decision.get_outcome_display().lower()}, {decision.actor}, {decision.created_at:%-d %b %Y, %H:%M} UTC"
    if step.carried:
        return ConflictError(f"This lane is not asked again: its decision still stands ({told}).")
    return ConflictError(f"This lane has already been decided ({told}). Nothing of yours was recorded.")


def _decide(request: ReviewRequest, wish: _Wish) -> None:
    step = request.steps.get(lane=wish.lane)
    _check(request, step, wish)
    changes, rejected = wish.outcome == Outcome.REQUEST_CHANGES, wish.outcome == Outcome.REJECT
    decision = Decision.objects.create(
        request=request, lane=wish.lane, outcome=wish.outcome, reason=wish.reason, actor=wish.by,
        on_behalf_of=wish.on_behalf_of, content_hash=request.content_hash, evidence_hash=request.evidence_hash,
        lane_hash=step.lane_hash, rule_set=request.rule_set, fields=list(wish.fields) if changes else None,
        appeal=wish.appeal if rejected else "",
    )  # fmt: skip
    owed.add(decision, asked=wish.conditions)
    outbox.publish("review.decided", review=str(request.pk), lane=wish.lane)
    # Before anything is audited: an approval locks earlier ones.
    _conclude(request, wish.reason)
    behalf = {"on_behalf_of": str(wish.on_behalf_of.pk)} if wish.on_behalf_of else {}
    note(
        "review.decided", request=request, by=wish.by, lane=wish.lane, outcome=wish.outcome.value, reason=wish.reason,
        content_hash=wish.content_hash, **behalf,
    )  # fmt: skip


def _conclude(request: ReviewRequest, reason: str) -> None:
    """Close the request once its decisions amount to something; else see whose turn what is left is now."""
    state = fold(request)
    if state == RequestState.IN_REVIEW:
        settle(request)
    else:
        close(request, state=state, reason=reason)


def _check(request: ReviewRequest, step: LaneStep, wish: _Wish) -> None:
    if wish.content_hash != request.content_hash:
        raise StaleError("You decided on another content than the one under review. Reload and read it again.")
    wrong: dict[str, list[str]] = {}
    if not wish.reason:
        wrong["reason"] = ["Give a reason; it is kept with the decision."]
    wrong |= _wrong_outcome(request, step, wish)
    barred = selectors.involved(request)
    wrong |= owed.wrong(wish.conditions, about=request.subject, barred=barred)
    if wrong:
        raise InvalidError("The decision is not complete.", fields=wrong)


def _wrong_outcome(request: ReviewRequest, step: LaneStep, wish: _Wish) -> dict[str, list[str]]:
    """What the outcome lacks, or has too much, by field."""
    wrong: dict[str, list[str]] = {}
    strange = [name for name in wish.fields if name not in selectors.changeable(request)]
    if wish.outcome == Outcome.REJECT and not step.mandatory:
        wrong["outcome"] = [f"The lane {lanes.title(step.lane)} advises here; it may not reject. Request changes."]
    if wish.outcome == Outcome.REJECT and not wish.appeal:
        wrong["appeal"] = ["Say where the rejection can be questioned."]
    if strange:
        wrong["fields"] = [f"The revision has no {', '.join(strange)} that could be changed."]
    if (wish.outcome == Outcome.REQUEST_CHANGES) != bool(wish.fields):
        words = "Only a request for changes names fields." if wish.fields else "Name at least one field to change."
        wrong.setdefault("fields", [words])
    if (wish.outcome == Outcome.APPROVE_WITH_CONDITIONS) != bool(wish.conditions):
        few = "Add at least one condition, or approve without."
        wrong["conditions"] = ["Choose to approve with conditions, or take them out." if wish.conditions else few]
    return wrong


@transaction.atomic
def overturn(*, request_id: UUID, reason: str, by: User) -> ReviewRequest:
    """The board decides anew on a rejected request: the rejection counts no more, and what is undecided goes on.

    Raises NotAllowedError, ConflictError where it is not rejected, the board itself rejected it or something newer was
    submitted, StaleError where the content is no longer what was rejected.
    """
    request, reason = locked(request_id), clean_text(reason).strip()
    if why := selectors.bar_to_overturning(by, request):
        raise NotAllowedError(why)
    rejection = selectors.rejection(request)
    if not reason:
        raise InvalidError("The decision is not complete.", fields={"reason": ["Give a reason; it is kept for good."]})
    step = request.steps.filter(lane=lanes.BOARD).first()
    Decision.objects.create(
        request=request, lane=lanes.BOARD, outcome=Outcome.APPROVE, reason=reason, actor=by, overturns=rejection,
        content_hash=request.content_hash, evidence_hash=request.evidence_hash, rule_set=request.rule_set,
        lane_hash=step.lane_hash if step else "",
    )  # fmt: skip
    _reopen(request)
    outbox.publish("review.overturned", review=str(request.pk))
    _conclude(request, reason)
    note("review.overturned", request=request, by=by, lane=rejection.lane, reason=reason)
    return request


def _reopen(request: ReviewRequest) -> None:
    rejected_at = request.closed_at
    request.state, request.closed_at, request.closed_reason = RequestState.IN_REVIEW, None, ""
    request.save(update_fields=["state", "closed_at", "closed_reason", "updated_at"])
    # Nobody could decide meanwhile: who has not goes on with the time that was left.
    for step in request.steps.all():
        if rejected_at and step.is_open:
            now, step.spent = timezone.now(), step.used(until=rejected_at)
            step.opened_at = now
            step.due_at = rules.due(opened=now, days=step.target_days, spent=step.spent)
            step.save(update_fields=["opened_at", "spent", "due_at", "updated_at"])
