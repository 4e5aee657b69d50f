"""App registration."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages across apps: home, search, and the table of reactions to events."""

    name = "apps.portal"
