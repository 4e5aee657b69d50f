"""Whether this process lives (`/healthz`), and whether it can serve (`/readyz`): cheap, public, and without secrets."""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from coe_portal.operations import heartbeats

logger = structlog.get_logger(__name__)
# Seconds for which one answer serves everybody: asking often must not cost the site anything.
_FRESH_SECONDS = 2.0
_BROKER_SECONDS = 2.0
_NO_STORE = {"Cache-Control": "no-store"}


class NotReadyError(Exception):
    """Why the site cannot serve, in words for operators."""


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; it asks nobody else."""
    return HttpResponse("alive\n", content_type="text/plain", headers=_NO_STORE)


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where pages can be served, 503 with the reasons otherwise."""
    report = state.report()
    return JsonResponse(report, status=200 if report["ready"] else 503, headers=_NO_STORE)


class State:
    """The newest report and how long it serves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._report: dict[str, Any] = {}
        self._migrated = False

    def report(self) -> dict[str, Any]:
        """`ready`, `checks` (name → "ok" or why not), and `workers` (queue → seconds since one spoke)."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._report = self._look()
                self._until = time.monotonic() + _FRESH_SECONDS
            return self._report

    def forget(self) -> None:
        """Look anew next time."""
        self._until, self._migrated = 0.0, False

    def _look(self) -> dict[str, Any]:
        checks = {"database": _said(_database)}
        checks["migrations"] = _said(self._migrations) if checks["database"] == "ok" else "not asked: no database"
        checks["broker"] = _said(_broker)
        ready = all(answer == "ok" for answer in checks.values())
        return {"ready": ready, "checks": checks, "workers": _workers()}

    def _migrations(self) -> None:
        if self._migrated:  # this code's migrations do not become unapplied while it runs
            return
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            first = f"{missing[0][0].app_label}.{missing[0][0].name}"
            raise NotReadyError(f"{len(missing)} migrations are not applied, first {first}: run `manage.py migrate`.")
        self._migrated = True


def _said(check: Callable[[], None]) -> str:
    try:
        check()
    except NotReadyError as reason:
        return str(reason)
    return "ok"


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("the database does not answer", error=type(error).__name__)
        connection.close()
        raise NotReadyError("The database does not answer; the log has the kind of error.") from error


def _broker() -> None:
    from worker.celery import app  # the workers import this package

    try:
        with app.connection_for_write(connect_timeout=_BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=0, timeout=_BROKER_SECONDS)
    except (OperationalError, OSError) as error:
        logger.warning("the broker does not answer", error=type(error).__name__)
        raise NotReadyError("The broker does not answer: work waits in the database until it does.") from error


def _workers() -> dict[str, str]:
    """In words, for people; information, since pages need no worker."""
    if not heartbeats.is_shared():
        return {"note": "unknown: workers and web share no cache (COE_CACHE_URL)"}
    words = {queue: f"{age:.0f} s ago" if age is not None else "silent" for queue, age in heartbeats.ages().items()}
    return {queue: f"heartbeat {said}" if said != "silent" else "no heartbeat" for queue, said in words.items()}


state = State()
