"""Migrations that would break the version that still runs, lock for long, or lose data are refused."""

from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django_migration_linter import MigrationLinter

from tests.architecture import source

# Written before there was a site whose running version they could break: they add columns without a default in the
# database. Later ones give such columns a `db_default`.
SPARED = (
    "0002_count_failed_sign_ins", "0003_let_people_form_teams", "0004_issue_tokens", "0002_assign_endpoints_to_teams",
    "0002_let_apps_keep_secrets", "0002_assign_datasets_to_teams", "0002_assign_prompts_to_teams",
    "0005_assign_cases_to_teams",
    # Unique over columns that are new, and empty.
    "0006_overturn_beside_the_lanes",
)  # fmt: skip


@cache
def written() -> dict[tuple[str, str], list[str]]:
    """The statements of every migration, in one walk from the first to the last.

    Asked for one by one, as the linter asks, each would walk all those before it again: more than a minute.
    """
    executor, found = MigrationExecutor(connection), {}
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    state = executor.loader.project_state(nodes=[])
    for migration, _ in plan:
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        found[migration.app_label, migration.name] = "\n".join(editor.collected_sql).splitlines()
    return found


class Linter(MigrationLinter):
    """The linter, which reads what was written once."""

    def get_sql(self, app_label: str, migration_name: str) -> list[str]:
        """The statements of one migration."""
        return written()[app_label, migration_name]


def linted(capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[bool, str]:
    """Whether the linter finds an error in any migration of ours that does more than create, and what it says."""
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("apps.")]
    linter = Linter(
        path=str(source.ROOT), include_apps=ours, no_cache=True, ignore_initial_migrations=True,
        quiet=["ok", "ignore"], **options,
    )  # fmt: skip
    linter.lint_all_migrations()
    linter.print_summary()
    return linter.has_errors, capsys.readouterr().out


@pytest.mark.django_db
def test_no_migration_breaks_a_running_site(capsys: pytest.CaptureFixture[str]) -> None:
    broken, said = linted(capsys, ignore_name=SPARED)
    assert not broken, said


@pytest.mark.django_db
def test_the_linter_would_find_one_that_does(capsys: pytest.CaptureFixture[str]) -> None:
    broken, said = linted(capsys, include_name=["0002_assign_prompts_to_teams"])
    assert broken
    assert "NOT NULL constraint" in said


def test_what_is_spared_exists() -> None:
    names = {path.stem for path in (source.ROOT / "apps").glob("*/migrations/*.py")}
    assert set(SPARED) <= names
