"""App registration."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The append-only, hash-chained record of who did what to which thing; refuses any change of a written row."""

    name = "apps.audit"
