"""Reports across the registry, and the values behind them."""

from django.http import HttpResponse

from apps.accounts.access import Request
from apps.core import lists
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.portal import selectors


def reports(request: Request) -> HttpResponse:
    """Every report, counted over what the reader may see."""
    drawn = [selectors.report(key, viewer=request.user) for key in selectors.REPORTS]
    return respond(request, "portal/reports.html", {"title": "Reports", "charts": drawn})


def report_values(request: Request, key: str) -> HttpResponse:
    """The table behind one report as CSV."""
    if key not in selectors.REPORTS:
        raise NotFoundError("There is no such report.")
    return lists.chart_values(request, selectors.report(key, viewer=request.user), name=key)
