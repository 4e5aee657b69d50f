"""Doorbell of the reviews' clock."""

from django.utils import timezone

from apps.reviews import services as reviews
from worker.task import answers


@answers("reviews.remind")
def remind() -> None:
    """Remind, escalate, and see whose turn open steps are."""
    reviews.remind(on=timezone.now())
