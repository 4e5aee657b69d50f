"""The `test` command: pytest on a throwaway PostgreSQL and Valkey, torn down however it ends."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from coe_portal.bootstrap import ROOT
from coe_portal.local import cleanup, processes, secrets, signals, stack
from coe_portal.local.console import Problem, say
from coe_portal.local.locks import Lock, is_held
from coe_portal.local.paths import DataDir

SETTINGS = "coe_portal.settings.test"
PREFIX = "coe-test-"
# Plugins that only cost start-up time here; the browser tests drive Playwright themselves.
_UNUSED_PLUGINS = ("playwright", "base_url", "schemathesis", "valkey")
# The whole suite runs in two processes, each with a database of its own; tests/conftest.py says what stays together.
_WHOLE_SUITE = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
_INTERRUPT_SECONDS = 30.0
_STRAY_SECONDS = 2.0


def run(arguments: Sequence[str]) -> int:
    """Run pytest with `arguments` on a fresh stack and return its exit status; raises Problem."""
    if importlib.util.find_spec("pytest") is None:
        raise Problem("The test packages are not installed here; run `python3 manage.py test` with COE_BOOTSTRAP on.")
    remove_abandoned(Path(tempfile.gettempdir()))
    with signals.handled(), _scratch() as data:
        return _run_on(data, arguments)


def _run_on(data: DataDir, arguments: Sequence[str]) -> int:
    keeper = processes.Keeper()
    try:
        servers = stack.assemble(data, secrets.load_or_create(data), throwaway=True)
        stack.start(servers, keeper)
        say("PostgreSQL and Valkey for the tests are up")
        return _pytest(arguments, servers.environment(SETTINGS))
    finally:
        with signals.shielded():
            keeper.stop(["valkey", "postgres"])
            cleanup.end_leftovers(data.root, grace=_STRAY_SECONDS)


@contextmanager
def _scratch() -> Iterator[DataDir]:
    data = DataDir(Path(tempfile.mkdtemp(prefix=PREFIX)).resolve())
    lock = Lock(data.lock)
    try:
        data.prepare()
        lock.acquire()
        yield data
    finally:
        with signals.shielded():
            shutil.rmtree(data.root, ignore_errors=True)
            lock.release()


def remove_abandoned(folder: Path) -> int:
    """Remove what this user's killed test runs left in `folder`, processes too; returns how many runs."""
    count = 0
    for left in folder.glob(f"{PREFIX}*"):
        data = DataDir(left.resolve())
        if left.is_dir() and left.stat().st_uid == os.geteuid() and data.lock.exists() and not is_held(data.lock):
            cleanup.end_leftovers(data.root, grace=_STRAY_SECONDS)
            shutil.rmtree(data.root, ignore_errors=True)
            count += 1
    return count


def _pytest(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    unused = [word for plugin in _UNUSED_PLUGINS for word in ("-p", f"no:{plugin}")]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *unused, *(arguments or _WHOLE_SUITE)],
        cwd=ROOT,
        env=dict(env),
        preexec_fn=processes.die_with_parent(signal.SIGKILL),  # safe: no threads here
    )
    waiter = _Waiter(process)
    with signals.handled(waiter.interrupt):
        return waiter.wait()


class _Waiter:
    """Waits for pytest and lets it end in its own way when this command is interrupted."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._deadline: float | None = None

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Pass an interrupt on; Ctrl-C reaches pytest by itself, being in the terminal's foreground group."""
        self._deadline = time.monotonic() + _INTERRUPT_SECONDS
        if number != signal.SIGINT or not _in_foreground():
            self._process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Return pytest's exit status; an interrupted pytest that does not end is killed."""
        while True:
            try:
                return self._process.wait(timeout=1.0)
            except subprocess.TimeoutExpired:
                if self._deadline is not None and time.monotonic() > self._deadline:
                    self._process.kill()


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):  # no terminal
        return False
