"""Reading what people were told, how they want to be told, and where else it is sent."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.notifications.events import EVENTS, Event
from apps.notifications.models import Delivery, Notification, Preference, WebhookEndpoint, WebhookSecret


def inbox(*, viewer: Viewer) -> QuerySet[Notification]:
    """What `viewer` was told in the portal and may still see, newest first."""
    return Notification.objects.visible_to(viewer).filter(in_app=True).order_by("-created_at")


def notification(notification_id: UUID, *, viewer: Viewer) -> Notification:
    """One of the viewer's own; raises NotFoundError."""
    found = inbox(viewer=viewer).filter(pk=notification_id).first()
    if found is None:
        raise NotFoundError("There is no such notification.")
    return found


def unread(*, viewer: Viewer) -> int:
    """How many of them are unread; 100 stands for more."""
    return len(inbox(viewer=viewer).filter(read_at=None).order_by()[:100].values_list("pk"))


@dataclass(frozen=True)
class Choice:
    """How a person is told of one event."""

    event: Event
    in_app: bool
    mail: str


def choices(person: User) -> list[Choice]:
    """For every event, what the person chose, or else what is usual."""
    chosen = {row.event: row for row in Preference.objects.filter(person=person)}
    rows = [(event, chosen.get(event.name, event)) for event in EVENTS.values()]
    return [Choice(event, row.in_app, row.mail) for event, row in rows]


def webhooks(*, viewer: Viewer) -> QuerySet[WebhookEndpoint]:
    """The webhooks and channels `viewer` may see."""
    return (
        WebhookEndpoint.objects.visible_to(viewer).select_related("team", "created_by").order_by("name", "created_at")
    )


def webhook(webhook_id: UUID, *, viewer: Viewer) -> WebhookEndpoint:
    """One webhook or channel; raises NotFoundError, also when it is not visible."""
    found = webhooks(viewer=viewer).prefetch_related("secrets").filter(pk=webhook_id).first()
    if found is None:
        raise NotFoundError("There is no such webhook, or you may not see it.")
    return found


def secret(secret_id: UUID, *, endpoint: WebhookEndpoint) -> WebhookSecret:
    """One secret of that endpoint; raises NotFoundError."""
    found = endpoint.secrets.filter(pk=secret_id).first()
    if found is None:
        raise NotFoundError("There is no such secret.")
    return found


def deliveries(endpoint: WebhookEndpoint) -> QuerySet[Delivery]:
    """The messages to an endpoint that the caller has found by `webhook`, newest first."""
    return Delivery.objects.filter(endpoint=endpoint).order_by("-created_at")


def delivery(delivery_id: UUID, *, endpoint: WebhookEndpoint) -> Delivery:
    """One message to that endpoint; raises NotFoundError."""
    found = deliveries(endpoint).filter(pk=delivery_id).first()
    if found is None:
        raise NotFoundError("There is no such message.")
    return found


def any_webhook(webhook_id: UUID | str) -> WebhookEndpoint | None:
    """The endpoint for the portal itself, whoever may see it; None once it is gone."""
    return WebhookEndpoint.objects.select_related("team").filter(pk=webhook_id).first()
