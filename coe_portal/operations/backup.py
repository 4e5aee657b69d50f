"""Backing PostgreSQL up and restoring it, with a manifest that says what a whole backup holds."""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from psycopg import sql

from apps.audit.models import AuditEvent
from coe_portal.operations import programs

FORMAT = 1
DUMP, MANIFEST = "database.dump", "manifest.json"
_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1
"""


class BackupError(Exception):
    """A backup cannot be made or used; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: rows by table, the end of the audit chain, migrations, and the dump's SHA-256 (hex)."""

    format: int
    made_at: str
    postgresql: int
    migrations: list[str]
    tables: dict[str, int]
    audit_sequence: int
    audit_hash: str
    sha256: str


def make(folder: Path) -> Manifest:
    """Write dump and manifest into a new or empty folder, both from one moment; raises BackupError.

    The manifest is written last: a folder without it is no backup.
    """
    _claim(folder)
    partial = folder / f"{DUMP}.new"
    with _snapshot() as snapshot:
        programs.run(
            "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={partial}",
            why="The database could not be dumped",
        )  # fmt: skip
        sequence, digest = audit_head()
        manifest = Manifest(
            format=FORMAT, made_at=timezone.now().isoformat(timespec="seconds"), postgresql=programs.server_major(),
            migrations=applied_migrations(), tables=row_counts(), audit_sequence=sequence, audit_hash=digest,
            sha256=sha256_of(partial),
        )  # fmt: skip
    partial.chmod(0o600)
    partial.replace(folder / DUMP)
    _write(folder / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def _claim(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BackupError(f"{folder} is not empty: name a new folder, so that no earlier backup is overwritten.")
    except OSError as error:
        raise BackupError(f"{folder} cannot be used: {error.strerror or error}.") from error


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def _snapshot() -> Iterator[str]:
    """A moment that this connection and the dump both look at, while others go on writing."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def row_counts() -> dict[str, int]:
    """Rows by table, for every table there is, whoever made it."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        counts = {}
        for name in names:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
            counts[name] = cursor.fetchone()[0]
    return counts


def audit_head() -> tuple[int, str]:
    """Number and hash of the newest audit event; (0, "") where nothing happened yet."""
    return AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first() or (0, "")


def applied_migrations() -> list[str]:
    """Every applied migration as `app.name`, sorted."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def sha256_of(path: Path) -> str:
    """The hex SHA-256 of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(folder: Path) -> Manifest:
    """The manifest of a whole, unchanged backup; raises BackupError."""
    try:
        kept: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**kept)
    except FileNotFoundError:
        raise BackupError(f"{folder} holds no {MANIFEST}: it is no backup, or one that was interrupted.") from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"The backup is of format {manifest.format}; this portal reads format {FORMAT}.")
    dump = folder / DUMP
    if not dump.is_file() or sha256_of(dump) != manifest.sha256:
        raise BackupError(f"{dump} is not the file that the manifest tells of: it was changed, cut off or lost.")
    return manifest


def restore(folder: Path) -> Manifest:
    """Load a backup into an empty database and prove it whole; raises BackupError, also after loading."""
    manifest = read(folder)
    _refuse_unfit(manifest)
    programs.run(
        "pg_restore", "--no-owner", "--no-acl", "--no-comments", "--exit-on-error", "--single-transaction",
        str(folder / DUMP), why="The database could not be restored",
    )  # fmt: skip
    connection.close()  # what it knew is over
    verify(manifest)
    return manifest


def _refuse_unfit(manifest: Manifest) -> None:
    """Raise BackupError where the target holds anything, or this portal or server is older than the backup."""
    if taken := row_counts():
        raise BackupError(
            f"The database is not empty: it has {len(taken)} tables, such as {min(taken)}. "
            "Restore into a new one (`createdb`), and point DATABASE_URL there."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(f"The backup is of another version of the portal: this one has no migration {unknown[0]}.")
    if manifest.postgresql > programs.server_major():
        raise BackupError(f"The backup is of PostgreSQL {manifest.postgresql}; this server is older.")


def verify(manifest: Manifest) -> None:
    """Compare the database with the manifest and check the audit chain; raises BackupError naming what differs."""
    found = row_counts()
    wrong = [
        f"{table} has {found.get(table, 'no table')} rows instead of {wanted}"
        for table, wanted in manifest.tables.items()
        if found.get(table) != wanted
    ]
    if extra := sorted(found.keys() - manifest.tables.keys()):
        wrong.append(f"{extra[0]} is not in the manifest")
    if wrong:
        raise BackupError(f"What was restored is not what was backed up: {'; '.join(wrong[:5])}.")
    if audit_head() != (manifest.audit_sequence, manifest.audit_hash):
        raise BackupError(f"The audit trail does not end with event {manifest.audit_sequence} as the manifest says.")
    try:
        call_command("audit_verify", stdout=io.StringIO())
    except CommandError as broken:
        raise BackupError(str(broken)) from broken
