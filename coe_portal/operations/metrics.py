"""What Prometheus reads at `/metrics`: requests of this process, and the work that waits, as PostgreSQL knows it.

Labels are names from the code (routes, methods, queues, states), never what people typed. With several web processes
on one address set PROMETHEUS_MULTIPROC_DIR to an empty folder they share: each answer then speaks for all of them.
"""

import hmac
import ipaddress
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.signals import user_login_failed
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from apps.compute import selectors as compute
from apps.outbox import selectors as outbox
from apps.reviews import selectors as reviews
from coe_portal.operations import heartbeats

logger = structlog.get_logger(__name__)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
# Seconds for which figures of the database serve every scraper.
_FRESH_SECONDS = 5.0

_requests = Counter("coe_http_requests", "Answered requests.", ["route", "method", "status"])
_seconds = Histogram("coe_http_request_seconds", "Time to the first byte.", ["route", "method"], buckets=_BUCKETS)
_in_flight = Gauge("coe_http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum")
_refused = Counter("coe_failed_sign_ins", "Names and passwords that were refused.")


@contextmanager
def in_flight() -> Iterator[None]:
    """Count a request while it is answered."""
    _in_flight.inc()
    try:
        yield
    finally:
        _in_flight.dec()


def observe(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request; `status` is kept as its class, such as 2xx."""
    _requests.labels(route, method, f"{status // 100}xx").inc()
    _seconds.labels(route, method).observe(seconds)


def listen() -> None:
    """Count refused sign-ins, whichever door they came to."""
    user_login_failed.connect(_count_refusal, dispatch_uid="coe_portal.operations.metrics")


def _count_refusal(**_: Any) -> None:
    _refused.inc()


class Facts:
    """What the database knows about waiting work; asked at most every few seconds, however many scrape."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def collect(self) -> Iterable[Metric]:
        """The figures; `coe_database_up` alone says 0 where there is no database."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = _facts()
                self._until = time.monotonic() + _FRESH_SECONDS
            return list(self._kept)

    def forget(self) -> None:
        """Ask anew next time."""
        self._until = 0.0


def _facts() -> list[Metric]:
    up = GaugeMetricFamily("coe_database_up", "Whether the database answers.", value=1)
    try:
        return [up, *_jobs(), *_outbox(), *_reviews(), *_workers()]
    except DatabaseError as error:
        logger.warning("metrics without the database", error=type(error).__name__)
        connection.close()
        return [GaugeMetricFamily("coe_database_up", "Whether the database answers.", value=0)]


def _jobs() -> Iterator[Metric]:
    states = GaugeMetricFamily("coe_jobs", "Jobs by queue and state.", labels=["queue", "state"])
    for (queue, state), count in compute.jobs_by_state().items():
        states.add_metric([queue, state], count)
    oldest = GaugeMetricFamily("coe_job_oldest_queued_seconds", "Age of the oldest job that waits.", labels=["queue"])
    for queue, seconds in compute.oldest_queued().items():
        oldest.add_metric([queue], seconds)
    lost = GaugeMetricFamily("coe_leases_lost", "Attempts whose worker died.", value=compute.leases_lost())
    yield from (states, oldest, lost)


def _outbox() -> Iterator[Metric]:
    waiting = outbox.backlog()
    yield GaugeMetricFamily("coe_outbox_waiting", "Events whose reactions are to come.", value=waiting.events)
    yield GaugeMetricFamily("coe_outbox_failing", "Those that failed at least once.", value=waiting.failing)
    yield GaugeMetricFamily("coe_outbox_lag_seconds", "Age of the oldest.", value=waiting.oldest_seconds)


def _reviews() -> Iterator[Metric]:
    waiting = reviews.queue()
    yield GaugeMetricFamily("coe_reviews_open", "Requests that wait for decisions.", value=waiting.requests)
    yield GaugeMetricFamily("coe_review_oldest_seconds", "Age of the oldest.", value=waiting.oldest_seconds)


def _workers() -> Iterator[Metric]:
    ages = GaugeMetricFamily("coe_worker_heartbeat_seconds", "Since a worker last spoke.", labels=["queue"])
    for queue, seconds in heartbeats.ages().items():
        if seconds is not None:
            ages.add_metric([queue], seconds)
    yield ages


facts = Facts()
_database = CollectorRegistry(auto_describe=False)


def _text() -> bytes:
    if not _database._collector_to_names:
        _database.register(facts)  # registering asks for the figures once, so not while modules are loaded
    processes: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        processes = CollectorRegistry()
        MultiProcessCollector(processes)  # type: ignore[no-untyped-call]  # it is untyped
    return generate_latest(processes) + generate_latest(_database)


@login_not_required
@require_safe
def exposition(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever holds the token or asks from a permitted address; to all others there is nothing."""
    if not is_permitted(request):
        return HttpResponse("There is nothing here.\n", content_type="text/plain", status=404)
    return HttpResponse(_text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def is_permitted(request: HttpRequest) -> bool:
    """Whether the bearer token is right, or the caller's own address is in METRICS_ALLOWED.

    An address says nothing where proxies are not counted but one stands in front: it is then the proxy's.
    """
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}" if settings.METRICS_TOKEN else ""
    if wanted and hmac.compare_digest(given.encode(), wanted.encode()):
        return True
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return not (forwarded and not settings.PROXIES) and _is_near(request.META.get("REMOTE_ADDR", ""))


def _is_near(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in settings.METRICS_ALLOWED)
