"""App registration."""

from django.apps import AppConfig


class PromptsConfig(AppConfig):
    """Prompts, their immutable versions, labels and rendering."""

    name = "apps.prompts"

    def ready(self) -> None:
        """Make this app's things searchable."""
        from apps.prompts import selectors  # the app registry must be ready first
        from apps.search import registry

        registry.register(selectors.search_index())
