"""App registration."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Durable events, written in the business transaction and drained by the worker; knows no subscriber."""

    name = "apps.outbox"
