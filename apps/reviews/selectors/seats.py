"""In which lanes a person may decide, where, for whom, and what waits for them."""

from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Least

from apps.accounts import access, kinds
from apps.accounts.models import Membership, Role, User
from apps.core.models import Viewer
from apps.reviews import lanes, rules, subjects
from apps.reviews.lanes import LANES
from apps.reviews.models import (
    Condition,
    Decision,
    Delegation,
    LaneHead,
    LaneStep,
    Recusal,
    RequestState,
    ReviewRequest,
    Via,
)
from apps.reviews.selectors.pools import decided_by, involved, pool, recused, standing_in
from apps.reviews.selectors.requests import open_steps, requests
from apps.reviews.selectors.standing import is_in_retrospect


class Seat(NamedTuple):
    """A lane in which somebody may decide now, and for whom if not for themselves."""

    lane: str
    on_behalf_of: User | None


def deciding_roles() -> frozenset[Role]:
    """The roles that let somebody decide in some lane somewhere."""
    return frozenset({Role.REVIEWER, *(lane.role for lane in LANES.values() if lane.role)})


def _deciding(user: Viewer, lane: str) -> list[Membership]:
    # Whoever makes a program's token would otherwise decide on what is theirs.
    return lanes.deciding(user, lane) if isinstance(user, User) and user.is_person else []


def _delegated_to(user: Viewer) -> list[Delegation]:
    """What others asked the person to decide for them today."""
    if not (isinstance(user, User) and user.is_person):
        return []
    return list(standing_in().filter(delegate=user).select_related("delegator"))


def _heads(user: Viewer) -> set[str]:
    if not (isinstance(user, User) and user.is_active and user.is_person):
        return set()
    return set(LaneHead.objects.filter(person=user).values_list("lane", flat=True))


def lanes_of(user: Viewer) -> frozenset[str]:
    """The keys of the lanes in which the person may decide somewhere: by role, for somebody else, or as their head."""
    own = {key for key in LANES if _deciding(user, key)}
    return frozenset(own | {row.lane for row in _delegated_to(user)} | _heads(user))


def holds(user: Viewer, request: ReviewRequest, lane: str) -> bool:
    """Whether the person's own role for the lane holds where the reviewed thing belongs."""
    reach = kinds.reached(_deciding(user, lane), only=subjects.kinds())
    return ReviewRequest.objects.filter(reach, pk=request.pk).exists()


def bar(user: User, request: ReviewRequest, lane: str, *, on_behalf_of: User | None = None) -> str:
    """Why the person may not decide in the lane of this request now, in words, or ""."""
    done = decided_by(request)
    standing = list(standing_in().filter(delegate=user))
    why = rules.bar_to_deciding(
        person=user.pk, is_person=user.is_person, requested_by=request.requested_by_id, barred=request.barred,
        recused=recused(request.subject), decided_by=done, stood_in_for=[row.delegator_id for row in standing],
        holds_role=_may_sit(user, request, lane) if on_behalf_of is None else True,
    )  # fmt: skip
    if why or on_behalf_of is None:
        return why
    given = any(row.lane == lane and row.delegator_id == on_behalf_of.pk for row in standing)
    if not given or not holds(on_behalf_of, request, lane):
        return f"{on_behalf_of} has not delegated this lane to you, or may not decide in it."
    if on_behalf_of.pk in done:
        return f"{on_behalf_of} has already decided in this request; one person decides in one lane only."
    return ""


def _may_sit(user: User, request: ReviewRequest, lane: str) -> bool:
    """Whether it is the person's turn in the lane: by role, or since nobody of the lane may decide."""
    if holds(user, request, lane):
        return True
    people, via = pool(lane, request)
    return via in (Via.HEAD, Via.STEWARD) and user in people


def seats(user: User, request: ReviewRequest) -> list[Seat]:
    """The lanes of an open request in which the person may decide now, for themselves before for others."""
    if not request.is_open:
        return []
    waiting = request.undecided
    own = [Seat(lane, None) for lane in waiting if not bar(user, request, lane)]
    mine = {seat.lane for seat in own}
    given = [row for row in _delegated_to(user) if row.lane in waiting and row.lane not in mine]
    return own + [
        Seat(row.lane, row.delegator)
        for row in given
        if not bar(user, request, row.lane, on_behalf_of=row.delegator)
    ]  # fmt: skip


def named_seat(user: User, named: str) -> Seat:
    """What a form calls `lane`, or `lane:id` for whoever delegated it to `user`, whether or not they may decide now."""
    lane, _, absent = named.partition(":")
    return Seat(lane, next((row.delegator for row in _delegated_to(user) if str(row.delegator_id) == absent), None))


def why_not(user: User, request: ReviewRequest) -> str:
    """Why the person has nothing to decide in this request, in words; "" where they have."""
    if not request.is_open:
        return f"This request is {request.get_state_display().lower()}. {request.closed_reason}".strip()
    if not request.undecided:
        return "Every lane has decided."
    return "" if seats(user, request) else bar(user, request, request.undecided[0])


def bar_to_recusing(user: User, request: ReviewRequest) -> str:
    """Why the person has nothing to step back from, in words, or ""."""
    why = why_not(user, request)
    return why and f"There is nothing for you to step back from. {why}"


class _Way(NamedTuple):
    """One way in which steps come to somebody: which open steps of a request do, and of which requests."""

    steps: dict[str, object]
    of: Q

    @property
    def waits(self) -> Q:
        """The requests with such a step."""
        return Q(Exists(self._open())) & self.of

    @property
    def due(self) -> Case:
        """Over requests: when the most urgent of these steps is due, None without one."""
        return Case(When(self.of, then=Subquery(self._open().order_by("due_at").values("due_at")[:1])))

    def _open(self) -> QuerySet[LaneStep]:
        return open_steps().order_by().filter(request=OuterRef("pk"), **self.steps)


