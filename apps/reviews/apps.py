"""App registration."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Review requests, lanes and decisions over a frozen revision; ignorant of what is reviewed."""

    name = "apps.reviews"
