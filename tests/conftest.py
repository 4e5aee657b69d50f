"""What every test shares: which tests run in one process, and append-only tables that the runner alone may empty."""

from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from xdist.scheduler import LoadScopeScheduling

_SERVERS = ("tests/worker/", "tests/functional/")


class Together(LoadScopeScheduling):  # type: ignore[misc]  # not typed
    """Keeps the tests of one file in one process, and all that start servers in the same.

    Servers and workers of two processes would take one another's messages.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "servers" if nodeid.startswith(_SERVERS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """How two processes share the suite."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts servers takes half of the time and one process: begun at once, so that neither waits at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_SERVERS))


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
