"""Migrations that would break the version that still runs, lock for long, or lose data are refused."""

import pytest
from django_migration_linter import MigrationLinter

from tests.architecture import source

# Written before there was a site whose running version they could break; no later one may join them.
SPARED = ("0002_count_failed_sign_ins",)


def linted(capsys: pytest.CaptureFixture[str], **options: object) -> tuple[bool, str]:
    """Whether the linter finds an error in any migration of ours that does more than create, and what it says."""
    linter = MigrationLinter(
        path=str(source.ROOT), no_cache=True, ignore_initial_migrations=True, quiet=["ok", "ignore"], **options
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return linter.has_errors, capsys.readouterr().out


@pytest.mark.django_db
def test_no_migration_breaks_a_running_site(capsys: pytest.CaptureFixture[str]) -> None:
    broken, said = linted(capsys, ignore_name=SPARED)
    assert not broken, said
