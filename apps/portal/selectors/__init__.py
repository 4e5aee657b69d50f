"""What the portal's own pages read across apps."""

from apps.portal.selectors.home import Home, at_home
from apps.portal.selectors.pages import page_of
from apps.portal.selectors.reports import REPORTS, report
from apps.portal.selectors.work import Need, done, my_cases, needs, open_count, waiting

__all__ = [
    "REPORTS",
    "Home",
    "Need",
    "at_home",
    "done",
    "my_cases",
    "needs",
    "open_count",
    "page_of",
    "report",
    "waiting",
]
