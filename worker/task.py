"""The one decorator of all tasks."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from celery import current_task

from apps.audit import services as audit
from coe_portal.operations import jobs
from worker.celery import app
from worker.routing import DOORBELLS

F = TypeVar("F", bound=Callable[..., Any])


def answers(doorbell: str) -> Callable[[F], F]:
    """Register a function as the task behind `doorbell`: ids in, one verb, safe to run twice."""

    def register(function: F) -> F:
        @functools.wraps(function)
        def watched(**ids: Any) -> Any:
            headers = current_task.request.headers if current_task else None
            with jobs.watched(doorbell, ids, headers), audit.acting(task=doorbell, **ids):
                return function(**ids)

        app.task(name=DOORBELLS[doorbell].task)(watched)
        return cast(F, watched)

    return register
