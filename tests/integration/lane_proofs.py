"""What it takes to pass into operation, worked out from decision rows and frozen bytes, never by what they fold to.

Nothing here asks the portal what a request, a lane or a case amounts to: it reads what was frozen and who said what.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.reviews.models import BreakGlass, Condition, Decision, LaneStep, Outcome, ReviewRequest
from apps.usecases.models import UseCase
from apps.usecases.rules.gates import WATCHES

GATE = "G3"
LANES, TOP = {"architecture", "security", "privacy", "finance"}, {"legal", "board"}
_YES = (Outcome.APPROVE, Outcome.APPROVE_WITH_CONDITIONS)
_BROKEN = ("revoked", "expired")
Revision = list[dict[str, Any]]


def digest(revision: Revision) -> str:
    """The SHA-256 of a revision's bytes: JSON with sorted keys, without blanks, in UTF-8."""
    text = json.dumps(revision, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def faults(case: UseCase, *, live: Revision, facts: dict[str, str], high: bool, on: datetime) -> list[str]:
    """Why the case must not have passed into operation at that moment, as it is `live`; nothing where it may.

    `facts` are the fields as whoever wrote them knows them, and `high` says that it is of the tier that asks everybody.
    """
    told = {entry["field"]: entry["value"] for entry in live}
    wrong = [
        f"“{name}” is {told.get(name)!r}, not {value!r}" for name, value in facts.items() if told.get(name) != value
    ]
    if _let_through(case, live, on):
        return wrong
    found = ReviewRequest.objects.filter(subject_id=str(case.pk)).order_by("-created_at").first()
    if found is None or found.gate != GATE:
        return [*wrong, f"the last request is {found and found.gate}"]
    return [*wrong, *_of_request(found, live), *_of_lanes(found, LANES | (TOP if high else set())), *_owed(found, on)]


def _let_through(case: UseCase, live: Revision, on: datetime) -> bool:
    """Whether somebody with the permission broke the glass for exactly this content, and no lane has said no since."""
    used = BreakGlass.objects.filter(subject_id=str(case.pk), gate=GATE, content_hash=digest(live), expires_at__gt=on)
    return any(
        row.used_by.user_permissions.filter(codename="break_glass").exists()
        and row.request.state not in ("rejected", "revoked")
        and _of_request(row.request, live) == []
        for row in used
    )


def _of_request(request: ReviewRequest, live: Revision) -> Iterable[str]:
    wrong = []
    if digest(request.revision) != request.content_hash:
        wrong.append("the frozen bytes are not what their hash says")
    if request.revision != live:
        wrong.append("what was frozen is not what there is")
    if request.state in (*_BROKEN, "withdrawn", "voided", "superseded"):
        wrong.append(f"the request is {request.state}")
    return wrong


def _of_lanes(request: ReviewRequest, lanes: set[str]) -> Iterable[str]:
    own = list(Decision.objects.filter(request=request))
    steps = {step.lane: step for step in LaneStep.objects.filter(request=request).select_related("carried__request")}
    for lane in sorted(lanes):
        if lane not in steps:
            yield f"{lane} was not asked"
        elif why := _of_lane(lane, steps[lane], own):
            yield f"{lane}: {why}"
    people = [person for row in own for person in {row.actor_id, row.on_behalf_of_id} - {None}]
    if len(people) != len(set(people)):
        yield "one person decided twice"
    if barred := {str(row.actor) for row in own if row.actor_id in {request.requested_by_id, *request.barred}}:
        yield f"{barred} decided on their own"


def _of_lane(lane: str, step: LaneStep, own: list[Decision]) -> str:
    """Why the lane has not decided this content: in this request, or in an earlier one that the step names."""
    found = next((row for row in own if row.lane == lane and not row.overturns_id), None)
    if found and any(row.overturns_id == found.pk and row.lane == "board" for row in own):
        return ""
    # The board's overturning of another lane's rejection is its own word as well.
    if found is None and lane == "board" and any(row.overturns_id for row in own):
        return ""
    row = found or step.carried
    if row is None:
        return "nobody decided"
    if row.outcome not in _YES:
        return f"it said {row.outcome}"
    if row.lane != lane:
        return f"it is carried from {row.lane}"
    return "" if row is found else _of_carried(lane, step, row)


def _of_carried(lane: str, step: LaneStep, row: Decision) -> str:
    """Why an earlier decision does not stand for what the request froze."""
    earlier, now = row.request, step.request
    if earlier.subject_id != now.subject_id or earlier.gate != GATE or earlier.rule_set != now.rule_set:
        return "it is carried from another thing, gate or rule set"
    if earlier.state in _BROKEN and earlier.ended_at and earlier.ended_at < now.created_at:
        return f"it is carried from what is {earlier.state}"
    if digest(earlier.revision) != row.content_hash:
        return "it is carried from bytes that nobody decided on"
    seen, is_ = _watched(lane, earlier), _watched(lane, now)
    changed = [name for name in seen.keys() | is_.keys() if seen.get(name) != is_.get(name)]
    return f"it is carried although {changed} changed" if changed else ""


def _watched(lane: str, request: ReviewRequest) -> dict[str, Any]:
    """What the lane watches, as it was frozen; a lane without a list watches all, and the claims."""
    names = WATCHES.get(lane)
    found = {entry["field"]: entry["value"] for entry in request.revision if names is None or entry["field"] in names}
    if names is None or "Evidence" in names:
        claims = [[claim[key] for key in ("name", "verdict", "content_hash")] for claim in request.evidence]
        found["Evidence"] = sorted(claims)
    return found


def _owed(request: ReviewRequest, on: datetime) -> Iterable[str]:
    carried = LaneStep.objects.filter(request=request).exclude(carried=None).values("carried")
    rows = Condition.objects.filter(decision__in=carried) | Condition.objects.filter(decision__request=request)
    late = rows.filter(blocking=True, verified_at=None, due_on__lt=on.date())
    return [f"overdue: {row.text}" for row in late]
