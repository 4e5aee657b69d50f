"""What somebody has begun, and what waits for them in the registry."""

from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import Role, User
from apps.core.models import Viewer
from apps.reviews import selectors as reviews
from apps.reviews.models import APPROVALS, Condition, RequestState
from apps.usecases.models import (
    KIND,
    ImportIssue,
    IntakeDraft,
    Stage,
    StageStay,
    Standing,
    TierAdjustment,
    UseCase,
)  # fmt: skip
from apps.usecases.rules import CLEARED
from apps.usecases.selectors.offers import part_in
from apps.usecases.selectors.record import PARTS
from apps.usecases.selectors.stages import LEADING, STUCK_AFTER_DAYS
from apps.usecases.selectors.standing import ASIDE, of_standing
from apps.usecases.selectors.tiers import proposals, today

DUE_SOON = timedelta(days=30)


def draft(person: User) -> IntakeDraft | None:
    """The registration that the person has begun and not finished, None without one."""
    return IntakeDraft.objects.filter(person=person.pk).first()


def drafts(person: User) -> QuerySet[IntakeDraft]:
    """The same as rows, of which there is at most one."""
    return IntakeDraft.objects.filter(person=person.pk)


def to_confirm(person: User) -> QuerySet[TierAdjustment]:
    """Proposed lower tiers that the person may confirm as the second: a reviewer without a part in the case."""
    held = access.held(person, *(Role(role) for role in reviews.deciding_roles())) if person.is_person else []
    if not held:
        return TierAdjustment.objects.none()
    mine = UseCase.objects.filter(part_in(person), pk=OuterRef("use_case"))
    reached = UseCase.objects.filter(access.reach(UseCase, held)).values("pk")
    found = proposals(viewer=person).filter(use_case__in=reached, expires_on__gt=today())
    return found.exclude(proposed_by=person).exclude(Exists(mine))


def owed(case: UseCase, *, viewer: Viewer) -> QuerySet[Condition]:
    """The conditions of the case's approvals that are not met yet, the next due first."""
    counts = Q(decision__request__state__in=APPROVALS) | Q(decision__carried_by__request__state__in=APPROVALS)
    about = {"decision__request__subject_kind": KIND, "decision__request__subject_id": str(case.pk)}
    return reviews.conditions(viewer=viewer).filter(counts, verified_at=None, **about).distinct()


def with_latest(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate what became of the review that the standing is of, all None without one, and whether one is open.

    `.standing_state`, `.standing_hash` (the content it was about), `.standing_at` (when it closed or its approval
    ended) and `.standing_reason` (why). `.is_under_way` is true also while it is asked whether to retire the case.
    """
    why = Case(When(ended_reason="", then="closed_reason"), default="ended_reason")
    counting = reviews.latest_per(KIND, but=ASIDE).annotate(at=Coalesce("ended_at", "closed_at"), reason=why)
    names = {"state": "state", "hash": "content_hash", "at": "at", "reason": "reason"}
    told = {f"standing_{name}": Subquery(counting.values(of)[:1]) for name, of in names.items()}
    open_ = reviews.latest_per(KIND).filter(state=RequestState.IN_REVIEW).order_by()
    return cases.annotate(**told, is_under_way=Exists(open_))


def row_counts(case: UseCase) -> dict[str, int]:
    """How many rows each part of the record has, in one query."""
    counts = {f"n_{part}": _count(model) for part, model in PARTS.items()}
    found: dict[str, Any] = dict(UseCase.objects.filter(pk=case.pk).values(**counts).get())
    return {part: found[f"n_{part}"] for part in PARTS}


def _count(model: type[Any]) -> Coalesce:
    rows = model.objects.filter(use_case=OuterRef("pk")).order_by().values("use_case").annotate(n=Count("pk"))
    return Coalesce(Subquery(rows.values("n")), 0)


def stuck(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """The cases that have been for too long in a stage that leads to another."""
    since = timezone.now() - timedelta(days=STUCK_AFTER_DAYS)
    stays = StageStay.objects.filter(use_case=OuterRef("pk"), left_at=None)
    long = Q(Exists(stays.filter(entered_at__lt=since))) | Q(~Exists(stays), created_at__lt=since)
    return cases.filter(long, stage__in=LEADING)


def stage_open(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """The imported cases whose stage somebody must decide: asked by an import, and nobody asked for a review since."""
    asked = ImportIssue.objects.filter(use_case=OuterRef("pk"), resolved_at=None)
    reviewed = reviews.latest_per(KIND).order_by()
    return cases.filter(Exists(asked), ~Exists(reviewed))


def stages_to_decide(person: User) -> QuerySet[UseCase]:
    """Those of them whose stage the person may decide, as a steward of where they belong; the oldest first."""
    held = access.held(person, Role.STEWARD) if person.is_person else []
    if not held:
        return UseCase.objects.none()
    return stage_open(UseCase.objects.visible_to(person).filter(access.reach(UseCase, held))).order_by("created_at")


def uncleared(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """The cases that are due for a review some day: neither cleared since nor ended."""
    open_ = [standing.value for standing in Standing if standing not in CLEARED]
    return of_standing(cases.exclude(stage=Stage.RETIRED).filter(review_due_on__isnull=False), open_)


def due(cases: QuerySet[UseCase], when: str) -> QuerySet[UseCase]:
    """The uncleared cases whose review is `overdue`, due `soon` (within 30 days), either (`now`), or some day."""
    on = today()
    bounds: dict[str, dict[str, Any]] = {"overdue": {"review_due_on__lt": on}}
    bounds["soon"] = {"review_due_on__range": (on, on + DUE_SOON)}
    bounds["now"] = {"review_due_on__lte": on + DUE_SOON}
    return uncleared(cases).filter(**bounds.get(when, {}))
