"""What the portal's own pages read across apps."""

from apps.portal.selectors.home import Home, at_home
from apps.portal.selectors.pages import KINDS_WITH_PAGES, page_of
from apps.portal.selectors.reports import REPORTS, StageRow, report, stage_rows
from apps.portal.selectors.saved_views import (
    Saved,
    address,
    default_address,
    saved_view,
    saved_views,
    teams_of,
    whom_to_ask,
)
from apps.portal.selectors.work import Need, done, my_cases, needs, open_count, waiting

__all__ = [
    "KINDS_WITH_PAGES",
    "REPORTS",
    "Home",
    "Need",
    "Saved",
    "StageRow",
    "address",
    "at_home",
    "default_address",
    "done",
    "my_cases",
    "needs",
    "open_count",
    "page_of",
    "report",
    "saved_view",
    "saved_views",
    "stage_rows",
    "teams_of",
    "waiting",
    "whom_to_ask",
]
