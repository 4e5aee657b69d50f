"""Child processes with logs: they end with their supervisor, stop in order and come back when they crash."""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from coe_portal.bootstrap import ROOT
from coe_portal.local.console import Problem, say

_PR_SET_PDEATHSIG = 1
_TAIL_LINES = 20
_STEADY_SECONDS = 60.0  # a process that ran this long has recovered: its next crash counts as the first
_BACKOFF_LIMIT = 30.0
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Spec:
    """How one process is started and stopped."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,)  # sent one after the other, SIGKILL last
    grace: float = 10.0  # seconds between two of them
    orphan_signal: signal.Signals = signal.SIGTERM  # sent by the kernel when the supervisor dies


@dataclass
class Child:
    """A started process of a Spec."""

    spec: Spec
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    crashes: int = 0

    def running(self) -> bool:
        """Say whether the process still lives."""
        return self.process.poll() is None

    def check(self) -> None:
        """Raise Problem with the end of the log when the process has ended."""
        if not self.running():
            raise Problem(failure(self.spec, f"ended with status {self.process.returncode}"))


def spawn(spec: Spec) -> Child:
    """Start a process that writes to its log; call from the main thread (the death signal is tied to it)."""
    with spec.log.open("ab") as log:
        return Child(spec, popen(spec, stdout=log, stderr=subprocess.STDOUT))


def popen(spec: Spec, stdout: int | IO[Any], stderr: int | IO[Any]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    return subprocess.Popen(
        list(spec.argv),
        env=dict(spec.env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=die_with_parent(spec.orphan_signal),  # safe: no threads here
    )


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a child does first: ask the kernel for `death_signal` when the parent dies (Linux only)."""
    parent = os.getpid()

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:  # the parent died before we could ask
                os._exit(1)

    return ask


def stop(children: Sequence[Child]) -> None:
    """Stop these processes together: each gets its signals in turn, then SIGKILL; its session is swept."""
    for child in children:
        _send(child, child.spec.stop_signals[0])
    for child in children:
        for later in (*child.spec.stop_signals[1:], signal.SIGKILL):
            if _wait(child, child.spec.grace):
                break
            _send(child, later)
        child.process.wait()
        _kill_session(child)


def _send(child: Child, number: signal.Signals) -> None:
    if child.running():
        child.process.send_signal(number)


def _wait(child: Child, seconds: float) -> bool:
    try:
        child.process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_session(child: Child) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left (macOS says EPERM for zombies)
        os.killpg(child.process.pid, signal.SIGKILL)


def wait_until(ready: Callable[[], bool], children: Sequence[Child], seconds: float, what: str) -> None:
    """Poll `ready` until it is true; raises Problem when a child ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        for child in children:
            child.check()
        if time.monotonic() > deadline:
            raise Problem(failure(children[0].spec, f"was not ready after {seconds:.0f} s ({what})"))
        time.sleep(0.05)


def lines(process: subprocess.Popen[bytes], tick: Callable[[], None]) -> Iterator[str]:
    """Yield the lines of a process's output as they come, calling `tick` about every second meanwhile."""
    if process.stdout is None:
        raise ValueError("The process was started without a pipe.")
    handle, pending = process.stdout.fileno(), b""
    while True:
        tick()
        if not select.select([handle], [], [], 1.0)[0]:
            continue
        chunk = os.read(handle, 65_536)
        *complete, pending = (pending + chunk).split(b"\n")
        if not chunk and pending:
            complete.append(pending)
        for line in complete:
            yield line.decode("utf-8", "replace").rstrip()
        if not chunk:
            return


def failure(spec: Spec, what: str) -> str:
    """Return a message about a process with the last lines of its log and the log's path."""
    tail = log_tail(spec.log)
    advice = "\nThe disk is full: free some space and start again." if "No space left on device" in tail else ""
    return f"{spec.name} {what}. The end of {spec.log}:\n{tail}{advice}"


def log_tail(path: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a log, indented ('' where there is none)."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join("  " + line for line in text.splitlines()[-lines:])


def backoff(crashes: int) -> float:
    """Return the seconds to wait before the restart after the n-th crash in a row: 1, 2, 4 ... 30."""
    return float(min(_BACKOFF_LIMIT, 2.0 ** max(0, crashes - 1)))


class Keeper:
    """Keeps started processes running: a crashed one is started again after a growing pause."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._due: dict[str, float] = {}

    def start(self, spec: Spec) -> Child:
        """Start a process and keep it from now on."""
        child = spawn(spec)
        self.children.append(child)
        return child

    def tend(self) -> None:
        """Notice crashes and restart what is due; call every second or so from the main thread."""
        now = time.monotonic()
        for index, child in enumerate(self.children):
            if child.running():
                continue
            if child.spec.name not in self._due:
                self._note_crash(child, now)
            elif now >= self._due[child.spec.name]:
                del self._due[child.spec.name]
                self.children[index] = spawn(child.spec)
                self.children[index].crashes = child.crashes

    def _note_crash(self, child: Child, now: float) -> None:
        child.crashes = 1 if now - child.started > _STEADY_SECONDS else child.crashes + 1
        pause = backoff(child.crashes)
        self._due[child.spec.name] = now + pause
        status = child.process.returncode
        say(f"{child.spec.name} ended (status {status}), starts again in {pause:.0f} s; see {child.spec.log}")
        _kill_session(child)

    def stop(self, *groups: Sequence[str]) -> None:
        """Stop the processes of each group of names together, the groups in this order, then all others."""
        for names in groups:
            stop([child for child in self.children if child.spec.name in names])
            self.children = [child for child in self.children if child.spec.name not in names]
        stop(self.children)
        self.children = []
