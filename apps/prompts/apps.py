"""App registration."""

from django.apps import AppConfig


class PromptsConfig(AppConfig):
    """Prompts, their immutable versions, labels and rendering."""

    name = "apps.prompts"

    def ready(self) -> None:
        """Make this app's things known and searchable."""
        from apps.accounts import kinds  # the app registry must be ready first
        from apps.prompts import selectors
        from apps.search import registry

        for kind in selectors.kinds():
            kinds.register(kind)
        registry.register(selectors.search_index())
