"""App registration."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """Datasets, runs, scorers and the evidence a run yields; never talks to a model itself."""

    name = "apps.evaluations"

    def ready(self) -> None:
        """Make this app's things known and searchable."""
        from apps.accounts import kinds  # the app registry must be ready first
        from apps.evaluations import selectors
        from apps.search import registry
        from apps.usecases import registry as pinning

        for kind in selectors.kinds():
            kinds.register(kind)
        registry.register(selectors.search_index())
        pinning.register(selectors.pinnable())
