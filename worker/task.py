"""The one decorator of all tasks."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import close_old_connections

from worker.celery import app
from worker.routing import DOORBELLS

F = TypeVar("F", bound=Callable[..., Any])


def answers(doorbell: str) -> Callable[[F], F]:
    """Register a function as the task behind `doorbell`: ids in, one verb, safe to run twice."""

    def register(function: F) -> F:
        def run(**ids: str) -> None:
            close_old_connections()
            try:
                function(**ids)
            finally:
                close_old_connections()

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        app.task(name=DOORBELLS[doorbell].task, ignore_result=True)(run)
        return function

    return register