def waiting_for(user: Viewer) -> QuerySet[ReviewRequest]:
    """Open requests that `user` may decide now, oldest first; `.turn_due` is when their most urgent step there is."""
    if not isinstance(user, User):
        return ReviewRequest.objects.none()
    standing = _delegated_to(user)
    ways = [*_by_role(user), *_for_others(standing), *_standing_in(user)]
    if not ways:
        return ReviewRequest.objects.none()
    # Whatever bars one of those who delegated to the person bars the person as well.
    us = [user.pk, *(row.delegator_id for row in standing)]
    reached = reduce(or_, (way.waits for way in ways), access.NOTHING)
    mine = requests(viewer=user).filter(reached, state=RequestState.IN_REVIEW)
    allowed = mine.exclude(requested_by__in=us).exclude(barred__overlap=us).exclude(_stepped_back(us))
    # PostgreSQL's LEAST leaves out what is null; Django wants two to compare.
    due = {"turn_due": Least(*(way.due for way in ways), Value(None, DateTimeField()))}
    return allowed.exclude(_has_decided(user.pk)).annotate(**due).order_by("created_at")


def _reached(memberships: list[Membership]) -> Q:
    return kinds.reached(memberships, only=subjects.kinds())


def _by_role(user: User) -> list[_Way]:
    held = {lane: found for lane in LANES if (found := _deciding(user, lane))}
    return [_Way({"lane": lane}, _reached(found)) for lane, found in held.items()]


def _for_others(standing: list[Delegation]) -> list[_Way]:
    return [
        _Way({"lane": row.lane}, _reached(found) & ~_has_decided(row.delegator_id))
        for row in standing
        if (found := _deciding(row.delegator, row.lane))
    ]


def _standing_in(user: User) -> list[_Way]:
    """Where the person is a steward, or the lane's head, and the step has come to them."""
    stewards = access.held(user, Role.STEWARD) if user.is_person else []
    found = [_Way({"via": Via.STEWARD}, _reached(stewards))] if stewards else []
    headed = LaneHead.objects.filter(person=user).values("lane")
    # Any request: what the viewer may not see is left out already.
    any_of = Q(pk__isnull=False)
    if not (user.is_active and user.is_person):
        return found
    return [*found, _Way({"lane__in": headed, "via": Via.HEAD}, any_of)]


def _has_decided(person: UUID) -> Q:
    mine = Q(actor=person) | Q(on_behalf_of=person)
    return Q(Exists(Decision.objects.order_by().filter(mine, request=OuterRef("pk"))))


def _stepped_back(people: list[UUID]) -> Q:
    same = {"request__subject_kind": OuterRef("subject_kind"), "request__subject_id": OuterRef("subject_id")}
    return Q(Exists(Recusal.objects.order_by().filter(person__in=people, **same)))


def may_withdraw(user: User, request: ReviewRequest) -> bool:
    """Whether the person asked for the review, it is open, and no break-glass forced it."""
    return request.is_open and request.requested_by_id == user.pk and not is_in_retrospect(request)


def may_revoke(user: User, request: ReviewRequest) -> bool:
    """Whether the person heads one of the request's lanes, or sits on the board where it belongs."""
    if not (user.is_active and user.is_person):
        return False
    return bool(_heads(user) & set(request.lanes)) or holds(user, request, lanes.BOARD)


def bar_to_revoking(user: User, request: ReviewRequest) -> str:
    """Why the person may not take the approval back, in words, or ""."""
    may = may_revoke(user, request)
    return "" if may else "Only the head of one of its lanes, or somebody of the board, may revoke an approval."


def bar_to_overturning(user: User, request: ReviewRequest) -> str:
    """Why the person may not overturn a rejection, in words, or ""."""
    seated = holds(user, request, lanes.BOARD)
    return bar(user, request, lanes.BOARD) if seated else "Only somebody of the board may overturn a rejection."


def bar_to_delegating(user: User) -> str:
    """Why the person has no lane to delegate, in words, or ""."""
    may = user.is_person and any(lanes.deciding(user, lane) for lane in LANES)
    return "" if may else "Only somebody who decides in a lane by their own role may delegate it."


def may_act_on(user: User, condition: Condition) -> bool:
    """Whether it is the person's turn to hand something in, or to verify it."""
    return not (bar_to_verifying(user, condition) if condition.handed_in_at else bar_to_meeting(user, condition))


def bar_to_meeting(user: User, condition: Condition) -> str:
    """Why the person may not hand in what the condition wants, in words, or "".

    Its owner does; once they have left, whoever asked for the review.
    """
    owner = condition.owner
    may = user.pk == (owner.pk if owner.is_active else condition.decision.request.requested_by_id)
    return "" if may else f"{owner} owns this condition and hands in what it wants."


def bar_to_verifying(user: User, condition: Condition) -> str:
    """Why the person may not verify the condition, in words, or ""; once its verifier left, its lane's people may."""
    request = condition.decision.request
    if user.pk in (condition.owner_id, condition.handed_in_by_id):
        return "Whoever owes a condition or handed it in cannot verify it."
    if user.pk in involved(request.subject, {request.requested_by_id, *request.barred}):
        return "You have or had a part in what is reviewed, so another person must verify it."
    if condition.verifier.is_active:
        return "" if user.pk == condition.verifier_id else f"{condition.verifier} verifies this condition."
    may = user.is_person and holds(user, request, condition.decision.lane)
    return "" if may else "Its verifier has left; somebody who decides in its lane must verify it."
