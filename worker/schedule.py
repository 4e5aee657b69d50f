"""What beat rings by itself. Each message expires before its successor, so a stopped worker finds no heap of them."""

from typing import Any

from worker.routing import DOORBELLS

_EVERY_SECONDS = {"compute.ring_again": 3.0, "outbox.drain": 5.0}

SCHEDULE: dict[str, Any] = {
    name: {
        "task": DOORBELLS[name].task,
        "schedule": seconds,
        "options": {"queue": DOORBELLS[name].queue, "expires": seconds},
    }
    for name, seconds in _EVERY_SECONDS.items()
}
