"""What manage.py decides before any package is installed."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coe_portal import bootstrap


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose .venv has an interpreter, and whose requirements are one line each."""
    for name in (bootstrap.DEMO, bootstrap.DEV):
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    bootstrap.venv_python(tmp_path / ".venv").symlink_to(sys.executable)
    return tmp_path


def ensure_in(root: Path, prelude: str = "pass", **env: str) -> subprocess.CompletedProcess[str]:
    """Run `bootstrap.ensure` as `manage.py demo` in `root`, outside of its virtual environment."""
    code = f"import sys; from pathlib import Path; from coe_portal import bootstrap; {prelude}"
    code += "; sys.exit(bootstrap.ensure(['manage.py', 'demo'], Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(root)]
    return subprocess.run(
        command, cwd=bootstrap.ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


def test_only_the_tests_need_the_development_packages() -> None:
    assert bootstrap.wanted_file(["manage.py", "test", "-k", "x"]) == bootstrap.DEV
    assert bootstrap.wanted_file(["manage.py", "demo"]) == bootstrap.DEMO
    assert bootstrap.wanted_file(["manage.py"]) == bootstrap.DEMO


def test_an_environment_without_a_stamp_is_not_current(checkout: Path) -> None:
    assert not bootstrap.is_current(checkout, bootstrap.DEMO)


@pytest.mark.parametrize("stamp", ["", "{", "[]", "null", '{"file": "requirements-demo.txt"}'])
def test_an_unreadable_stamp_counts_as_none(checkout: Path, stamp: str) -> None:
    (checkout / ".venv" / bootstrap.STAMP).write_text(stamp)
    assert not bootstrap.is_current(checkout, bootstrap.DEMO)


def test_a_stamped_environment_is_current_until_the_requirements_change(checkout: Path) -> None:
    bootstrap.write_stamp(checkout, bootstrap.DEMO)
    assert bootstrap.is_current(checkout, bootstrap.DEMO)
    (checkout / bootstrap.DEMO).write_text("# changed\n")
    assert not bootstrap.is_current(checkout, bootstrap.DEMO)


def test_the_development_set_serves_the_demo_but_not_the_other_way_round(checkout: Path) -> None:
    bootstrap.write_stamp(checkout, bootstrap.DEV)
    assert bootstrap.is_current(checkout, bootstrap.DEMO)
    bootstrap.write_stamp(checkout, bootstrap.DEMO)
    assert not bootstrap.is_current(checkout, bootstrap.DEV)


def test_a_demo_never_takes_development_packages_away() -> None:
    assert bootstrap.file_to_install({"file": bootstrap.DEV}, bootstrap.DEMO) == bootstrap.DEV
    assert bootstrap.file_to_install({}, bootstrap.DEMO) == bootstrap.DEMO
    assert bootstrap.file_to_install({"file": bootstrap.DEMO}, bootstrap.DEV) == bootstrap.DEV


def test_a_moved_environment_is_not_current(checkout: Path) -> None:
    bootstrap.write_stamp(checkout, bootstrap.DEMO)
    stamp = json.loads((checkout / ".venv" / bootstrap.STAMP).read_text())
    (checkout / ".venv" / bootstrap.STAMP).write_text(json.dumps({**stamp, "root": "/elsewhere"}))
    assert not bootstrap.is_current(checkout, bootstrap.DEMO)


def test_an_environment_without_its_interpreter_is_not_current(checkout: Path) -> None:
    bootstrap.write_stamp(checkout, bootstrap.DEMO)
    bootstrap.venv_python(checkout / ".venv").unlink()
    assert not bootstrap.is_current(checkout, bootstrap.DEMO)


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    done = ensure_in(tmp_path, "sys.modules['ensurepip'] = None")
    assert done.returncode == 1
    assert "-venv`" in done.stderr
    assert "Traceback" not in done.stderr


def test_too_little_disk_space_is_said_before_anything_is_made(tmp_path: Path) -> None:
    done = ensure_in(tmp_path, "bootstrap.FRESH_VENV_BYTES = 10**18")
    assert done.returncode == 1
    assert "Not enough disk space" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_container_can_opt_out(tmp_path: Path) -> None:
    done = ensure_in(tmp_path, COE_BOOTSTRAP="off")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("error: No space left on device (os error 28)", "disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "was refused"),
        ("Failed to establish a new connection: [Errno 111]", "network connection"),
    ],
)
def test_a_failed_installation_says_what_to_do(output: str, advice: str) -> None:
    assert advice in bootstrap.explain_output("The packages could not be installed", output, 2)


def test_a_full_disk_is_named_whatever_raised_it() -> None:
    message = bootstrap.explain_os_error(OSError(errno.ENOSPC, "No space left on device"), Path("/x/.venv"))
    assert "disk is full" in message


def test_two_bootstraps_do_not_work_at_once(tmp_path: Path) -> None:
    waiting = "import sys; from pathlib import Path; from coe_portal import bootstrap\n"
    waiting += "with bootstrap.locked(Path(sys.argv[1])): print('in')"
    with bootstrap.locked(tmp_path):
        command = [sys.executable, "-c", waiting, str(tmp_path)]
        other = subprocess.Popen(command, cwd=bootstrap.ROOT, stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert "waiting" in other.stdout.readline()
    assert other.communicate(timeout=20)[0] == "in\n"
