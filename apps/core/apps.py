"""App registration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Shared ground under every app."""

    name = "apps.core"
