"""Doorbells of what keeps the registry current."""

from django.utils import timezone

from apps.usecases import services as usecases
from worker.task import answers


@answers("usecases.keep_current")
def keep_current() -> None:
    """Expire old approvals, weigh by new rules, and ask again."""
    usecases.keep_current(on=timezone.now())


@answers("usecases.remind_of_reviews")
def remind_of_reviews() -> None:
    """Remind owners and sponsors of reviews that are due by a day."""
    usecases.remind_of_reviews(on=timezone.now().date())
