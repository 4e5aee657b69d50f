"""App registration."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people, team channels and other systems what happened; ignorant of what it happened to."""

    name = "apps.notifications"

    def ready(self) -> None:
        """Forget with the accounts who somebody was."""
        from apps.accounts import services as accounts  # models are loaded by now
        from apps.notifications import services

        accounts.on_erasure(services.forget_person)
