"""App registration."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Model endpoints that can be called, and recorded answers; never calls one itself."""

    name = "apps.catalog"

    def ready(self) -> None:
        """Make this app's things searchable."""
        from apps.catalog import selectors  # the app registry must be ready first
        from apps.search import registry

        registry.register(selectors.search_index())
