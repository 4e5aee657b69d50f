"""What a person does with what they were told, and how they choose to be told."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import InvalidError
from apps.notifications.events import EVENTS
from apps.notifications.models import Delivery, Mail, Notification, Preference


@transaction.atomic
def mark_read(notification: Notification, *, by: User) -> None:
    """Note that its person has read it; nobody else can. Reading is no business of the trail."""
    Notification.objects.filter(pk=notification.pk, person=by, read_at=None).update(read_at=timezone.now())


@transaction.atomic
def mark_all_read(*, by: User) -> int:
    """Note that the person has read everything; returns how many were unread."""
    return Notification.objects.filter(person=by, read_at=None).update(read_at=timezone.now())


@transaction.atomic
def choose(*, by: User, choices: Mapping[str, tuple[bool, str]]) -> None:
    """Set how `by` is told of events: name → (in the portal, mail). Raises InvalidError."""
    if unknown := choices.keys() - EVENTS.keys():
        raise InvalidError(f"There is no event {sorted(unknown)[0]}.")
    if any(mail not in Mail.values for _, mail in choices.values()):
        raise InvalidError(f"Choose {', '.join(Mail.values)} for mail.")
    for event, (in_app, mail) in choices.items():
        Preference.objects.update_or_create(person=by, event=event, defaults={"in_app": in_app, "mail": mail})


@transaction.atomic
def forget_person(person: User) -> None:
    """Drop what the person was told, and every notification and message to elsewhere that names them."""
    Notification.objects.filter(Q(person=person) | Q(named=person.pk)).delete()
    Preference.objects.filter(person=person).delete()
    Delivery.objects.filter(named=person.pk).delete()
