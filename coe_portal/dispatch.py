"""The one place where a request of an app becomes a Celery message."""

import logging

from kombu.exceptions import OperationalError

from coe_portal.operations import jobs
from worker.celery import app
from worker.routing import DOORBELLS

logger = logging.getLogger(__name__)


def ring(doorbell: str, ids: dict[str, str], queue: str | None) -> None:
    """Publish a hint that there is work. A lost message is only a delay: PostgreSQL holds the truth."""
    bell = DOORBELLS[doorbell]
    try:
        app.send_task(
            bell.task, kwargs=ids, queue=queue or bell.queue, expires=600, retry=False, headers=jobs.luggage()
        )
    except OperationalError as error:
        logger.warning("The broker did not take %s: %s. Beat rings again.", doorbell, error)
