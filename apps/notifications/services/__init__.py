"""Telling people, writing to them, and sending to other systems and channels."""

from apps.notifications.services.announcing import Notice, announce
from apps.notifications.services.deliveries import deliver, replay, ring_again, tidy
from apps.notifications.services.inbox import choose, forget_person, mark_all_read, mark_read
from apps.notifications.services.mails import write_to
from apps.notifications.services.viewers import before_leaving, everybody_of, portal
from apps.notifications.services.webhooks import (
    Created,
    add_secret,
    add_webhook,
    amend_webhook,
    change_webhook,
    check_may_add_some,
    check_may_manage,
    disable,
    drop_secret,
    enable,
    may_add_some,
    may_manage,
    remove_webhook,
)

__all__ = [
    "Created",
    "Notice",
    "add_secret",
    "add_webhook",
    "amend_webhook",
    "announce",
    "before_leaving",
    "change_webhook",
    "check_may_add_some",
    "check_may_manage",
    "choose",
    "deliver",
    "disable",
    "drop_secret",
    "enable",
    "everybody_of",
    "forget_person",
    "mark_all_read",
    "mark_read",
    "may_add_some",
    "may_manage",
    "portal",
    "remove_webhook",
    "replay",
    "ring_again",
    "tidy",
    "write_to",
]
