"""How long the database took for a request or a job."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Spent:
    """Statements and the seconds they took."""

    def __init__(self) -> None:
        self.statements = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Run one statement and count it."""
        started = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            self.statements += 1
            self.seconds += time.perf_counter() - started

    def told(self) -> dict[str, int | float]:
        """As log lines have it, in milliseconds."""
        return {"db_ms": round(self.seconds * 1000, 1), "db_statements": self.statements}

    def traced(self) -> dict[str, int | float]:
        """As spans have it, in seconds."""
        return {"coe.db.seconds": self.seconds, "coe.db.statements": self.statements}


@contextmanager
def database() -> Iterator[Spent]:
    """What this thread's connection does inside the block."""
    spent = Spent()
    with connection.execute_wrapper(spent):
        yield spent
