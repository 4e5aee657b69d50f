"""What beat rings by itself. Each message expires before its successor, so a stopped worker finds no heap of them."""

from typing import Any

from celery.schedules import crontab

from worker.routing import DOORBELLS

_EVERY_SECONDS = {
    "compute.ring_again": 3.0,
    "outbox.drain": 5.0,
    "core.forget_replies": 3600.0,
    "accounts.forget_sessions": 3600.0,
    # Digests too: each has its own time of the day, and is late rather than lost when beat was down then.
    "notifications.ring_again": 5.0,
    "notifications.tidy": 86_400.0,
    "reviews.remind": 900.0,
}

SCHEDULE: dict[str, Any] = {
    name: {
        "task": DOORBELLS[name].task,
        "schedule": seconds,
        "options": {"queue": DOORBELLS[name].queue, "expires": seconds},
    }
    for name, seconds in _EVERY_SECONDS.items()
}
# By the clock: a pause of beat would push a day's interval ever further.
SCHEDULE["audit.verify"] = {
    "task": DOORBELLS["audit.verify"].task,
    "schedule": crontab(hour=2, minute=15),
    "options": {"queue": DOORBELLS["audit.verify"].queue, "expires": 3600.0},
}
SCHEDULE["accounts.warn_of_expiring"] = {
    "task": DOORBELLS["accounts.warn_of_expiring"].task,
    "schedule": crontab(hour=6, minute=30),
    "options": {"queue": DOORBELLS["accounts.warn_of_expiring"].queue, "expires": 3600.0},
}
SCHEDULE["usecases.keep_current"] = {
    "task": DOORBELLS["usecases.keep_current"].task,
    "schedule": crontab(hour=3, minute=15),
    "options": {"queue": DOORBELLS["usecases.keep_current"].queue, "expires": 3600.0},
}
SCHEDULE["usecases.remind_of_reviews"] = {
    "task": DOORBELLS["usecases.remind_of_reviews"].task,
    "schedule": crontab(hour=6, minute=45),
    "options": {"queue": DOORBELLS["usecases.remind_of_reviews"].queue, "expires": 3600.0},
}
