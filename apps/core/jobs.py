"""Ringing the worker: apps name a doorbell and ids, never a task or a broker."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string


def ring(doorbell: str, *, queue: str | None = None, **ids: str) -> None:
    """Once the current transaction has committed, hint to the worker that `doorbell` has work."""
    transaction.on_commit(partial(import_string(settings.DOORBELL), doorbell, ids, queue), robust=True)
