"""The admin site: the review desk for everyone with a review lane, the rest for staff."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

# The environment configures single sign-on; teams are the groups, and have pages.
_OTHERS = ("account", "auth", "socialaccount")


class Desk(AdminSite):
    """Holding a lane's role opens the door; each admin page decides itself what lies behind it."""

    site_header = site_title = "CoE Portal"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Django's, without what nobody would audit: allauth's sign-on and Django's groups."""
        models: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        ours = [model for model in models if model._meta.app_label not in _OTHERS]
        super().register(ours, admin_class, **options)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]  # a redirect
        """The portal's own page, which audits it."""
        return redirect("password")

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and active people with a lane."""
        from apps.reviews import selectors  # the app registry must be ready first

        return super().has_permission(request) or bool(selectors.lanes_of(request.user))


class DeskConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "coe_portal.desk.Desk"
