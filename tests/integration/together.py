"""Running verbs at the same moment, each on a connection of its own, and verbs whose transaction fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

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


def rolled_back(*verbs: Callable[[], Any]) -> None:
    """Run the verbs in one transaction that fails afterwards."""

    def fail() -> None:
        with transaction.atomic():
            for verb in verbs:
                verb()
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        fail()
