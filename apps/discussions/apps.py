"""App registration."""

from django.apps import AppConfig


class DiscussionsConfig(AppConfig):
    """Comments on anything in the portal; ignorant of what they are about."""

    name = "apps.discussions"

    def ready(self) -> None:
        """Put comments into the timelines of what they are about."""
        from apps.core import timeline  # the app registry must be ready first
        from apps.discussions import selectors

        timeline.register(selectors.moments)
