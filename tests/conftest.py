"""What every test shares: which tests run in one process, and append-only tables that the runner alone may empty."""

import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.template import Template
from django.test import utils
from xdist.scheduler import LoadScopeScheduling

# Worker processes share the broker of the tests, and would take one another's messages.
_WORKERS = "tests/worker/"
# Browser tests share one demonstration; these files start others, with brokers of their own.
_BROWSER = "tests/functional/"
_ALONE = ("tests/functional/test_demo_lifecycle.py", "tests/functional/test_bench.py")
# What Django makes after migrating, of the code alone.
_OF_MIGRATIONS = {"django_content_type", "auth_permission"}
_LONGEST = (_BROWSER, _WORKERS, "tests/access/", "tests/api/")


class Together(LoadScopeScheduling):  # type: ignore[misc]  # not typed
    """Keeps the tests of one file in one process, and together what shares servers."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith((_WORKERS, _BROWSER)) and not nodeid.startswith(_ALONE):
            return nodeid.split("/")[1]
        return nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """How the processes share the suite."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is begun at once, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: next((n for n, part in enumerate(_LONGEST) if item.nodeid.startswith(part)), 9))


@pytest.fixture(autouse=True, scope="session")
def _the_test_runner_may_empty_append_only_tables() -> Any:
    """After a transactional test, the rows of the tables that have any are deleted; triggers stay on for all else.

    Truncating all tables would cost each time what making their files costs; what migrations made of permissions and
    types of content stays, so that it need not be made again.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", _without_triggers)
    patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *_, **__: None)
    yield
    patch.undo()


def _without_triggers(operations: DatabaseOperations, style: object, tables: list[str], **_: object) -> list[str]:
    names = [operations.quote_name(table) for table in sorted({*tables} - _OF_MIGRATIONS)]
    # The names are Django's own.
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)  # noqa: S608
    with operations.connection.cursor() as cursor:
        cursor.execute(filled)
        deletes = [f"DELETE FROM {name};" for (name,) in cursor.fetchall()]  # noqa: S608
    return ["SET session_replication_role = replica;", *deletes, "SET session_replication_role = DEFAULT;"]


@pytest.fixture(autouse=True, scope="session")
def _brisk_processes(django_test_environment: None) -> None:
    """Looking for garbage among all that is loaded would take a tenth of the time.

    Keeping the context of each template that is drawn would take a sixth; who reads one asks for `contexts`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    Template._render = _drawn_only()  # type: ignore[attr-defined]  # Django's own name for it


def _drawn_only() -> Any:
    return utils._TestState.saved_data.template_render  # type: ignore[attr-defined]  # likewise


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives answers of the client their `context`."""
    monkeypatch.setattr(Template, "_render", utils.instrumented_test_render)  # type: ignore[attr-defined]


@pytest.fixture
def only_whether(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """For thousands of requests that ask only whether somebody may: no page is drawn, nothing is written to a trail.

    What pages look like and what the trail says is asked elsewhere, of every page and verb. Named after the fixtures
    that make what is asked about, which need the trail.
    """
    monkeypatch.setattr("django.shortcuts.loader.render_to_string", lambda *_, **__: "")
    monkeypatch.setattr("apps.audit.services._append", lambda _: None)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
