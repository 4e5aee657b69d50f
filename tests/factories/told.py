"""Notices, webhooks and channels."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from apps.accounts.models import Audience, Role, Team, User
from apps.core.refs import Ref
from apps.notifications import services
from apps.notifications.events import PUBLIC
from apps.notifications.models import Delivery, WebhookKind
from apps.notifications.services import Created, Notice
from apps.usecases.models import UseCase
from tests.factories.people import person

_numbers = count(1)


def webhook(
    address: str,
    *,
    team: Team | None = None,
    kind: WebhookKind = WebhookKind.SIGNED,
    by: User | None = None,
    events: tuple[str, ...] = PUBLIC,
) -> Created:
    """A webhook or channel, added by an administrator."""
    by = by or person(Role.ADMINISTRATOR)
    name = f"Webhook {next(_numbers)}"
    return services.add_webhook(name=name, kind=kind, team=team, address=address, events=events, by=by)


def notice(subject: Ref | None, *, event: str = "use_case.changed", key: str = "", title: str = "It changed") -> Notice:
    """Something that happened."""
    return Notice(event, key or f"key-{next(_numbers)}", title, "/use-cases/", subject, None, {"id": "1"})


def happen(subject: Any, **options: Any) -> list[Delivery]:
    """Something happens; the messages that are to be sent."""
    made = notice(subject, **options)
    services.announce(made, to={})
    return list(Delivery.objects.filter(key=made.key).order_by("created_at"))


def due_now() -> None:
    """Let every message be due."""
    Delivery.objects.exclude(next_at=None).update(next_at=timezone.now() - timedelta(seconds=1))


def send(row: Delivery) -> Delivery:
    """Try once; the message as it is then."""
    due_now()
    services.deliver(delivery_id=row.pk)
    row.refresh_from_db()
    return row


def restricted(case: UseCase, ours: Team) -> UseCase:
    """The case, which only the team may see from now on."""
    UseCase.objects.filter(pk=case.pk).update(team=ours, audience=Audience.TEAM)
    return case
