"""Child processes: stopping, restarting, logs, and ending with their parent. All of them are real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from coe_portal.bootstrap import ROOT
from coe_portal.local import processes
from coe_portal.local.console import Problem

_STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of a death on Linux only")


def spec(folder: Path, code: str, name: str = "child", grace: float = 5.0) -> processes.Spec:
    """A Python process that runs `code` and logs into `folder`."""
    return processes.Spec(name, [sys.executable, "-c", code], os.environ, folder / f"{name}.log", grace=grace)


def eventually(check: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Say whether `check` comes true in time."""
    deadline = time.monotonic() + seconds
    while not check() and time.monotonic() < deadline:
        time.sleep(0.02)
    return check()


def gone(pid: int) -> bool:
    """Say whether a process no longer runs (where nobody reaps it stays a zombie)."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_process_writes_its_log(tmp_path: Path) -> None:
    child = processes.spawn(spec(tmp_path, "print('one'); print('two')"))
    child.process.wait()
    assert processes.log_tail(child.spec.log, 1) == "  two"


def test_lines_come_as_they_are_written_and_the_last_one_needs_no_end(tmp_path: Path) -> None:
    code = "import time; print('one', flush=True); time.sleep(0.2); print('two\\n\\nthree', end='')"
    process = processes.popen(spec(tmp_path, code), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ticks: list[float] = []
    with process:
        found = list(processes.lines(process, lambda: ticks.append(time.monotonic())))
    assert found == ["one", "two", "", "three"]
    assert len(ticks) >= 2


def test_stopping_is_polite_first(tmp_path: Path) -> None:
    child = processes.spawn(spec(tmp_path, "import time; time.sleep(60)"))
    processes.stop([child])
    assert child.process.returncode == -signal.SIGTERM


def test_a_process_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    child = processes.spawn(spec(tmp_path, _STUBBORN, grace=0.2))
    assert eventually(lambda: "up" in processes.log_tail(child.spec.log))
    processes.stop([child])
    assert child.process.returncode == -signal.SIGKILL


def test_what_a_process_started_itself_ends_with_it(tmp_path: Path) -> None:
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    child = processes.spawn(spec(tmp_path, code))
    assert eventually(lambda: processes.log_tail(child.spec.log) != "")
    grandchild = int(processes.log_tail(child.spec.log))
    processes.stop([child])
    assert eventually(lambda: gone(grandchild))


def test_a_process_that_ends_while_it_is_awaited_is_an_error_with_its_log(tmp_path: Path) -> None:
    child = processes.spawn(spec(tmp_path, "import sys; print('no room'); sys.exit(3)"))
    with pytest.raises(Problem, match=r"status 3[^$]*child\.log[^$]*no room"):
        processes.wait_until(lambda: False, [child], 10.0, "never")


def test_a_process_that_is_never_ready_is_an_error(tmp_path: Path) -> None:
    child = processes.spawn(spec(tmp_path, "import time; time.sleep(60)"))
    with pytest.raises(Problem, match="was not ready after 0 s"):
        processes.wait_until(lambda: False, [child], 0.1, "no answer")
    processes.stop([child])


def test_a_full_disk_in_the_log_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "child.log").write_text("FATAL: could not write: No space left on device\n")
    assert "free some space" in processes.failure(spec(tmp_path, ""), "ended")


def test_a_crashed_process_is_started_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keeper = processes.Keeper()
    first = keeper.start(spec(tmp_path, "import time; time.sleep(60)"))
    first.process.kill()
    first.process.wait()

    def restarted() -> bool:
        keeper.tend()
        return keeper.children[0] is not first

    assert eventually(restarted)
    assert keeper.children[0].running()
    assert keeper.children[0].crashes == 1
    assert "starts again in 1 s" in capsys.readouterr().out
    keeper.stop(["child"])
    assert keeper.children == []


def test_restarts_wait_longer_after_each_crash_up_to_a_limit() -> None:
    assert [processes.backoff(crashes) for crashes in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 8.0, 30.0]


@_LINUX
def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from coe_portal.local import processes as p\n"
        "child = p.spawn(p.Spec('c', ['sleep', '60'], os.environ, Path(sys.argv[1]) / 'c.log'))\n"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert not gone(child)
        supervisor.kill()
    assert eventually(lambda: gone(child))
