"""App registration: no models, only commands and signals."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Health, metrics, logs, traces, backup and restore."""

    name = "coe_portal.operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        """Count refused sign-ins from now on."""
        from coe_portal.operations import metrics  # speaks to signals of apps that must be loaded first

        metrics.listen()
