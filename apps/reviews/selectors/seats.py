"""In which lanes a person may decide, where, for whom, and what waits for them."""

from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Least
from django.utils import timezone

from apps.accounts import access, kinds
from apps.accounts.models import Membership, Role, User
from apps.core.models import Viewer
from apps.reviews import lanes, rules, subjects
from apps.reviews.lanes import LANES
from apps.reviews.models import Delegation, LaneHead, LaneStep, RequestState, ReviewRequest, Via
from apps.reviews.selectors.conflicts import (
    Conflicts,
    conflicted,
    conflicts,
    decided_by,
    given_to,
    has_decided,
)
from apps.reviews.selectors.pools import free, standing_in
from apps.reviews.selectors.requests import open_steps, requests


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


def requests_reached(user: Viewer, lane: str) -> QuerySet[ReviewRequest]:
    """The requests about what the person's own roles for the lane reach."""
    return ReviewRequest.objects.filter(kinds.reached(_deciding(user, lane), only=subjects.kinds()))


def holds(user: Viewer, request: ReviewRequest, lane: str) -> bool:
    """Whether the person's own role for the lane holds where the reviewed thing belongs."""
    return requests_reached(user, lane).filter(pk=request.pk).exists()


def bar(user: User, request: ReviewRequest, lane: str, *, on_behalf_of: User | None = None) -> str:
    """Why the person may not decide in the lane of this request now, in words, or ""."""
    return _bar(user, request, Seat(lane, on_behalf_of), conflicts(request))


def _bar(user: User, request: ReviewRequest, seat: Seat, known: Conflicts) -> str:
    done, absent = decided_by(request), seat.on_behalf_of
    why = rules.bar_to_deciding(
        person=user.pk, is_person=user.is_person, requested_by=request.requested_by_id, barred=known.parts,
        recused=known.recused, decided_by=done, stood_in_for=known.behind(user.pk),
        holds_role=absent is not None or _may_sit(user, request, seat.lane, known),
    )  # fmt: skip
    if why or absent is None:
        return why
    given = standing_in().filter(delegate=user, delegator=absent, lane=seat.lane).exists()
    if not given or not holds(absent, request, seat.lane):
        return f"{absent} has not delegated this lane to you, or may not decide in it."
    if absent.pk in known.people:
        return f"{absent} may not decide on this, so nobody decides on it for them; another person must."
    if absent.pk in done:
        return f"{absent} has already decided in this request; one person decides in one lane only."
    return ""


def _may_sit(user: User, request: ReviewRequest, lane: str, known: Conflicts) -> bool:
    """Whether it is the person's turn in the lane: by role, or since nobody of the lane may decide."""
    if holds(user, request, lane):
        return True
    people, via = free(lane, request.subject, out=known.people, done=decided_by(request))
    return via in (Via.HEAD, Via.STEWARD) and user in people


def seats(user: User, request: ReviewRequest) -> list[Seat]:
    """The lanes of an open request in which the person may decide now, for themselves before for others."""
    if not request.is_open:
        return []
    waiting, known = request.undecided, conflicts(request)
    own = [seat for lane in waiting if not _bar(user, request, seat := Seat(lane, None), known)]
    mine = {seat.lane for seat in own}
    given = [Seat(row.lane, row.delegator) for row in _delegated_to(user)]
    return own + [
        seat for seat in given
        if seat.lane in waiting and seat.lane not in mine and not _bar(user, request, seat, known)
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
    given = given_to([user.pk])
    standing = [row for row in given if row.holds_on(timezone.now().date()) and user.is_person]
    if standing:
        given += given_to([row.delegator_id for row in standing])
    ways = [*_by_role(user), *_for_others(standing, given), *_standing_in(user)]
    if not ways:
        return ReviewRequest.objects.none()
    reached = reduce(or_, (way.waits for way in ways), access.NOTHING)
    mine = requests(viewer=user).filter(reached, state=RequestState.IN_REVIEW)
    # PostgreSQL's LEAST leaves out what is null; Django wants two to compare.
    due = {"turn_due": Least(*(way.due for way in ways), Value(None, DateTimeField()))}
    # Whatever bars one of those who delegated to the person bars the person as well.
    allowed = mine.exclude(conflicted(user.pk, given) | has_decided(user.pk))
    return allowed.annotate(**due).order_by("created_at")


def _reached(memberships: list[Membership]) -> Q:
    return kinds.reached(memberships, only=subjects.kinds())


def _by_role(user: User) -> list[_Way]:
    held = {lane: found for lane in LANES if (found := _deciding(user, lane))}
    return [_Way({"lane": lane}, _reached(found)) for lane, found in held.items()]


def _for_others(standing: list[Delegation], given: list[Delegation]) -> list[_Way]:
    """What waits for those whom the person stands in for, and they might decide themselves."""
    return [
        _Way({"lane": row.lane}, _reached(found) & ~(conflicted(absent, given) | has_decided(absent)))
        for row in standing
        if (absent := row.delegator_id) and (found := _deciding(row.delegator, row.lane))
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


def may_withdraw(user: User, request: ReviewRequest) -> bool:
    """Whether the person asked for the review of their own accord, and it is open."""
    return request.is_open and request.requested_by_id == user.pk and not request.trigger


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
