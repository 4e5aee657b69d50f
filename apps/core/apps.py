"""App registration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Shared ground under every app."""

    name = "apps.core"

    def ready(self) -> None:
        """Refuse to start with a rate that cannot be read. Raises ImproperlyConfigured."""
        from django.conf import settings  # before apps are loaded, nothing may ask for them
        from django.core.exceptions import ImproperlyConfigured

        from apps.core import rates

        for scope, rate in settings.API_RATES.items():
            try:
                rates.parsed(rate)
            except ValueError as error:
                raise ImproperlyConfigured(f"COE_RATE_{scope.upper()}: {error}") from None
