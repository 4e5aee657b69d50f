"""The admin site: the review desk for everyone with a review lane, the rest for staff."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


class Desk(AdminSite):
    """Holding a lane's role opens the door; each admin page decides itself what lies behind it."""

    site_header = site_title = "CoE Portal"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and active people with a lane."""
        from apps.reviews import selectors  # the app registry must be ready first

        return super().has_permission(request) or bool(selectors.lanes_of(request.user))


class DeskConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "coe_portal.desk.Desk"
