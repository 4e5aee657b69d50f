"""Sending messages to webhooks and channels: signed, within 15 seconds, again and again for days, then no more."""

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import egress, jobs
from apps.core.errors import ConflictError
from apps.notifications import rules
from apps.notifications.events import EVENTS
from apps.notifications.models import Delivery, DeliveryState, Notification, WebhookEndpoint, WebhookKind
from apps.notifications.services import keeping
from apps.notifications.services.announcing import sees
from apps.notifications.services.viewers import everybody_of
from apps.notifications.services.webhooks import PURPOSE, check_may_manage, switch_off

SECONDS = 15.0
# Longer than a call may take: a worker that died while sending is followed by another after this long.
_CLAIMED_FOR = timedelta(minutes=1)
_MOST_RUNG = 200
_DELIVERIES_KEPT, _NOTIFICATIONS_KEPT = timedelta(days=30), timedelta(days=180)


def deliver(*, delivery_id: UUID | str) -> bool:
    """Try once to send the message, if it is due and nobody else is at it; returns whether it was taken."""
    row = _claim(delivery_id)
    if row is None:
        return False
    if not sees(everybody_of(row.endpoint.team), subject=row.subject):
        _end(row, DeliveryState.WITHHELD, "")
        return False
    # No transaction is open while the other side takes its time.
    answer, taken, gone = _send(row)
    if taken:
        _taken(row, answer)
    else:
        _failed(row, answer, gone=gone)
    return taken


@transaction.atomic
def _claim(delivery_id: UUID | str) -> Delivery | None:
    due = Delivery.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    now = timezone.now()
    row = due.filter(pk=delivery_id, next_at__lte=now, endpoint__disabled_at=None).first()
    if row is not None:
        row.attempts, row.last_at, row.next_at = row.attempts + 1, now, now + _CLAIMED_FOR
        row.save(update_fields=["attempts", "last_at", "next_at", "updated_at"])
    return row


def _send(row: Delivery) -> tuple[str, bool, bool]:
    """What came of it: the class of the answer, whether the message was taken, whether no more are wanted."""
    try:
        url, headers, body = _request(row)
        reply = egress.send("POST", url, headers=headers, body=body, purpose=PURPOSE, timeout=SECONDS)
    except (egress.RefusedError, egress.CredentialError):
        return "refused", False, False
    except egress.EgressError:
        return "unreachable", False, False
    return rules.answer_class(reply.status), rules.is_taken(reply.status), rules.is_gone(reply.status)


def _request(row: Delivery) -> tuple[str, dict[str, str], bytes]:
    endpoint = row.endpoint
    if endpoint.kind == WebhookKind.SIGNED:
        body = json.dumps(row.payload, separators=(",", ":"), ensure_ascii=False).encode()
        secrets = [keeping.reveal(secret.reference) for secret in endpoint.secrets.all()]
        if not secrets:
            raise egress.CredentialError("It has no secret to sign with.")
        # A replay is a message of its own: a receiver that drops repeated ids must take it.
        return endpoint.address, rules.signed(body, message=str(row.pk), at=timezone.now(), secrets=secrets), body
    words = rules.slack_message if endpoint.kind == WebhookKind.SLACK else rules.teams_message
    why = f"Sent because {endpoint.team or 'the organisation'} asked to hear: {EVENTS[row.event].public_label.lower()}."
    message = words(title=row.payload["data"]["title"], why=why, url=row.payload["data"]["url"])
    return keeping.reveal(endpoint.address_ref), {"content-type": "application/json"}, json.dumps(message).encode()


@transaction.atomic
def _end(row: Delivery, state: DeliveryState, answer: str) -> None:
    # By its key: the endpoint may have been removed meanwhile, and its messages with it.
    Delivery.objects.filter(pk=row.pk).update(state=state, answer=answer, next_at=None)


@transaction.atomic
def _taken(row: Delivery, answer: str) -> None:
    WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(failing_since=None)
    _end(row, DeliveryState.DELIVERED, answer)


@transaction.atomic
def _failed(row: Delivery, answer: str, *, gone: bool) -> None:
    now = timezone.now()
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=row.endpoint_id).first()
    if endpoint is None:
        return
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.save(update_fields=["failing_since", "updated_at"])
    _again(row, answer, now)
    if endpoint.is_on and (why := _why_off(row, endpoint.failing_since, now, gone)):
        switch_off(endpoint, why=why, by=None)


def _again(row: Delivery, answer: str, now: datetime) -> None:
    # Spreading in time needs no secret chance.
    pause = rules.pause(row.attempts, chance=random.random())  # noqa: S311
    if pause is None:
        _end(row, DeliveryState.FAILED, answer)
        return
    Delivery.objects.filter(pk=row.pk).update(answer=answer, next_at=now + pause)


def _why_off(row: Delivery, failing_since: datetime, now: datetime, gone: bool) -> str:
    if gone:
        return "The other side answered that it wants nothing more (410)."
    dead = rules.is_dead(failing_since=failing_since, attempts=row.attempts, on=now)
    return f"Nothing was taken there since {failing_since:%-d %B %Y}." if dead else ""


@transaction.atomic
def replay(delivery: Delivery, *, by: User) -> Delivery:
    """Send the same words again, as a new message. Raises NotAllowedError, ConflictError while switched off."""
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    check_may_manage(endpoint, by=by)
    if not endpoint.is_on:
        raise ConflictError("The webhook is switched off. Switch it on first.")
    row = Delivery.objects.create(
        endpoint=endpoint, event=delivery.event, key=delivery.key, subject_kind=delivery.subject_kind,
        subject_id=delivery.subject_id, payload=delivery.payload, named=delivery.named, next_at=timezone.now(),
        replay_of=delivery,
    )  # fmt: skip
    audit.record(action="webhook.replayed", subject=endpoint.subject, by=by, delivery=str(delivery.pk))
    jobs.ring("notifications.deliver", delivery_id=str(row.pk))
    return row


@transaction.atomic
def ring_again() -> int:
    """Ring for messages and mails that are due, at most so many at once; returns for how many."""
    now = timezone.now()
    due = Delivery.objects.filter(next_at__lte=now, endpoint__disabled_at=None).order_by("next_at")
    deliveries = [str(pk) for pk in due.values_list("pk", flat=True)[:_MOST_RUNG]]
    waiting = Notification.objects.filter(mail_due_at__lte=now).order_by("mail_due_at")
    people = _distinct(waiting.values_list("person_id", flat=True)[:_MOST_RUNG])
    for pk in deliveries:
        jobs.ring("notifications.deliver", delivery_id=pk)
    for pk in people:
        jobs.ring("notifications.write_to", person_id=pk)
    return len(deliveries) + len(people)


def _distinct(keys: Iterable[UUID]) -> list[str]:
    return list(dict.fromkeys(map(str, keys)))


@transaction.atomic
def tidy() -> int:
    """Forget old messages and what people were told long ago; returns how many rows. The trail keeps what matters."""
    now = timezone.now()
    old, _ = Delivery.objects.filter(created_at__lt=now - _DELIVERIES_KEPT, next_at=None).delete()
    read, _ = Notification.objects.filter(created_at__lt=now - _NOTIFICATIONS_KEPT, mail_due_at=None).delete()
    return old + read
