"""The whole demonstration as its user meets it: started, started twice, killed, started again, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from coe_portal.bootstrap import ROOT
from coe_portal.local import cleanup
from coe_portal.local.ports import free_port
from coe_portal.local.runfile import Running

_START_SECONDS, _STOP_SECONDS = 180.0, 60.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_READY = "Everything is running"


def manage(*arguments: str) -> list[str]:
    """The command line of manage.py in this environment."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def answer(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return subprocess.run(
        manage(*arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command_of(process: psutil.Process) -> str:
    """The command line of a process, "" when it is gone or a zombie."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def eventually(check: Callable[[], bool], seconds: float) -> bool:
    """Say whether `check` comes true in time."""
    deadline = time.monotonic() + seconds
    while not check() and time.monotonic() < deadline:
        time.sleep(0.1)
    return check()


class Demonstration:
    """A demonstration in a data folder of its own; starts take `--no-walkthrough`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.output = root.with_name("output.txt")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it on a free port and wait until it says that everything runs."""
        port = str(free_port())
        with self.output.open("wb") as output:
            command = manage("demo", "--no-walkthrough", "--data-dir", str(self.root), "--port", port)
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        process = self.process
        eventually(lambda: process.poll() is not None or _READY in self.output.read_text(), _START_SECONDS)
        assert _READY in self.output.read_text(), self.output.read_text()

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=_STOP_SECONDS)

    def running(self) -> Running:
        """What it tells other commands."""
        return Running(**json.loads((self.root / "run.json").read_text()))

    def connect(self) -> psycopg.Connection:
        """A connection to its database."""
        return psycopg.connect(self.running().environment["DATABASE_URL"], autocommit=True)

    def processes(self) -> list[psutil.Process]:
        """Every process of it except the supervisor and PostgreSQL's own children."""
        return cleanup.leftovers(self.root)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A running demonstration whose first start met the half-made cluster of a killed one."""
    demo = Demonstration(tmp_path_factory.mktemp("demo") / "data")
    half_made = demo.root / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    (demo.root / "coe-portal-data").touch()
    demo.start()
    yield demo
    if demo.process is not None and demo.process.poll() is None:
        demo.end(signal.SIGTERM)
    cleanup.end_leftovers(demo.root)


def test_a_half_made_cluster_is_mended_and_the_first_page_answers(demonstration: Demonstration) -> None:
    assert not (demonstration.root / "postgres.new").exists()
    with _DIRECT.open(demonstration.running().url, timeout=20) as page:  # follows to the login page
        assert page.status == 200
        assert "<form" in page.read().decode()


def test_everything_promised_runs(demonstration: Demonstration) -> None:
    output = demonstration.output.read_text()
    assert "device of the gpu queue is simulated" in output
    assert demonstration.running().url in output
    commands = [command_of(process) for process in demonstration.processes()]
    for part in (
        "granian",
        "-Q cpu",
        "-Q gpu",
        "worker.celery beat",
        "worker.engines.sandbox",
        "valkey-server",
    ):
        assert any(part in command for command in commands), part


def test_a_second_start_is_refused_with_the_address_of_the_first(demonstration: Demonstration) -> None:
    second = answer("demo", "--data-dir", str(demonstration.root))
    assert second.returncode == 1
    running = demonstration.running()
    assert f"already running at {running.url} (pid {running.pid})" in second.stderr


def test_a_running_demonstration_is_not_forgotten(demonstration: Demonstration) -> None:
    reset = answer("demo_reset", "--yes", "--data-dir", str(demonstration.root))
    assert reset.returncode == 1
    assert f"pid {demonstration.running().pid}" in reset.stderr
    assert (demonstration.root / "postgres" / "PG_VERSION").exists()


def test_django_commands_talk_to_the_running_demonstration(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COE_DATA_DIR", str(demonstration.root))
    code = "from django.db import connection as c; print('port', c.settings_dict['PORT'])"
    shell = answer("shell", "--no-imports", "-c", code)
    assert demonstration.running().environment["DATABASE_URL"].rpartition(":")[2].split("/")[0] in shell.stdout


def test_a_crashed_worker_comes_back(demonstration: Demonstration) -> None:
    def worker() -> int:
        supervisor = psutil.Process(demonstration.running().pid)
        found = [child.pid for child in supervisor.children() if "-Q gpu" in command_of(child)]
        return found[0] if found else 0

    killed = worker()
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: worker() not in {0, killed}, 30.0)
    assert "gpu-worker ended (status -9), starts again in 1 s" in demonstration.output.read_text()


def test_after_a_kill_the_next_start_works_and_keeps_the_data_and_ctrl_c_leaves_nothing(
    demonstration: Demonstration,
) -> None:
    with demonstration.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    before = {process.pid: process.create_time() for process in demonstration.processes()}
    assert len(before) > 6
    demonstration.end(signal.SIGKILL)

    demonstration.start()
    now = {process.pid: process.create_time() for process in demonstration.processes()}
    assert not before.items() & now.items()
    with demonstration.connect() as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]

    assert demonstration.end(signal.SIGINT) == 0
    assert demonstration.processes() == []
    assert not (demonstration.root / "run.json").exists()
    assert not (demonstration.root / "postgres" / "postmaster.pid").exists()
    assert "no process is left" in demonstration.output.read_text()


def test_an_asked_port_in_use_is_met_with_a_clear_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused = answer("demo", "--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert refused.returncode == 1
    assert f"Port {port} is in use by another program; choose another one with --port." in refused.stderr
    assert "Traceback" not in refused.stderr
