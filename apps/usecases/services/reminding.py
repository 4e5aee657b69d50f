"""Reminding of reviews that cases which came here in operation must have by a day."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from apps.outbox import services as outbox
from apps.usecases import selectors
from apps.usecases.models import UseCase

REMIND_BEFORE = timedelta(days=14)
# So many days a reminder is made up for, where nobody asked for it on its own day.
_LATE = timedelta(days=3)


@transaction.atomic
def remind_of_reviews(*, on: date) -> int:
    """Publish `use_case.review_due` 14 days before an uncleared case must be reviewed, and on the day; for how many.

    It is published again on the days after, so that a pause loses none: people are told once of each, by its key.
    `late` is "yes" once the day has passed, "today" on it, else "". Where a review is open, nobody need submit one.
    """
    soon, now = on + REMIND_BEFORE, on
    days = Q(review_due_on__range=(soon - _LATE, soon)) | Q(review_due_on__range=(now - _LATE, now))
    uncleared = selectors.with_latest(selectors.uncleared(UseCase.objects.filter(days)))
    waiting = list(uncleared.filter(Q(is_under_way=False)).order_by("number"))
    for case in waiting:
        day = str(case.review_due_on)
        late = "yes" if day < str(on) else "today" if day == str(on) else ""
        outbox.publish("use_case.review_due", use_case=str(case.pk), day=day, late=late)
    return len(waiting)
