"""App registration."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The append-only, hash-chained record of who did what to which thing; refuses any change of a written row."""

    name = "apps.audit"

    def ready(self) -> None:
        """Tell timelines what happened."""
        from apps.audit.selectors.moments import moments  # the app registry must be ready first
        from apps.core import timeline

        timeline.register(moments)
