"""What somebody has begun, and what waits for them in the registry."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import Role, User
from apps.core.models import Viewer
from apps.reviews import selectors as reviews
from apps.reviews.models import APPROVALS, Condition
from apps.usecases.models import KIND, IntakeDraft, Stage, StageStay, TierAdjustment, UseCase
from apps.usecases.selectors.offers import part_in
from apps.usecases.selectors.record import PARTS
from apps.usecases.selectors.stages import STUCK_AFTER_DAYS
from apps.usecases.selectors.tiers import proposals, today

DUE_SOON = timedelta(days=30)
# The stages that lead to another: nobody waits for a case to leave the others.
_LEADING = (Stage.DISCOVER, Stage.PLAY, Stage.DEVELOP)


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
    return cases.filter(long, stage__in=_LEADING)


def due(cases: QuerySet[UseCase], when: str) -> QuerySet[UseCase]:
    """The cases whose review is `overdue`, due `soon` (within 30 days), or due some day (`dated`)."""
    on = today()
    bounds: dict[str, dict[str, Any]] = {"overdue": {"review_due_on__lt": on}}
    bounds["soon"] = {"review_due_on__range": (on, on + DUE_SOON)}
    return cases.filter(**bounds.get(when, {"review_due_on__isnull": False}))
