"""Makes and mends ROOT/.venv from the locked requirements, with the standard library alone."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

ROOT = Path(__file__).resolve().parent.parent
DEMO, DEV = "requirements-demo.txt", "requirements-dev.txt"
TOOLS = "requirements-bootstrap.txt"
FRESH_VENV_BYTES = 1_500_000_000  # packages (0.8 GB) and the installer's cache of them
STAMP = ".stamp"


class BootstrapError(Exception):
    """The environment cannot be prepared; the message says what the reader can do."""


def ensure(argv: Sequence[str], root: Path = ROOT) -> int:
    """Return 0 in a prepared environment, else prepare it and run `argv` again there; not 0 on failure."""
    venv = root / ".venv"
    if os.environ.get("COE_BOOTSTRAP", "").lower() == "off" or Path(sys.prefix).resolve() == venv.resolve():
        return 0
    try:
        prepare(root, wanted_file(argv))
    except BootstrapError as error:
        say(f"\n{error}", sys.stderr)
        return 1
    except OSError as error:
        say(f"\n{explain_os_error(error, venv)}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted; the next start completes the environment.", sys.stderr)
        return 130
    return restart(root, argv)


def restart(root: Path, argv: Sequence[str]) -> NoReturn:
    """Replace this process by the same command in ROOT/.venv."""
    python = str(venv_python(root / ".venv"))
    os.execv(python, [python, str(root / "manage.py"), *argv[1:]])  # noqa: S606 a shell would only be in the way


def say(text: str, stream: TextIO = sys.stdout) -> None:
    """Print a line at once; a closed output (the terminal is gone) must not leave work half done."""
    with suppress(OSError):
        print(text, file=stream, flush=True)


def wanted_file(argv: Sequence[str]) -> str:
    """Return the requirements file that the command in `argv` needs."""
    return DEV if len(argv) > 1 and argv[1] == "test" else DEMO


def prepare(root: Path, wanted: str) -> None:
    """Bring ROOT/.venv to the state `wanted` asks for; raises BootstrapError or OSError."""
    check_platform()
    if is_current(root, wanted):
        return
    with locked(root) as lock:
        if is_current(root, wanted):  # another start prepared it while we waited
            return
        install(root, file_to_install(read_stamp(root / ".venv"), wanted), lock)


def check_platform() -> None:
    """Raise BootstrapError where the embedded servers cannot run."""
    if os.name == "nt":
        raise BootstrapError(
            "The demonstration and the tests run on Linux and macOS: the broker has no Windows build.\n"
            "On Windows use WSL 2, or the containers described in the README."
        )


def venv_python(venv: Path) -> Path:
    """Return the interpreter inside `venv`."""
    return venv / "bin" / "python"


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file; raises OSError where it cannot be read."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp(venv: Path) -> dict[str, str]:
    """Return what was last installed completely ({} when nothing was, or the note is unreadable)."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(root: Path, file: str) -> None:
    """Record that `file` is installed completely, in one atomic step."""
    stamp = {"root": str(root), "file": file, "sha256": sha256_of(root / file)}
    partial = root / ".venv" / f"{STAMP}.new"
    partial.write_text(json.dumps(stamp) + "\n", encoding="utf-8")
    partial.replace(root / ".venv" / STAMP)


def is_current(root: Path, wanted: str) -> bool:
    """Say whether .venv holds what `wanted` lists; the development set includes the demonstration set."""
    stamp = read_stamp(root / ".venv")
    file = stamp.get("file", "")
    return (
        file in {wanted, DEV}
        and stamp.get("root") == str(root)  # a moved virtual environment has wrong paths inside
        and stamp.get("sha256") == sha256_of(root / file)
        and venv_python(root / ".venv").exists()
    )


def file_to_install(stamp: dict[str, str], wanted: str) -> str:
    """Return the file to install: never fewer packages than are installed now."""
    return DEV if stamp.get("file") == DEV else wanted


