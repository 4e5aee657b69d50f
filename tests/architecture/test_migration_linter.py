"""Migrations that would break the version that still runs, lock for long, or lose data are refused."""

from typing import Any

import pytest
from django.apps import apps
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


def linted(capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[bool, str]:
    """Whether the linter finds an error in any migration of ours that does more than create, and what it says."""
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("apps.")]
    linter = MigrationLinter(
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
