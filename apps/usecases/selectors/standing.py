"""The standing of cases: what the decisions about each amount to for its content as it is now."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import CharField, Exists, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.utils import timezone

from apps.reviews import selectors as reviews
from apps.reviews.models import APPROVALS, RequestState, ReviewRequest
from apps.usecases import rules
from apps.usecases.models import KIND, Stage, Standing, UseCase
from apps.usecases.rules.gates import AGAIN, RETIRING, Gate

# What the latest review makes of a case, whatever has changed since.
_STANDINGS = {
    RequestState.IN_REVIEW: Standing.IN_REVIEW,
    RequestState.CHANGES_REQUESTED: Standing.CHANGES_REQUESTED,
    RequestState.REJECTED: Standing.REJECTED,
    RequestState.WITHDRAWN: Standing.WITHDRAWN,
    RequestState.REVOKED: Standing.SUSPENDED,
    RequestState.EXPIRED: Standing.LAPSED,
    RequestState.SUPERSEDED: Standing.LAPSED,
}
# Whether to retire, and a second look at what operates that was taken back, change nothing of what stands.
ASIDE = Q(gate=RETIRING.key) | Q(gate=AGAIN.key, state=RequestState.WITHDRAWN)
_LEAD_TO = (Stage.PLAY, Stage.DEVELOP)
# Stage → the gate that leads there, but for what operates.
_BEFORE: dict[str, Gate] = {gate.to.value: gate for gate in rules.GATES.values() if gate.to in _LEAD_TO}
# How long an approval holds for what operates.
HOLDS = timedelta(days=365)
_APPROVED = Q(state__in=APPROVALS)
_TOLD = ("state", "gate")
_PENDING = (RequestState.IN_REVIEW, RequestState.CHANGES_REQUESTED)
_SAME = Q(content_hash=OuterRef("content_hash"))


class _Standing(Func):
    """`usecases_standing(id, content_hash, at)`."""

    function = "usecases_standing"
    output_field = CharField()


def with_standing(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate `.standing`, of the latest review that counts: an approval counts for its exact content only.

    PostgreSQL folds it, in a function that its migration spells; `of_standing` says the same of many cases.
    """
    told = _Standing("pk", "content_hash", Value(timezone.now()))
    # As a dictionary: mypy would otherwise see a second definition of the attribute.
    return cases.annotate(**{"standing": told})  # noqa: PIE804


def with_review(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate `.review_state` and `.review_gate` of the latest review, None without one.

    `.standing_state` and `.standing_gate` are of the one that the standing is of.
    """
    latest, counting = reviews.latest_per(KIND), reviews.latest_per(KIND, but=ASIDE)
    sources = [(of, rows, name) for of, rows in (("review", latest), ("standing", counting)) for name in _TOLD]
    return cases.annotate(**{f"{of}_{name}": Subquery(rows.values(name)[:1]) for of, rows, name in sources})


def is_cleared(case: UseCase, gate: Gate) -> bool:
    """Whether the gate is open for the case as it is now; it was read with its standing and its review."""
    if gate.key != RETIRING.key:
        return rules.is_cleared(gate, standing=case.standing, approved_gate=case.standing_gate)
    if case.review_gate != gate.key or case.review_state not in APPROVALS:
        return False
    same = reviews.latest(KIND).filter(subject_id=str(case.pk), content_hash=case.content_hash)
    return same.filter(~Q(reviews.overdue_blocking(timezone.now()))).exists()


def owed_in_retrospect(case: UseCase) -> ReviewRequest | None:
    """The void review after the break-glass by which the case came to its stage; it is to be asked again.

    What operates is asked again by a gate of its own.
    """
    gate = _BEFORE.get(case.stage)
    return reviews.voided_trigger(case.subject, gate=gate.key) if gate else None


def all_owed_in_retrospect() -> QuerySet[UseCase]:
    """The cases that have one."""
    owed = Q(pk__in=())
    for stage, gate in _BEFORE.items():
        own = reviews.latest(KIND, but=~Q(gate=gate.key) | Q(trigger=""))
        void = own.filter(state=RequestState.VOIDED).values("subject_id")
        owed |= Q(stage=stage, key__in=void)
    keyed = UseCase.objects.annotate(key=Cast("pk", CharField()))
    return keyed.filter(owed).order_by("number")


def is_by_glass(case: UseCase) -> bool:
    """Whether a break-glass clears the case, and no decision; it was read with its standing and its review."""
    return case.standing in rules.CLEARED and case.standing_state in _PENDING


def of_standing(cases: QuerySet[UseCase], standings: Collection[str]) -> QuerySet[UseCase]:
    """The cases with one of these standings, found from the reviews: the same as asking each case, but faster."""
    mine = _counting()
    told = Q(Exists(mine.filter(_states(standings, timezone.now()))))
    if Standing.UNREVIEWED in standings:
        told |= ~Q(Exists(mine.filter(state__in=[*_STANDINGS, *APPROVALS])))
    return cases.filter(told)


def _counting() -> QuerySet[ReviewRequest]:
    """Over cases: the review that its standing is of."""
    return reviews.latest(KIND, but=ASIDE).filter(subject_id=Cast(OuterRef("pk"), CharField()))


def _states(standings: Collection[str], on: datetime) -> Q:
    """Which latest reviews give one of these standings."""
    overdue, owed = Q(reviews.overdue_blocking(on)), Q(reviews.owing())
    glass = Q(reviews.breaking_glass(on)) & _SAME & Q(state__in=_PENDING)
    told = Q(state__in=[state for state, standing in _STANDINGS.items() if standing in standings]) & ~glass
    told |= glass if Standing.CLEARED_WITH_CONDITIONS in standings else Q()
    told |= _APPROVED & _SAME & ~overdue & ~owed if Standing.CLEARED in standings else Q()
    told |= _APPROVED & _SAME & ~overdue & owed if Standing.CLEARED_WITH_CONDITIONS in standings else Q()
    told |= _APPROVED & (~_SAME | overdue) if Standing.LAPSED in standings else Q()
    return told


def approvals(case: UseCase, *, gates: Collection[str]) -> QuerySet[ReviewRequest]:
    """The approvals of the case at these gates, also those that expired or that a later one took the place of."""
    return reviews.approvals(case.subject, gates=gates)


def expired_in_operation(*, on: datetime) -> QuerySet[UseCase]:
    """The cases that operate on an approval of which a decision is older than a year, by number."""
    old = _counting().filter(_APPROVED, reviews.decided_before(on - HOLDS))
    return UseCase.objects.filter(Exists(old), stage=Stage.DEPLOY).order_by("number")


def to_ask_again(*, rule_set: str) -> QuerySet[UseCase]:
    """The cases that operate although what was decided is over, was about other content, or rests on other rules.

    They are found from the reviews alone, so that none is forgotten where asking failed before. `rule_set` is in force.
    """
    over = Q(state__in=(RequestState.EXPIRED, RequestState.VOIDED)) | _APPROVED & (~_SAME | ~Q(rule_set=rule_set))
    return UseCase.objects.filter(Exists(_counting().filter(over)), stage=Stage.DEPLOY).order_by("number")
