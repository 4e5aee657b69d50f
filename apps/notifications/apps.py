"""App registration."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people, team channels and other systems what happened; ignorant of what it happened to."""

    name = "apps.notifications"
