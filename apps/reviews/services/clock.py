"""The clock of reviews: who is reminded, what is escalated, and whose turn a step has become."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.outbox import services as outbox
from apps.reviews import rules, selectors
from apps.reviews.models import Condition, LaneStep
from apps.reviews.services.requests import locked, turn


def remind(*, on: datetime) -> None:
    """Remind once 80 % of a lane's or condition's time is gone, escalate once it is over, and see whose turn steps are.

    Each is done in a transaction of its own, and once: asked again, nothing happens twice.
    """
    for step in list(selectors.unsettled_steps()):
        _look_at(step, on)
    for key in list(selectors.open_conditions().values_list("pk", flat=True)):
        _look_at_condition(key, on)


@transaction.atomic
def _look_at(step: LaneStep, on: datetime) -> None:
    via = selectors.pool(step.lane, step.request).via
    if via == step.via and not _late(step, on):
        return
    locked(step.request_id)
    fresh = selectors.open_steps().filter(pk=step.pk).first()
    if fresh is not None:
        turn(fresh, to=via)
        _tell_if_late(fresh, on)


def _late(row: LaneStep | Condition, on: datetime) -> str:
    opened, due = (
        (row.opened_at, row.due_at) if isinstance(row, LaneStep) else (row.created_at, rules.end_of_day(row.due_on))
    )
    return rules.late(
        opened=opened, due=due, on=on, reminded=row.reminded_at is not None, escalated=row.escalated_at is not None
    )


def _tell_if_late(step: LaneStep, on: datetime) -> None:
    late = _late(step, on)
    if not late:
        return
    facts = {"review": str(step.request_id), "lane": step.lane}
    _note(step, late, on)
    if late == rules.OVERDUE:
        outbox.publish("review.escalated", **facts, why=late)
    else:
        outbox.publish("review.reminded", **facts)


def _note(row: LaneStep | Condition, late: str, on: datetime) -> None:
    if late == rules.OVERDUE:
        row.escalated_at = on
    else:
        row.reminded_at = on
    row.save(update_fields=["reminded_at", "escalated_at", "updated_at"])


@transaction.atomic
def _look_at_condition(key: UUID, on: datetime) -> None:
    condition = Condition.objects.select_for_update(no_key=True, of=("self",)).get(pk=key)
    late = _late(condition, on)
    # What was handed in is its verifier's turn: its owner need not be reminded of it.
    if not late or condition.verified_at or (condition.handed_in_at and late == rules.DUE_SOON):
        return
    _note(condition, late, on)
    outbox.publish("review.condition_due", condition=str(key), late=late)
