"""App registration."""

from django.apps import AppConfig


class EgressConfig(AppConfig):
    """Permissions for outgoing calls as rows, and secrets under a key ring; makes no call itself."""

    name = "apps.egress"

    def ready(self) -> None:
        """Add the rows to what the client asks, and let it read stored secrets."""
        from apps.core.egress import sources  # the app registry must be ready first
        from apps.egress import selectors, vault

        sources.register(selectors.permits)
        sources.register_store(vault.reveal)
