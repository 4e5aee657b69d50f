"""App registration."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Model endpoints that can be called, and recorded answers; never calls one itself."""

    name = "apps.catalog"

    def ready(self) -> None:
        """Make this app's things known and searchable."""
        from apps.accounts import kinds  # the app registry must be ready first
        from apps.catalog import selectors
        from apps.search import registry

        kinds.register(selectors.kind())
        registry.register(selectors.search_index())
