"""Migrations: their direction between the storeys, their names, and that none is missing."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field

from tests.architecture import source

_NAME = re.compile(r"\d{4}_[a-z]+(_[a-z0-9]+)*")
_OURS = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}


def ours() -> Iterator[Migration]:
    """Every migration of the project."""
    loader = MigrationLoader(None)
    for (app, _), migration in sorted((loader.disk_migrations or {}).items()):
        if app in _OURS:
            yield migration


def is_downward(app: str, other: str) -> bool:
    """Whether `app` may lean on `other`: itself, a lower storey, or anything that is not ours."""
    return other not in _OURS or other == app or source.storey_of(other) < source.storey_of(app)


def test_a_migration_leans_on_its_own_app_or_a_lower_storey() -> None:
    upward = [
        f"{migration} needs {app}"
        for migration in ours()
        for app, _ in [*migration.dependencies, *migration.run_before]
        if not is_downward(migration.app_label, app)
    ]
    assert not upward, upward


def test_a_foreign_key_points_to_its_own_app_or_a_lower_storey() -> None:
    upward = [
        str(field)
        for config in apps.get_app_configs()
        if config.label in _OURS
        for model in config.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, Field) and field.related_model and field.model is model
        if not is_downward(config.label, field.related_model._meta.app_label)
    ]
    assert not upward, upward


def test_the_direction_test_would_notice_an_upward_migration() -> None:
    assert not is_downward("core", "portal")
    assert not is_downward("reviews", "evidence")
    assert is_downward("usecases", "accounts")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_migration_is_named_for_what_it_does() -> None:
    nameless = [m.name for m in ours() if not _NAME.fullmatch(m.name) or re.search(r"auto|\d{8}", m.name[5:])]
    assert not nameless, nameless


def test_a_migration_can_be_undone() -> None:
    oneway = [f"{m}: {operation}" for m in ours() for operation in m.operations if not operation.reversible]
    assert not oneway, oneway


def test_triggers_are_added_without_rendering_every_model_anew() -> None:
    files = (source.ROOT / "apps").glob("*/migrations/*.py")
    slow = [path.name for path in files if "pgtrigger.migrations.AddTrigger(" in path.read_text(encoding="utf-8")]
    assert not slow, f"Say AddTrigger of apps.core.triggers in {slow}: the library's own costs a new database seconds."
