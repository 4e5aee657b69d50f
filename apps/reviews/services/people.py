"""Stepping back from a review, standing in for another, and heading a lane."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import rows
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.reviews import lanes, rules, selectors
from apps.reviews.lanes import LANES
from apps.reviews.models import Delegation, LaneHead, Recusal, ReviewRequest
from apps.reviews.services.requests import locked, note, settle


@transaction.atomic
def recuse(*, request_id: UUID, reason: str, by: User) -> ReviewRequest:
    """Say that one cannot decide on this, now or later; the step stays with whoever else may.

    Raises NotAllowedError where the person has nothing to decide in it, InvalidError without a reason.
    """
    request, reason = locked(request_id), clean_text(reason).strip()
    if why := selectors.bar_to_recusing(by, request):
        raise NotAllowedError(why)
    if not reason:
        raise InvalidError("Say why.", fields={"reason": ["Give a reason; it is kept with the request."]})
    Recusal.objects.create(request=request, person=by, reason=reason)
    settle(request)
    note("review.recused", request=request, by=by)
    return request


@transaction.atomic
def delegate(*, lane: str, to: User, starts_on: date, ends_on: date, reason: str, by: User) -> Delegation:
    """Let `to` decide for `by` in one lane, from day to day (UTC, both included); nobody can pass it on.

    Raises NotAllowedError where `by` does not decide in the lane, InvalidError with fields, ConflictError where the
    same is given for one of these days already.
    """
    reason = clean_text(reason).strip()
    if lane not in LANES or not by.is_person or not lanes.deciding(by, lane):
        raise NotAllowedError("Only somebody who decides in a lane by their own role may delegate it.")
    if wrong := _wrong(to, starts_on, ends_on, reason, by):
        raise InvalidError("Nothing was delegated.", fields=wrong)
    # Two at once by the same person: one waits here and then sees the other.
    rows.lock(User(pk=by.pk))
    same = Delegation.objects.filter(lane=lane, delegator=by, delegate=to, ended_at=None)
    if same.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise ConflictError(f"{to} stands in for you in this lane on some of these days already. End that first.")
    given = Delegation.objects.create(
        lane=lane, delegator=by, delegate=to, starts_on=starts_on, ends_on=ends_on, reason=reason
    )
    outbox.publish("review.delegated", delegation=str(given.pk))
    _record("delegation.given", given, by)
    return given


def _wrong(to: User, starts: date, ends: date, reason: str, by: User) -> dict[str, list[str]]:
    wrong = rules.delegation_bar(starts=starts, ends=ends, today=timezone.now().date())
    if to.pk == by.pk:
        wrong["to"] = ["Choose somebody else than yourself."]
    elif not (to.is_active and to.is_person):
        wrong["to"] = ["Choose an active person."]
    return wrong | ({} if reason else {"reason": ["Say why; both of you will read it."]})


@transaction.atomic
def end_delegation(*, delegation_id: UUID, by: User) -> Delegation:
    """End a delegation at once; either of its two people may. Raises NotAllowedError, ConflictError."""
    given = Delegation.objects.select_for_update(no_key=True).filter(pk=delegation_id).first()
    if given is None:
        raise NotFoundError("There is no such delegation.")
    if by.pk not in (given.delegator_id, given.delegate_id):
        raise NotAllowedError("Only whoever gave it or got it may end a delegation.")
    if given.ended_at:
        raise ConflictError("This delegation has ended already.")
    given.ended_at = timezone.now()
    given.save(update_fields=["ended_at", "updated_at"])
    _record("delegation.ended", given, by)
    return given


def _record(action: str, given: Delegation, by: User) -> None:
    people = {"delegator": str(given.delegator_id), "delegate": str(given.delegate_id)}
    days = {"starts_on": given.starts_on, "ends_on": given.ends_on}
    audit.record(action=action, subject=Ref("delegation", str(given.pk)), by=by, lane=given.lane, **people, **days)


@transaction.atomic
def set_lane_head(*, lane: str, person: User, by: User | None) -> LaneHead:
    """Name the head of a lane, in place of whoever was; an administrator of everything may, and not for themselves.

    Raises NotAllowedError, InvalidError for an unknown lane or somebody who is not an active person.
    """
    accounts.check_somebody_else(person, by=by)
    accounts.check_administers(by, to="name the head of a lane")
    if lane not in LANES:
        raise InvalidError("Nobody was named.", fields={"lane": [f"Choose {' or '.join(LANES)}."]})
    if not (person.is_active and person.is_person):
        raise InvalidError("Nobody was named.", fields={"person": ["Choose an active person."]})
    head, _ = LaneHead.objects.update_or_create(lane=lane, defaults={"person": person})
    audit.record(action="lane_head.named", subject=Ref("lane", lane), by=by, person=str(person.pk))
    return head


@transaction.atomic
def remove_lane_head(*, lane: str, by: User | None) -> None:
    """Leave a lane without a head; an administrator of everything may. Raises NotAllowedError, NotFoundError."""
    accounts.check_administers(by, to="name the head of a lane")
    gone, _ = LaneHead.objects.filter(lane=lane).delete()
    if not gone:
        raise NotFoundError("This lane has no head.")
    audit.record(action="lane_head.removed", subject=Ref("lane", lane), by=by)
