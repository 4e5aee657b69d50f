"""What a killed run leaves behind: processes, stale pid files, half-made folders."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from coe_portal.bootstrap import ROOT
from coe_portal.local import cleanup, postgres, processes, testing
from coe_portal.local.console import Problem
from coe_portal.local.locks import Lock, holder, is_held
from coe_portal.local.paths import DataDir
from coe_portal.local.ports import free_port


@pytest.fixture
def cluster(tmp_path: Path) -> postgres.Cluster:
    """A cluster that has not been made yet."""
    return postgres.Cluster(tmp_path, tmp_path / "postgres", free_port(), "a-password", throwaway=True)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A living process that has nothing to do with us."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def leave_pid(cluster: postgres.Cluster, pid: int | str) -> Path:
    """Write a postmaster.pid as a server that was killed leaves it."""
    cluster.folder.mkdir(exist_ok=True)
    pid_file = cluster.folder / "postmaster.pid"
    pid_file.write_text(f"{pid}\n{cluster.folder}\n")
    return pid_file


def test_the_pid_file_of_a_dead_server_is_removed(cluster: postgres.Cluster) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    pid_file = leave_pid(cluster, dead.pid)
    assert postgres.clear_stale_pid(cluster.folder)
    assert not pid_file.exists()


def test_the_pid_file_of_a_zombie_is_removed(cluster: postgres.Cluster) -> None:
    zombie = subprocess.Popen(["true"])
    while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    leave_pid(cluster, zombie.pid)
    assert postgres.clear_stale_pid(cluster.folder)
    zombie.wait()


def test_the_pid_file_naming_another_program_is_removed(
    cluster: postgres.Cluster, stranger: subprocess.Popen[bytes]
) -> None:
    leave_pid(cluster, stranger.pid)
    assert postgres.clear_stale_pid(cluster.folder)


@pytest.mark.parametrize("content", ["", "not a number"])
def test_a_damaged_pid_file_is_removed(cluster: postgres.Cluster, content: str) -> None:
    leave_pid(cluster, content)
    assert postgres.clear_stale_pid(cluster.folder)


def test_a_half_made_cluster_does_not_count_and_is_replaced(cluster: postgres.Cluster) -> None:
    half_made = cluster.home / "postgres.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    assert postgres.create(cluster)
    assert not half_made.exists()
    assert not postgres.create(cluster)


def test_a_server_killed_with_its_supervisor_is_found_by_its_pid_file_and_starts_again(
    cluster: postgres.Cluster,
) -> None:
    postgres.create(cluster)
    log = cluster.home / "postgres.log"
    first = processes.spawn(cluster.spec(os.environ, log))
    processes.wait_until(cluster.answers, [first], postgres.READY_SECONDS, "no connection")
    assert not postgres.clear_stale_pid(cluster.folder)  # it lives
    found = cleanup.leftovers(cluster.home)
    assert [process.pid for process in found] == [first.process.pid]
    first.process.kill()
    first.process.wait()
    assert postgres.clear_stale_pid(cluster.folder)
    second = processes.spawn(cluster.spec(os.environ, log))
    processes.wait_until(cluster.answers, [second], postgres.READY_SECONDS, "no connection")
    postgres.ensure_database(cluster)
    postgres.ensure_database(cluster)  # as after a start that was interrupted in between
    processes.stop([second])
    assert second.process.returncode == 0


def test_a_cluster_of_another_version_is_refused(cluster: postgres.Cluster) -> None:
    cluster.folder.mkdir()
    (cluster.folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(Problem, match="made by PostgreSQL 16"):
        postgres.create(cluster)


def test_marked_processes_are_ended_and_only_those(tmp_path: Path) -> None:
    marked, other = (
        subprocess.Popen(["sleep", "60"], env={**os.environ, cleanup.MARKER: str(folder)})
        for folder in (tmp_path, tmp_path / "other")
    )
    assert cleanup.end_leftovers(tmp_path) == 1
    assert not psutil.pid_exists(marked.pid)
    marked.wait()
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from coe_portal.local.locks import Lock\n"
        "print(Lock(Path(sys.argv[1])).acquire(), flush=True); time.sleep(60)"
    )
    # The lock object is kept by no name: its descriptor stays open all the same.
    with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert is_held(path)
        assert holder(path) == process.pid
        assert not Lock(path).acquire()
        process.kill()
    assert not is_held(path)


def test_an_abandoned_test_run_is_removed_and_a_living_one_is_not(tmp_path: Path) -> None:
    abandoned, living = (DataDir(tmp_path / f"{testing.PREFIX}{name}") for name in ("abandoned", "living"))
    for data in (abandoned, living):
        data.prepare()
    lock, ended = Lock(living.lock), Lock(abandoned.lock)
    assert lock.acquire()
    assert ended.acquire()
    ended.release()
    assert testing.remove_abandoned(tmp_path) == 1
    assert living.root.exists()
    assert not abandoned.root.exists()
    lock.release()
