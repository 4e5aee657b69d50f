"""Which decisions still stand for a new revision, and what changed since each lane's last one."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Max, QuerySet

from apps.core import diff
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.reviews import rules, subjects
from apps.reviews.models import Decision, RequestState, ReviewRequest
from apps.reviews.selectors.conflicts import conflicts
from apps.reviews.subjects import LaneAsk

_BROKEN = (RequestState.REVOKED, RequestState.EXPIRED)


def _about(subject: Ref, gates: Collection[str]) -> QuerySet[ReviewRequest]:
    return ReviewRequest.objects.filter(subject_kind=subject.kind, subject_id=subject.id, gate__in=gates)


def _newest(requests: QuerySet[ReviewRequest]) -> QuerySet[Decision]:
    """The newest decision of each lane in these requests; the board's overturning of others' is none of a lane."""
    found = Decision.objects.filter(request__in=requests.order_by(), overturns=None)
    return found.order_by("lane", "-created_at").distinct("lane").select_related("request", "actor", "on_behalf_of")


def carried(
    *,
    subject: Ref,
    gates: Collection[str],
    asks: Sequence[LaneAsk],
    revision: Sequence[dict[str, Any]],
    evidence: Sequence[dict[str, Any]],
    barred: Collection[UUID],
    rule_set: str,
) -> dict[str, Decision]:
    """Lane → the decision that still stands for this revision, of an earlier request at one of `gates`.

    It must be the lane's newest, an approval on the same watched content and rule set, by nobody who might not decide
    now (who is `barred`, has a part, stepped back since, or stands in for one of these), and newer than the last
    approval that was revoked or expired. Of one person's decisions only that of the first lane stands: nobody decides
    in two lanes of a request.
    """
    earlier = _about(subject, gates)
    broken = earlier.filter(state__in=_BROKEN).aggregate(at=Max("ended_at"))["at"]
    rows = _newest(earlier.exclude(state__in=_BROKEN)).filter(lane__in=[ask.key for ask in asks])
    known = {row.lane: row for row in (rows.filter(created_at__gt=broken) if broken else rows)}
    hashes = {ask.key: rules.lane_hash(revision, evidence, ask.watches) for ask in asks}
    standing: dict[str, Decision] = {}
    counted: set[object] = {*conflicts(subject, barred=barred).people}
    for lane in hashes:
        if (row := known.get(lane)) and rules.carries(
            outcome=row.outcome, then=(row.lane_hash, row.rule_set), now=(hashes[lane], rule_set),
            people=row.people, barred=counted,
        ):  # fmt: skip
            standing[lane] = row
            counted |= row.people
    return standing


def last_decisions(request: ReviewRequest) -> dict[str, Decision]:
    """Lane → its newest decision on the same thing in an earlier request, for the lanes of this one."""
    earlier = ReviewRequest.objects.filter(
        subject_kind=request.subject_kind, subject_id=request.subject_id, created_at__lt=request.created_at
    )
    return {row.lane: row for row in _newest(earlier).filter(lane__in=request.lanes)}


class Differences(NamedTuple):
    """What changed since a decision, field by field; `watched` names those that its lane watches."""

    decision: Decision
    fields: list[diff.FieldDiff]
    watched: list[str]


def since_last(request: ReviewRequest, *, viewer: Viewer) -> dict[str, Differences]:
    """Lane → what changed since that lane's last decision, as far as `viewer` may read it."""
    watches = {step.lane: step.watches for step in request.steps.all()}
    now, found = _texts(request, viewer), {}
    for lane, decision in last_decisions(request).items():
        changed = [field for field in diff.fields(_texts(decision.request, viewer), now) if field.changed]
        names = [field.name for field in changed if not watches.get(lane) or field.name in watches[lane]]
        found[lane] = Differences(decision, changed, names)
    return found


def _texts(request: ReviewRequest, viewer: Viewer) -> dict[str, str]:
    readable = subjects.of(request.subject_kind).readable(request.revision, viewer)
    return {entry["field"]: str(entry["value"] or "") for entry in readable}
