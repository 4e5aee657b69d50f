"""How cases move through their stages, and where they are stuck."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, ExpressionWrapper, F, FilteredRelation, FloatField, Q
from django.db.models.functions import Coalesce, Extract, Now

from apps.core.models import Viewer
from apps.usecases.models import Stage, UseCase
from apps.usecases.rules import NEXT

# A case that stays longer in a stage that leads to another is stuck.
STUCK_AFTER_DAYS = 90
# The stages that lead to another: nobody waits for a case to leave the others.
LEADING = tuple(stage for stage, gate in NEXT.items() if gate.to)
_SECONDS_A_DAY = 86_400.0


class Percentile(Aggregate):
    """A percentile of a column, between two values where it falls there."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class StageFigures:
    """The cases that are in a stage now: how many, for how many days (median, and nine of ten), how many are stuck."""

    stage: Stage
    cases: int = 0
    median_days: float = 0.0
    p90_days: float = 0.0
    stuck: int = 0


def funnel(*, viewer: Viewer) -> list[StageFigures]:
    """The figures of every stage over the cases that `viewer` may see, in one query."""
    since = Coalesce("stay__entered_at", "created_at")
    days = ExpressionWrapper(Extract(Now() - since, "epoch") / _SECONDS_A_DAY, output_field=FloatField())
    cases = UseCase.objects.visible_to(viewer).order_by()
    now_in = cases.annotate(stay=FilteredRelation("stays", condition=Q(stays__left_at=None))).annotate(days=days)
    rows = now_in.values("stage").annotate(
        cases=Count("pk"), median_days=Percentile(F("days"), share=0.5), p90_days=Percentile(F("days"), share=0.9),
        late=Count("pk", filter=Q(days__gt=STUCK_AFTER_DAYS)),
    )  # fmt: skip
    found = {row["stage"]: _figures(row) for row in rows}
    return [found.get(stage.value, StageFigures(stage)) for stage in Stage]


def _figures(row: Mapping[str, Any]) -> StageFigures:
    stuck = row["late"] if row["stage"] in LEADING else 0
    return StageFigures(Stage(row["stage"]), row["cases"], row["median_days"], row["p90_days"], stuck)
