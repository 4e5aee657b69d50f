"""Which task answers which doorbell, and where it waits unless the ringer names a queue."""

from typing import NamedTuple

from worker.queues import CPU, GPU


class Bell(NamedTuple):
    """A task's name and its usual queue."""

    task: str
    queue: str


DOORBELLS = {
    "compute.work": Bell("compute.work", GPU),
    "compute.ring_again": Bell("compute.ring_again", CPU),
    "outbox.drain": Bell("outbox.drain", CPU),
    "accounts.warn_of_expiring": Bell("accounts.warn_of_expiring", CPU),
    "accounts.forget_sessions": Bell("accounts.forget_sessions", CPU),
    "core.forget_replies": Bell("core.forget_replies", CPU),
    "notifications.deliver": Bell("notifications.deliver", CPU),
    "notifications.write_to": Bell("notifications.write_to", CPU),
    "notifications.ring_again": Bell("notifications.ring_again", CPU),
    "notifications.tidy": Bell("notifications.tidy", CPU),
    "audit.verify": Bell("audit.verify", CPU),
    "reviews.remind": Bell("reviews.remind", CPU),
    "usecases.keep_current": Bell("usecases.keep_current", CPU),
    "usecases.remind_of_reviews": Bell("usecases.remind_of_reviews", CPU),
}
