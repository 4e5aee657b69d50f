"""Ringing the worker: apps name a doorbell and ids, never a task or a broker."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class _Ring:
    doorbell: str
    ids: tuple[tuple[str, str], ...]
    queue: str | None

    def __call__(self) -> None:
        import_string(settings.DOORBELL)(self.doorbell, dict(self.ids), self.queue)


def ring(doorbell: str, *, queue: str | None = None, **ids: str) -> None:
    """Once the current transaction has committed, hint to the worker that `doorbell` has work.

    Ringing again for the same thing in one transaction rings once: an import of thousands is one hint.
    """
    bell = _Ring(doorbell, tuple(sorted(ids.items())), queue)
    if all(waiting != bell for _, waiting, *_ in connection.run_on_commit):
        transaction.on_commit(bell, robust=True)
