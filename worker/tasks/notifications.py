"""Doorbells of mails, webhooks and channels."""

from apps.notifications import services as notifications
from worker.task import answers


@answers("notifications.deliver")
def deliver(delivery_id: str) -> None:
    """Try once to send the message, if it is due."""
    notifications.deliver(delivery_id=delivery_id)


@answers("notifications.write_to")
def write_to(person_id: str) -> None:
    """Send the person the mails that are due."""
    notifications.write_to(person_id=person_id)


@answers("notifications.ring_again")
def ring_again() -> None:
    """Ring for messages, mails and digests whose time has come."""
    notifications.ring_again()


@answers("notifications.tidy")
def tidy() -> None:
    """Forget old messages."""
    notifications.tidy()
