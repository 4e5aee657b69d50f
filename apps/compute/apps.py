"""App registration."""

from django.apps import AppConfig


class ComputeConfig(AppConfig):
    """Jobs, attempts and leases: who may work on what right now; ignorant of what the work is."""

    name = "apps.compute"
