"""Reports across the registry, and the values behind them."""

from django.http import HttpResponse

from apps.accounts.access import Request
from apps.core import lists
from apps.core.charts import Chart
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.portal import selectors

_STAGES = [
    lists.Column("stage", "Stage", lambda row: row.values[0], lambda row: row.url),
    lists.Column("cases", "Use cases", lambda row: row.values[1], kind="number"),
    lists.Column("median", "Median days", lambda row: row.values[2], kind="number"),
    lists.Column("most", "Nine of ten within", lambda row: row.values[3], kind="number"),
    lists.Column("stuck", "Stuck", lambda row: row.values[4], lambda row: row.stuck_url, kind="number"),
]


def reports(request: Request) -> HttpResponse:
    """Every report, counted over what the reader may see."""
    drawn = [selectors.report(key, viewer=request.user) for key in selectors.REPORTS]
    context = {"title": "Reports", "charts": drawn, "funnel": _funnel(drawn)}
    return respond(request, "portal/reports.html", context)


def _funnel(drawn: list[Chart]) -> lists.Rows:
    """The funnel as a table that leads to the cases it counts."""
    funnel = next(chart for chart in drawn if chart.key == "funnel")
    return lists.plain("Use cases by stage, with the days they have been there", _STAGES, selectors.stage_rows(funnel))


def report_values(request: Request, key: str) -> HttpResponse:
    """The table behind one report as CSV."""
    if key not in selectors.REPORTS:
        raise NotFoundError("There is no such report.")
    return lists.chart_values(request, selectors.report(key, viewer=request.user), name=key)
