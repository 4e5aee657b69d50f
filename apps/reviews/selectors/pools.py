"""Whose turn a lane is: its people, those they delegated to, and who stands in where there is nobody."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from apps.accounts import access, kinds
from apps.accounts import selectors as accounts
from apps.accounts.models import Membership, Role, TeamOwned, User
from apps.core.refs import Ref
from apps.reviews import lanes, rules
from apps.reviews.models import Delegation, LaneHead, ReviewRequest, Via
from apps.reviews.selectors.clocks import dwell
from apps.reviews.selectors.conflicts import conflicts, decided_by
from apps.reviews.subjects import LaneAsk

_AT_ONCE = 50


class Pool(NamedTuple):
    """Who may decide in a lane now, and why it is they."""

    people: list[User]
    via: Via


class RouteStep(NamedTuple):
    """One lane of the way ahead: who is in it, how long it usually takes, and its target, in days."""

    lane: str
    people: list[User]
    via: Via
    days_expected: int
    target_days: int


def standing_in() -> QuerySet[Delegation]:
    """The delegations that hold today, between people who are both still here."""
    today = timezone.now().date()
    known = Delegation.objects.filter(ended_at=None, starts_on__lte=today, ends_on__gte=today)
    return known.filter(delegator__is_active=True, delegate__is_active=True)


def pool(lane: str, about: ReviewRequest | Ref, *, barred: Collection[UUID] = ()) -> Pool:
    """Who may decide in `lane` on a request, or on a thing before it is asked about; `barred` may not besides."""
    out = conflicts(about, barred=barred).people
    if isinstance(about, ReviewRequest):
        return free(lane, about.subject, out=out, done=decided_by(about))
    return free(lane, about, out=out, done=set())


def free(lane: str, subject: Ref, *, out: set[UUID], done: set[Any]) -> Pool:
    """Who may decide in `lane` but for those who are `out`, or have `done` their lane.

    Where nobody in the lane may, its head, else the stewards; never anybody by default.
    """
    found = _lane_people(lane, subject, out=out, done=done)
    if found:
        return Pool(found, Via.POOL)
    for via, others in ((Via.HEAD, _head(lane, subject)), (Via.STEWARD, _stewards(subject))):
        if able := [person for person in others if person.pk not in out | done]:
            return Pool(able, via)
    return Pool([], Via.NOBODY)


def _lane_people(lane: str, subject: Ref, *, out: set[UUID], done: set[Any]) -> list[User]:
    """The lane's own people, then those who stand in for one of them."""
    own = [person for person in holders(lane, subject) if person.pk not in out | done]
    given = standing_in().filter(lane=lane, delegator__in=[person.pk for person in own]).select_related("delegate")
    known = {person.pk for person in own}
    theirs = {row.delegate_id: row.delegate for row in given if row.delegate_id not in out | done | known}
    return own + [person for person in theirs.values() if sees(person, subject)]


def _head(lane: str, subject: Ref) -> list[User]:
    heads = LaneHead.objects.filter(lane=lane, person__is_active=True).select_related("person")
    return [row.person for row in heads if sees(row.person, subject)]


def _stewards(subject: Ref) -> list[User]:
    return _holders(subject, (Role.STEWARD,), "")


def sees(person: User, subject: Ref) -> bool:
    """Whether the person may see what is reviewed."""
    return kinds.of(subject.kind).visible(person).filter(pk=subject.id).exists()


def holders(lane: str, subject: Ref) -> list[User]:
    """The active people whose own role for the lane reaches the thing, whatever bars them, by name."""
    return _holders(subject, lanes.roles(lane), lane)


def _holders(subject: Ref, roles: Iterable[Role], lane: str) -> list[User]:
    """The active people whose role reaches the thing, by name."""
    held = list(accounts.holding(*roles, lane=lane))
    people = {m.user_id: m.user for m in _reaching(held, subject)}
    return sorted(people.values(), key=lambda person: (str(person), str(person.pk)))


def _reaching(held: Sequence[Membership], subject: Ref) -> list[Membership]:
    """Those memberships that reach the thing, as `access.reach` says, asked of the database some at once."""
    model: Any = kinds.of(subject.kind).visible(access.NOBODY).model
    if not issubclass(model, TeamOwned):
        return []
    found = [m for m in held if m.is_everywhere]
    near = [m for m in held if not m.is_everywhere]
    rows = model._default_manager.order_by().filter(pk=subject.id)
    for start in range(0, len(near), _AT_ONCE):
        some = near[start : start + _AT_ONCE]
        marks = {f"reach_{place}": _marked(access.reach(model, [m])) for place, m in enumerate(some)}
        row = rows.annotate(**marks).values(*marks).first() or {}
        found += [m for place, m in enumerate(some) if row.get(f"reach_{place}")]
    return found


def _marked(condition: Q) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(condition, output_field=BooleanField())


def route(subject: Ref, asks: Sequence[LaneAsk], barred: Collection[UUID]) -> list[RouteStep]:
    """The way ahead before it is asked for: who is in each lane, and how long it should and usually does take.

    Whoever would be barred once it is asked for is in none, but for whoever will ask.
    """
    found, out = [], conflicts(subject, barred=barred).people
    for ask in asks:
        people, via = free(ask.key, subject, out=out, done=set())
        found.append(RouteStep(ask.key, people, via, rules.expected_days(dwell(ask.key), target=ask.days), ask.days))
    return found


def deciders(request: ReviewRequest) -> set[UUID]:
    """The ids of everybody whose turn the request is now."""
    return {person.pk for lane in request.undecided for person in pool(lane, request).people}


def above(lane: str, request: ReviewRequest) -> dict[UUID, str]:
    """The id of the lane's head, if it has one who may see the request, and why they are told."""
    return {person.pk: "you head this lane" for person in _head(lane, request.subject)}