@contextmanager
def locked(root: Path) -> Iterator[int]:
    """Hold the checkout's lock (on the folder itself, so no file is left) and yield its descriptor."""
    import fcntl  # absent on Windows, where check_platform has already answered

    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is preparing the environment; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def install(root: Path, file: str, lock: int) -> None:
    """Create .venv where it is missing, half-made or moved, and install `file` with verified hashes."""
    venv, started = root / ".venv", time.monotonic()
    if read_stamp(venv).get("root") != str(root) or not venv_python(venv).exists():
        create(venv, lock)
    (venv / STAMP).unlink(missing_ok=True)  # from here until the end the environment counts as half-made
    say(f"Installing the packages of {file} (once; downloads a few hundred MB) ...")
    install_packages(root, file, lock)
    write_stamp(root, file)
    say(f"Environment ready after {time.monotonic() - started:.0f} s.")


def create(venv: Path, lock: int) -> None:
    """Make an empty virtual environment, replacing whatever a killed start left there."""
    check_can_create(venv)
    if venv.exists():
        say(f"{venv} is incomplete; making it anew ...")
        shutil.rmtree(venv)
    else:
        say(f"Creating {venv} ...")
    run([sys.executable, "-m", "venv", str(venv)], lock, "The virtual environment could not be made")


def check_can_create(venv: Path) -> None:
    """Raise BootstrapError when Python's venv module or the disk space for a new environment is missing."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise BootstrapError(
            f"This Python has no venv module. Install it (Debian: `apt install python{version}-venv`)\n"
            "and run the same command again."
        )
    free = shutil.disk_usage(venv.parent).free
    if free < FRESH_VENV_BYTES:
        raise BootstrapError(
            f"Not enough disk space in {venv.parent}: {free / 1e9:.1f} GB free, "
            f"{FRESH_VENV_BYTES / 1e9:.1f} GB needed.\nFree some space and run the same command again."
        )


def install_packages(root: Path, file: str, lock: int) -> None:
    """Install `file` by uv, or by pip where uv cannot be had or finds no index; raises BootstrapError."""
    python = str(venv_python(root / ".venv"))
    pip = [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--quiet",
        "--retries",
        "2",
    ]
    uv = [python, "-m", "uv", "--quiet", "--no-progress", "pip", "install", "--python", python]
    try:
        run([*pip, *locked_to(root / TOOLS)], lock, "uv could not be installed")
        run([*uv, *locked_to(root / file)], lock, "uv could not install the packages")
    except BootstrapError as error:
        if is_disk_full(str(error)):
            raise
        say(f"{str(error).splitlines()[0]} Trying pip alone (slower) ...")
        run([*pip, *locked_to(root / file)], lock, "The packages could not be installed")


def locked_to(file: Path) -> list[str]:
    """Return the options that install exactly what `file` lists, refusing any other content."""
    return ["--require-hashes", "-r", str(file)]


def run(command: Sequence[str], lock: int, failure: str) -> None:
    """Run a step that keeps the lock while it lives; raises BootstrapError with the step's output."""
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[lock],
        check=False,
    )
    if done.returncode:
        raise BootstrapError(explain_output(failure, done.stdout.decode("utf-8", "replace"), done.returncode))


def explain_output(failure: str, output: str, status: int) -> str:
    """Turn a failed step's output into a message that ends with what to do."""
    tail = "\n".join("  " + line for line in output.strip().splitlines()[-8:])
    return f"{failure} (exit status {status}).\n{tail}\n{advice(output)}"


def advice(output: str) -> str:
    """Return what to do about a failed installation, judged by its output."""
    if is_disk_full(output):
        return "The disk is full: free some space and run the same command again."
    if "hash" in output.lower() and "match" in output.lower():
        return "A package differs from the locked one and was refused. Check the package index you use."
    return (
        "Check the network connection, or the proxy and index settings (HTTPS_PROXY, PIP_INDEX_URL),\n"
        "and run the same command again."
    )


def is_disk_full(text: str) -> bool:
    """Say whether a message speaks of a full disk or quota."""
    return os.strerror(errno.ENOSPC) in text or os.strerror(errno.EDQUOT) in text


def explain_os_error(error: OSError, venv: Path) -> str:
    """Return one clear sentence for an operating system error while `venv` is made."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full while writing {venv}: free some space and run the same command again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{error.filename or venv} cannot be written: run as its owner, or correct its permissions."
    return f"{venv} could not be prepared: {error}. Remove that folder and run the same command again."
