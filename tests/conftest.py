"""What every test shares: which tests run in one process, and append-only tables that the runner alone may empty."""

from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

# These start servers and workers of their own, which would take one another's messages.
_TOGETHER = ("worker", "functional")


@pytest.hookimpl(tryfirst=True)  # before the names of groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one file in one process, and all that start servers in the same."""
    for item in items:
        folder, file = item.path.parent.name, str(item.path)
        item.add_marker(pytest.mark.xdist_group("servers" if folder in _TOGETHER else file))


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
