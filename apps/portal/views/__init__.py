"""The portal's own pages."""

from apps.portal.views.account import password, profile
from apps.portal.views.errors import bad_request, csrf_failure, forbidden, not_found, server_error
from apps.portal.views.finding import choices, go, search
from apps.portal.views.guide import gallery, keyboard
from apps.portal.views.reports import report_values, reports
from apps.portal.views.saved_views import default_view, delete_view, save_view, saved_views
from apps.portal.views.work import home, my_work

__all__ = [
    "bad_request",
    "choices",
    "csrf_failure",
    "default_view",
    "delete_view",
    "forbidden",
    "gallery",
    "go",
    "home",
    "keyboard",
    "my_work",
    "not_found",
    "password",
    "profile",
    "report_values",
    "reports",
    "save_view",
    "saved_views",
    "search",
    "server_error",
]
