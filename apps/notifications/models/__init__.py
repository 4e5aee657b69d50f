"""What people were told and how they want to be told; where else it is sent, and every attempt at that."""

from apps.notifications.models.people import Mail, Notification, Preference
from apps.notifications.models.webhooks import Delivery, DeliveryState, WebhookEndpoint, WebhookKind, WebhookSecret

__all__ = [
    "Delivery",
    "DeliveryState",
    "Mail",
    "Notification",
    "Preference",
    "WebhookEndpoint",
    "WebhookKind",
    "WebhookSecret",
]
