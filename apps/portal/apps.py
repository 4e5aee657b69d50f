"""App registration."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages across apps: home, search, and the table of reactions to events."""

    name = "apps.portal"

    def ready(self) -> None:
        """Tell the lists who records an export, what opens first, and whom to ask; and which things have pages."""
        from apps.core import details, lists  # models are loaded by now
        from apps.portal import selectors, services

        details.have_pages(selectors.KINDS_WITH_PAGES)
        lists.install(
            lists.Hooks(
                exported=services.record_export,
                opened=lambda request, page: selectors.default_address(request.user, page),
                ask=lambda request: selectors.whom_to_ask(request.user),
            )
        )
