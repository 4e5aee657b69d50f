"""Running verbs at the same moment, each on a connection of its own, and verbs whose transaction fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model

from apps.core import rows

_SECONDS = 30.0
_WAITING = """
    SELECT count(DISTINCT waiting.pid) FROM pg_locks waiting JOIN pg_locks held USING (pid)
    JOIN pg_database ON pg_database.oid = held.database
    WHERE NOT waiting.granted AND datname = current_database()"""


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """What each verb returned, or the exception it raised, in order; all of them start together."""
    start = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        try:
            start.wait(_SECONDS)
            return verb()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [future.result(_SECONDS) for future in [pool.submit(run, verb) for verb in verbs]]


def meeting_at(row: Model, *verbs: Callable[[], Any]) -> list[Any]:
    """As `at_once`, of verbs that lock `row`: none goes on before all of them wait for it, so that they surely meet."""

    def run(verb: Callable[[], Any]) -> Any:
        try:
            return verb()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        with transaction.atomic():
            rows.lock(row)
            begun = [pool.submit(run, verb) for verb in verbs]
            _wait_for(len(verbs))
        return [future.result(_SECONDS) for future in begun]


def _wait_for(waiting: int) -> None:
    """Wait until so many others wait for locks."""
    end = monotonic() + _SECONDS
    with connection.cursor() as cursor:
        while monotonic() < end:
            cursor.execute(_WAITING)
            if cursor.fetchone() == (waiting,):
                return
            sleep(0.01)
    raise TimeoutError(f"No {waiting} verbs wait for the row.")


def rolled_back(*verbs: Callable[[], Any]) -> None:
    """Run the verbs in one transaction that fails afterwards."""

    def fail() -> None:
        with transaction.atomic():
            for verb in verbs:
                verb()
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        fail()
