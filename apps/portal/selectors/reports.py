"""Figures across the registry and the reviews, each as one chart with its table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core import charts
from apps.core.charts import Chart
from apps.reviews import selectors as reviews
from apps.usecases import selectors as usecases
from apps.usecases.models import Stage

_DAY = timedelta(days=1)
_CYCLE_SINCE, _CYCLE_DAYS, _CYCLE_BIN = timedelta(days=180), 30, 2


def report(key: str, *, viewer: User) -> Chart:
    """The chart called `key`, counted over what `viewer` may see; raises KeyError."""
    return REPORTS[key](viewer)


def _funnel(viewer: User) -> Chart:
    figures = usecases.funnel(viewer=viewer)
    rows = [(one.stage.label, one.cases, _dwell(one)) for one in figures]
    drawn = charts.bars(
        key="funnel", title="Use cases by stage",
        description="How many cases are in each stage now, and for how long: the median, and within how many days "
        f"nine of ten. Stuck are those that have been for more than {usecases.STUCK_AFTER_DAYS} days in a stage that "
        "leads to another.",
        rows=rows if any(one.cases for one in figures) else [], value_name="Use cases", note_name="Days",
        urls=[_cases(one.stage) for one in figures], csv_url=reverse("report_values", args=["funnel"]),
    )  # fmt: skip
    columns = ["", "Use cases", "Median days", "Nine of ten within", "Stuck"]
    table = [[one.stage.label, one.cases, round(one.median_days), round(one.p90_days), one.stuck] for one in figures]
    return replace(drawn, columns=columns, rows=table if drawn.rows else [])


def _cases(stage: Stage, **query: str) -> str:
    """The list of the cases in a stage."""
    return f"{reverse('usecases:list')}?{urlencode({'stage': stage.value, **query})}"


@dataclass(frozen=True)
class StageRow:
    """One line of the funnel: the values of its chart, and where its cases and those that are stuck are listed."""

    values: Sequence[Any]
    url: str
    stuck_url: str


def stage_rows(funnel: Chart) -> list[StageRow]:
    """The lines of a funnel that was drawn."""
    pairs = zip(Stage, funnel.rows, strict=False)
    return [StageRow(row, _cases(stage), _cases(stage, stuck="yes") if row[4] else "") for stage, row in pairs]


def _dwell(one: usecases.StageFigures) -> str:
    stuck = f", {one.stuck:,} stuck" if one.stuck else ""
    return f"median {_days(timedelta(days=one.median_days))}{stuck}" if one.cases else ""


def _days(age: timedelta) -> str:
    days = age / _DAY
    return "under a day" if days < 1 else "1 day" if days < 2 else f"{days:,.0f} days"


def _cycle(viewer: User) -> Chart:
    closed = reviews.decided(viewer=viewer).filter(closed_at__gte=timezone.now() - _CYCLE_SINCE)
    times = closed.order_by().values_list("created_at", "closed_at")
    days = [min((end - start) / _DAY, _CYCLE_DAYS) for start, end in times if end]
    edges = list(range(0, _CYCLE_DAYS + 1, _CYCLE_BIN))
    return charts.histogram(
        key="cycle", title="Time from asking to deciding",
        description=f"Reviews decided in the last {_CYCLE_SINCE.days} days; the last bin holds longer ones too.",
        edges=edges, counts=charts.binned(days, edges), value_name="Days", count_name="Reviews",
        csv_url=reverse("report_values", args=["cycle"]),
    )  # fmt: skip


REPORTS: dict[str, Callable[[User], Chart]] = {"funnel": _funnel, "cycle": _cycle}
