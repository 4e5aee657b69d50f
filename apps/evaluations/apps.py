"""App registration."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """Datasets, runs, scorers and the evidence a run yields; never talks to a model itself."""

    name = "apps.evaluations"

    def ready(self) -> None:
        """Make this app's things searchable."""
        from apps.evaluations import selectors  # the app registry must be ready first
        from apps.search import registry

        registry.register(selectors.search_index())
