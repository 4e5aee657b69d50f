"""App registration."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Claims about a thing for one exact content hash; never decides what a claim is good for."""

    name = "apps.evidence"
