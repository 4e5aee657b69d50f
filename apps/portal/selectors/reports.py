"""Figures across the registry and the reviews, each as one chart with its table."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Aggregate, Count, DurationField, F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core import charts
from apps.core.charts import Chart
from apps.portal.selectors.work import REVIEW_DUE
from apps.reviews import selectors as reviews
from apps.reviews.models import RequestState
from apps.usecases import selectors as usecases
from apps.usecases.models import Stage

_DAY = timedelta(days=1)
_CYCLE_SINCE, _CYCLE_DAYS, _CYCLE_BIN = timedelta(days=180), 30, 2
_DECIDED = (RequestState.APPROVED, RequestState.CHANGES_REQUESTED, RequestState.REJECTED)


class Median(Aggregate):
    """The middle value; PostgreSQL interpolates between two middle ones."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def report(key: str, *, viewer: User) -> Chart:
    """The chart called `key`, counted over what `viewer` may see; raises KeyError."""
    return REPORTS[key](viewer)


def _funnel(viewer: User) -> Chart:
    cases = usecases.use_cases(viewer=viewer).order_by().values("stage")
    found = cases.annotate(n=Count("pk"), age=Median(Now() - F("created_at")))
    stages = {row["stage"]: (row["n"], row["age"]) for row in found}
    rows = [(label, *_stage(*stages.get(value, (0, None)))) for value, label in Stage.choices]
    urls = [f"{reverse('usecases:list')}?stage={value}" for value in Stage.values]
    return charts.bars(
        key="funnel", title="Use cases by stage",
        description="How many cases stand in each stage, and the median time since they were registered.",
        rows=rows if stages else [], value_name="Use cases", note_name="Median age", urls=urls,
        csv_url=reverse("report_values", args=["funnel"]),
    )  # fmt: skip


def _stage(count: int, age: timedelta | None) -> tuple[int, str]:
    return count, f"median {_days(age)}" if age is not None else ""


def _days(age: timedelta) -> str:
    days = age / _DAY
    return "under a day" if days < 1 else "1 day" if days < 2 else f"{days:,.0f} days"


def _cycle(viewer: User) -> Chart:
    closed = reviews.requests(viewer=viewer).filter(state__in=_DECIDED, closed_at__gte=timezone.now() - _CYCLE_SINCE)
    times = closed.order_by().values_list("created_at", "closed_at")
    days = [min((end - start) / _DAY, _CYCLE_DAYS) for start, end in times if end]
    edges = list(range(0, _CYCLE_DAYS + 1, _CYCLE_BIN))
    return charts.histogram(
        key="cycle", title="Time from asking to deciding",
        description=f"Reviews decided in the last {_CYCLE_SINCE.days} days; the last bin holds longer ones too.",
        edges=edges, counts=charts.binned(days, edges), value_name="Days", count_name="Reviews",
        threshold=("Aim: within", REVIEW_DUE.days), csv_url=reverse("report_values", args=["cycle"]),
    )  # fmt: skip


REPORTS: dict[str, Callable[[User], Chart]] = {"funnel": _funnel, "cycle": _cycle}
