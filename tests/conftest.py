"""What every test shares: append-only tables that the test runner alone may empty."""

from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(autouse=True, scope="session")
def _the_test_runner_may_empty_append_only_tables() -> Any:
    """Flushing after a transactional test truncates; the triggers stay on for everything else."""
    flush = DatabaseOperations.sql_flush

    def without_triggers(self: DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        statements = flush(self, *args, **kwargs)
        return ["SET session_replication_role = replica;", *statements, "SET session_replication_role = DEFAULT;"]

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", without_triggers)
    yield
    patch.undo()
