"""The Celery application. A message is only a hint: it is acknowledged early, PostgreSQL holds the truth."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, setup_logging, worker_process_shutdown, worker_shutting_down

from coe_portal.operations import tracing
from worker.engines import stopping
from worker.queues import CPU, QUEUES
from worker.schedule import SCHEDULE

# Set before the app is made: Celery then loads Django itself, once before the pool forks.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coe_portal.settings.dev")

app = Celery(
    "coe_portal",
    include=[
        "worker.tasks.accounts",
        "worker.tasks.audit",
        "worker.tasks.compute",
        "worker.tasks.core",
        "worker.tasks.notifications",
        "worker.tasks.outbox",
        "worker.tasks.reviews",
        "worker.tasks.usecases",
    ],
)
app.conf.update(
    broker_url=os.environ.get("CELERY_BROKER_URL", "redis://127.0.0.1:6379/0"),
    broker_connection_retry_on_startup=True,
    # No retry on publishing: a page must not wait for a broker that is down, beat rings again.
    broker_transport_options={
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        "health_check_interval": 10,
        "max_retries": 0,
    },
    task_queues=QUEUES,
    task_default_queue=CPU,
    task_create_missing_queues=False,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # The lease in PostgreSQL recovers a lost worker's job; late acknowledgement would only deliver it twice.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    # A run outlives a broker restart; its lease guards it.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    beat_schedule=SCHEDULE,
    timezone="UTC",
)


@setup_logging.connect  # type: ignore[untyped-decorator]  # celery is untyped
def _keep_django_logging(**_: Any) -> None:
    """Celery leaves logging alone: the site's settings decide."""


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # celery is untyped
def _hand_jobs_back(**_: Any) -> None:
    """On SIGTERM or SIGINT: Celery waits for running tasks, so these must end, and their jobs go to another worker."""
    stopping.ask()


@heartbeat_sent.connect  # type: ignore[untyped-decorator]  # celery is untyped
def _tell_that_it_lives(**_: Any) -> None:
    """Note when this worker last spoke, for /readyz and /metrics."""
    from coe_portal.operations import heartbeats  # needs settings, which Celery loads with the app

    heartbeats.beat(list(app.amqp.queues.consume_from), now=time.monotonic())


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]  # celery is untyped
def _send_the_last_spans(**_: Any) -> None:
    """A pool process ends without the usual clearing up."""
    tracing.flush()
