"""Sends the local commands to this package and every other command to Django."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from coe_portal.local.console import Problem, complain

DEV_SETTINGS = "coe_portal.settings.dev"
_APPS = Path(__file__).resolve().parent.parent.parent / "apps"
_HINT = (
    "\nNo database answers. Start the demonstration in another terminal (`python3 manage.py demo`),\n"
    "or set DATABASE_URL to a PostgreSQL of your own.\n"
)


def run(argv: Sequence[str]) -> int:
    """Run the command in `argv` and return its exit status."""
    command = LOCAL.get(argv[1]) if len(argv) > 1 else None
    if command is None:
        return django(argv)
    try:
        return command(list(argv[2:]))
    except Problem as problem:
        complain(f"\n{problem}")
        return 1
    except ModuleNotFoundError as error:
        complain(f"\n{error}: this environment was not made for `{argv[1]}`; unset COE_BOOTSTRAP.")
        return 1
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        complain(f"\nThe disk is full ({error.filename}): free some space and start again.")
        return 1
    except KeyboardInterrupt:
        return 130


def django(argv: Sequence[str]) -> int:
    """Run a Django command, on the running demonstration's servers where no others are named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", DEV_SETTINGS)
    if "DATABASE_URL" not in os.environ and os.environ["DJANGO_SETTINGS_MODULE"] == DEV_SETTINGS:
        os.environ.update(demo_environment())
    import pghistory  # needs the settings, as all below does
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    # What a command of ours changes is noted with its name; Django's own run statements that take no note.
    command = argv[1] if len(argv) > 1 else ""
    ours = any(_APPS.glob(f"*/management/commands/{command}.py"))
    try:
        with pghistory.context(command=command) if ours else nullcontext():
            execute_from_command_line(list(argv))
    except OperationalError:
        complain(_HINT)
        raise
    return 0


def demo_environment() -> Mapping[str, str]:
    """Return the environment of the running demonstration, {} where none runs."""
    from coe_portal.local import paths, runfile  # only where a demonstration may run

    running = runfile.read(paths.data_dir())
    return running.environment if running else {}


def _demo(arguments: list[str]) -> int:
    from coe_portal.local import demo  # its parts are installed for demonstrations only

    return demo.main(arguments)


def _demo_reset(arguments: list[str]) -> int:
    from coe_portal.local import reset  # finds processes by a package of demonstrations

    return reset.main(arguments)


def _test(arguments: list[str]) -> int:
    from coe_portal.local import testing  # its parts are installed for tests only

    return testing.run(arguments)


def _bench(arguments: list[str]) -> int:
    from coe_portal.local import bench  # starts servers that are installed for demonstrations only

    return bench.bench(arguments)


def _bench_load(arguments: list[str]) -> int:
    from coe_portal.local import bench  # as above

    return bench.bench_load(arguments)


LOCAL: dict[str, Callable[[list[str]], int]] = {
    "demo": _demo,
    "demo_reset": _demo_reset,
    "test": _test,
    "bench": _bench,
    "bench_load": _bench_load,
}
