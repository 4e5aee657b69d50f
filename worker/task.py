"""The one decorator of all tasks."""

from collections.abc import Callable
from typing import Any, TypeVar

from worker.celery import app
from worker.routing import DOORBELLS

F = TypeVar("F", bound=Callable[..., Any])


def answers(doorbell: str) -> Callable[[F], F]:
    """Register a function as the task behind `doorbell`: ids in, one verb, safe to run twice."""

    def register(function: F) -> F:
        app.task(name=DOORBELLS[doorbell].task)(function)
        return function

    return register
