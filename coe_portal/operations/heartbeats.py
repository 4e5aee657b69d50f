"""When a worker of each queue last spoke, kept in the shared cache: information, on which nothing depends."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache

_KEY, _KEPT_SECONDS, _EVERY_SECONDS = "operations.heartbeat.{}", 24 * 60 * 60, 10.0
_last_beat = 0.0


def is_shared() -> bool:
    """Whether the cache is one that workers and web share."""
    return "locmem" not in str(settings.CACHES["default"]["BACKEND"])


def beat(queues: list[str], *, now: float) -> None:
    """Note that a worker of these queues lives; at most every few seconds, called from its own loop."""
    global _last_beat
    if now - _last_beat < _EVERY_SECONDS:
        return
    _last_beat = now
    cache.set_many({_KEY.format(queue): time.time() for queue in queues}, _KEPT_SECONDS)


def ages() -> dict[str, float | None]:
    """Seconds since a worker of each queue spoke; None where none did within a day, {} without a shared cache."""
    from worker.queues import QUEUES  # the workers import this module

    if not is_shared():
        return {}
    kept: dict[str, Any] = cache.get_many([_KEY.format(queue.name) for queue in QUEUES])
    spoken = {queue.name: kept.get(_KEY.format(queue.name)) for queue in QUEUES}
    return {name: None if at is None else round(max(0.0, time.time() - float(at)), 1) for name, at in spoken.items()}
