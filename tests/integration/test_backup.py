"""The drill: a seeded database is backed up, restored into an empty one, and proven whole; what is unfit is refused."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from psycopg import sql

from apps.accounts.models import Role
from coe_portal.bootstrap import ROOT
from coe_portal.operations import backup, programs
from tests.factories import cases, shelves
from tests.factories.people import person

pytestmark = pytest.mark.django_db(transaction=True)
EMPTY = "restored"


@pytest.fixture
def seeded() -> None:
    """Some of what a portal holds: people, cases, prompts, endpoints, datasets and their trail."""
    owner = person(Role.AI_ENGINEER)
    cases.case(by=owner)
    shelves.prompt()
    shelves.dataset()
    shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])


@pytest.fixture
def made(seeded: None, tmp_path: Path) -> Path:
    """A backup of that."""
    call_command("backup", tmp_path / "backup", stdout=io.StringIO())
    return tmp_path / "backup"


def address(database: str) -> str:
    """A database beside the one of the tests."""
    db = connection.settings_dict
    return f"postgresql://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{database}"


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of a new, empty database."""
    name = sql.Identifier(EMPTY)
    with psycopg.connect(address("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield address(EMPTY)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def restored(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py restore` on another database, as an operator does."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "restore", str(folder)],
        env={**os.environ, "DATABASE_URL": url}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def content(url: str) -> dict[str, str]:
    """A digest of all rows of every table, and of the next value of every sequence."""
    with psycopg.connect(url) as database:
        tables = database.execute(backup._TABLES.encode()).fetchall()
        # Restoring verifies the trail, and notes that it did.
        names = [name for (name,) in tables if name != "audit_verification"]
        digest = sql.SQL("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")
        found = {name: database.execute(digest.format(sql.Identifier(name))).fetchone() for name in names}
        sequences = database.execute(
            "SELECT sequencename, last_value FROM pg_sequences "
            "WHERE sequencename <> 'audit_verification_id_seq' ORDER BY 1"
        ).fetchall()
    return {**{name: str(row) for name, row in found.items()}, "sequences": str(sequences)}


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest as it was written."""
    kept: dict[str, Any] = json.loads((folder / backup.MANIFEST).read_text())
    return kept


def test_the_drill_brings_every_row_back_and_the_chain_whole(made: Path, empty: str) -> None:
    done = restored(made, empty)
    assert done.returncode == 0, done.stderr
    assert "the audit trail whole up to event" in done.stdout
    assert content(empty) == content(address(connection.settings_dict["NAME"]))
    check = [sys.executable, str(ROOT / "manage.py"), "migrate", "--check"]
    assert subprocess.run(check, env={**os.environ, "DATABASE_URL": empty}, cwd=ROOT, check=False).returncode == 0


def test_what_was_restored_is_still_append_only(made: Path, empty: str) -> None:
    assert restored(made, empty).returncode == 0
    with psycopg.connect(empty) as database, pytest.raises(psycopg.Error):
        database.execute("DELETE FROM audit_auditevent")


def test_every_model_is_in_the_backup(made: Path) -> None:
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    # A view over all history, made in the query itself.
    tables.discard("pghistory_events")
    assert sorted(tables - manifest(made)["tables"].keys()) == [], "a model without a table in the backup"
    program = programs.find("pg_restore")
    listed = subprocess.run([program, "--list", made / backup.DUMP], capture_output=True, text=True, check=True).stdout
    dumped = {line.split("TABLE DATA public ")[1].split()[0] for line in listed.splitlines() if "TABLE DATA" in line}
    assert not tables - dumped, "a model whose rows the dump leaves out"


def test_the_manifest_says_what_is_there(made: Path) -> None:
    told = manifest(made)
    assert told["tables"]["usecases_usecase"] == 1
    assert (told["audit_sequence"], told["audit_hash"]) == backup.audit_head()
    assert told["sha256"] == backup.sha256_of(made / backup.DUMP)
    assert told["postgresql"] == 18
    assert "audit.0001_create_audit" in told["migrations"]
    assert {path.stat().st_mode & 0o777 for path in made.iterdir()} == {0o600}


def test_a_backup_never_overwrites_another(made: Path) -> None:
    with pytest.raises(CommandError, match="is not empty: name a new folder"):
        call_command("backup", made)


def test_a_changed_dump_is_refused(made: Path, empty: str) -> None:
    dump = made / backup.DUMP
    changed = bytearray(dump.read_bytes())
    changed[len(changed) // 2] ^= 1
    dump.write_bytes(changed)
    done = restored(made, empty)
    assert done.returncode == 1
    assert "is not the file that the manifest tells of" in done.stderr
    assert content(empty) == {"sequences": "[]"}


@pytest.mark.parametrize("lost", [backup.DUMP, backup.MANIFEST])
def test_half_a_backup_is_none(made: Path, lost: str) -> None:
    (made / lost).unlink()
    with pytest.raises(backup.BackupError, match=r"no backup|changed, cut off or lost"):
        backup.read(made)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', "7"])
def test_a_manifest_that_is_none_is_refused(made: Path, text: str) -> None:
    (made / backup.MANIFEST).write_text(text)
    with pytest.raises(backup.BackupError, match="cannot be read"):
        backup.read(made)


def test_a_database_that_holds_something_is_left_alone(made: Path) -> None:
    before = backup.row_counts()
    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore", made)
    assert backup.row_counts() == before


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("format", 2, "The backup is of format 2"),
        ("migrations", ["audit.9999_later"], "this one has no migration audit.9999_later"),
        ("postgresql", 99, "this server is older"),
    ],
)
def test_a_backup_of_another_time_is_refused(made: Path, empty: str, field: str, value: Any, words: str) -> None:
    (made / backup.MANIFEST).write_text(json.dumps({**manifest(made), field: value}))
    done = restored(made, empty)
    assert done.returncode == 1
    assert words in done.stderr
    assert content(empty) == {"sequences": "[]"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tables": {"usecases_usecase": 7}}, "usecases_usecase has 1 rows instead of 7"),
        ({"audit_hash": "0" * 64}, "The audit trail does not end with event"),
    ],
)
def test_what_differs_from_the_manifest_is_named(made: Path, change: dict[str, Any], words: str) -> None:
    told = manifest(made)
    for field, value in change.items():
        told[field] = {**told[field], **value} if isinstance(value, dict) else value
    with pytest.raises(backup.BackupError, match=words):
        backup.verify(backup.Manifest(**told))


def test_a_broken_chain_is_found_after_a_restore(seeded: None) -> None:
    whole = backup.Manifest(1, "", 18, [], backup.row_counts(), *backup.audit_head(), "")
    backup.verify(whole)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_auditevent SET action = 'forged' WHERE sequence = 1")
    with pytest.raises(backup.BackupError, match="1"):
        backup.verify(whole)


def test_an_older_program_than_the_server_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_major", lambda path: 15)
    with pytest.raises(programs.ProgramError, match="There is no pg_dump of PostgreSQL 18 or later"):
        programs.find("pg_dump")


def test_a_database_that_cannot_be_dumped_leaves_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.ensure_connection()  # this process is in already; the program is not
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "not-the-password")
    with pytest.raises(CommandError, match="could not be dumped") as refused:
        call_command("backup", tmp_path / "backup")
    assert "not-the-password" not in str(refused.value)
    assert not (tmp_path / "backup" / backup.MANIFEST).exists()
