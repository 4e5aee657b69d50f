"""Who may decide, what the decisions so far amount to, what a lane watches, and how its clock stands."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from statistics import median
from typing import Any
from uuid import UUID

from apps.core.hashing import canonical_bytes, sha256_hex
from apps.reviews.lanes import BOARD
from apps.reviews.models import APPROVALS, Outcome, RequestState
from apps.reviews.subjects import EVIDENCE

# The share of a target after which people are reminded.
REMIND_AT = 0.8
# How long a break-glass holds, and for how many days somebody may stand in for another.
GLASS, LONGEST_DELEGATION = timedelta(hours=72), 366
PAST = 50
_STOPS = {
    Outcome.REJECT.value: RequestState.REJECTED,
    Outcome.REQUEST_CHANGES.value: RequestState.CHANGES_REQUESTED,
}
_SAID = ("name", "verdict", "content_hash", "summary", "facts")
YES = {Outcome.APPROVE.value, Outcome.APPROVE_WITH_CONDITIONS.value}


def fold(lanes: Collection[str], outcomes: Mapping[str, str], *, overturned: Collection[str] = ()) -> RequestState:
    """The request's state from the outcome of each settled lane, decided or carried over.

    A rejection wins, then a wish for changes, then the approvals of all lanes. What the board `overturned` counts as
    approved, and so does the board's own lane then, unless it decided by itself.
    """
    counted = {**outcomes, **dict.fromkeys(overturned, Outcome.APPROVE.value)}
    if overturned:
        counted.setdefault(BOARD, Outcome.APPROVE.value)
    for outcome, state in _STOPS.items():
        if outcome in counted.values():
            return state
    asked = {lane: outcome for lane, outcome in counted.items() if lane in lanes}
    if not {lane for lane, outcome in asked.items() if outcome in YES}.issuperset(lanes):
        return RequestState.IN_REVIEW
    conditional = Outcome.APPROVE_WITH_CONDITIONS.value in asked.values()
    return RequestState.APPROVED_WITH_CONDITIONS if conditional else RequestState.APPROVED


def watched(
    revision: Iterable[Mapping[str, Any]], evidence: Iterable[Mapping[str, Any]], names: Collection[str]
) -> Any:
    """What a lane that watches `names` sees: those fields in the revision's order, and what the claims say.

    That is name, verdict, content, summary and facts; not which row or run it was, and no times.

    Without names it sees all. Raises ValueError for a name that the revision does not have.
    """
    known = [entry["field"] for entry in revision]
    if strange := sorted(set(names) - {*known, EVIDENCE}):
        raise ValueError(f"A lane watches what the revision does not have: {', '.join(strange)}.")
    fields = [[entry["field"], entry["value"]] for entry in revision if not names or entry["field"] in names]
    said = [{key: claim.get(key, "") for key in _SAID} for claim in evidence]
    claims = sorted(said, key=canonical_bytes)
    return {"fields": fields, "evidence": claims if not names or EVIDENCE in names else None}


def lane_hash(
    revision: Sequence[Mapping[str, Any]], evidence: Sequence[Mapping[str, Any]], names: Collection[str]
) -> str:
    """SHA-256 of what a lane watches; raises ValueError as `watched` does."""
    return sha256_hex(watched(revision, evidence, names))


def bar_to_deciding(
    *,
    person: UUID | None,
    is_person: bool = True,
    holds_role: bool,
    requested_by: UUID,
    barred: Collection[UUID],
    decided_by: Collection[UUID],
    recused: Collection[UUID] = (),
    stood_in_for: Collection[UUID] = (),
) -> str:
    """Why the person may not decide in the lane, in words, or ""; a program, whatever its roles, never may.

    `stood_in_for` are those who delegated to the person: whatever bars one of them bars the person as well.
    """
    behind = set(stood_in_for)
    bars = {
        "Programs do not decide; a person does. Sign in as yourself, and decide in the review desk.": not is_person,
        "You asked for this review, so another person must decide it.": person == requested_by,
        "You have or had a part in what is reviewed, so another person must decide it.": person in barred,
        "You said that you cannot decide on this, so another person must.": person in recused,
        "Somebody with a part in what is reviewed delegated to you, so another person must decide it.": bool(
            behind & {requested_by, *barred}
        ),
        "Somebody who cannot decide on this delegated to you, so another person must decide it.": bool(
            behind.intersection(recused)
        ),
        "You have already decided in this request, or a decision of yours was carried over into it; one person decides "
        "in one lane only.": person in decided_by,
        "You do not hold this lane's role where this belongs.": not holds_role,
    }
    return next((words for words, holds in bars.items() if holds), "")


# How late something is: nothing need be said, somebody is reminded, it is escalated.
DUE_SOON, OVERDUE = "due_soon", "overdue"


@dataclass(frozen=True)
class Clock:
    """How a lane's time stands: `state` is on_time, due_soon or overdue, `words` say it."""

    state: str
    words: str
    tone: str


def remind_at(*, opened: datetime, due: datetime) -> datetime:
    """When people are reminded: after 80 % of the time that was left when it opened."""
    return opened + (due - opened) * REMIND_AT


def clock(*, opened: datetime, due: datetime, on: datetime) -> Clock:
    """The clock of a lane that still waits."""
    left = due - on
    days = abs(left) // timedelta(days=1)
    length = f"{days} {'day' if days == 1 else 'days'}" if days else "less than a day"
    if left <= timedelta(0):
        return Clock(OVERDUE, f"Overdue by {length}", "bad")
    if on >= remind_at(opened=opened, due=due):
        return Clock(DUE_SOON, f"Due in {length}", "warning")
    return Clock("on_time", f"{length[0].upper()}{length[1:]} left", "neutral")


def late(*, opened: datetime, due: datetime, on: datetime, reminded: bool, escalated: bool) -> str:
    """What somebody must be told and was not yet: DUE_SOON, OVERDUE, or ""."""
    if escalated:
        return ""
    if on >= due:
        return OVERDUE
    return DUE_SOON if on >= remind_at(opened=opened, due=due) and not reminded else ""


def end_of_day(day: date) -> datetime:
    """The moment from which what is due on `day` (UTC) is overdue."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def due(*, opened: datetime, days: int, spent: timedelta) -> datetime:
    """When the lane should have decided; what it used before a pause counts."""
    return opened + max(timedelta(days=days) - spent, timedelta(0))


def expected_days(past: Sequence[timedelta], *, target: int) -> int:
    """The median of past dwell times in whole days, begun days counted; the target where there is no past."""
    return max(1, ceil(median(took / timedelta(days=1) for took in past))) if past else target


def carries(
    *, outcome: str, then: tuple[str, str], now: tuple[str, str], people: Iterable[Any], barred: Iterable[Any]
) -> bool:
    """Whether a decision still stands: an approval of the same (lane hash, rule set), by nobody who is barred now."""
    return outcome in YES and then == now and not set(people).intersection(barred)


def state_in_words(state: str, reason: str) -> str:
    """What became of a closed request, for somebody who came too late."""
    told = f" The reason: {reason}" if reason and state not in APPROVALS else ""
    return f"This review ended as “{RequestState(state).label}”; nothing can be decided any more.{told}"


def delegation_bar(*, starts: date, ends: date, today: date) -> dict[str, list[str]]:
    """What is wrong with the days of a delegation, by field."""
    if ends < starts:
        return {"ends_on": ["It ends before it begins."]}
    if ends < today:
        return {"ends_on": ["This day is over. Choose today or a later day."]}
    if (ends - starts).days >= LONGEST_DELEGATION:
        return {"ends_on": ["At most a year at once."]}
    return {}
