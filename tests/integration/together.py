"""Running verbs at the same moment, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

_SECONDS = 30.0


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
