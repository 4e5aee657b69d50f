"""The `demo_reset` command: forgets a demonstration that is not running."""

import argparse
import shutil
import sys
from collections.abc import Sequence

from coe_portal.local import cleanup, paths
from coe_portal.local.console import Problem, say
from coe_portal.local.locks import Lock, holder


def main(arguments: Sequence[str]) -> int:
    """Remove the data folder after asking; returns the exit status, raises Problem where it must stay."""
    parser = argparse.ArgumentParser(prog="manage.py demo_reset", description="Forget the demonstration's data.")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--data-dir", help="folder of the demonstration's data (default: .coe in the checkout)")
    options = parser.parse_args(arguments)
    data = paths.data_dir(options.data_dir)
    if not data.root.exists():
        say(f"Nothing to forget: {data.root} does not exist")
        return 0
    if not data.is_ours():
        raise Problem(f"{data.root} is not a data folder of the portal; it is left alone.")
    return _remove(data, sure=options.yes)


def _remove(data: paths.DataDir, *, sure: bool) -> int:
    lock = Lock(data.lock)
    if not lock.acquire():
        raise Problem(f"The demonstration is running (pid {holder(data.lock)}); stop it first (Ctrl-C there).")
    try:
        if not (sure or _agreed(data)):
            say("Kept")
            return 1
        cleanup.end_leftovers(data.root)
        shutil.rmtree(data.root)
    finally:
        lock.release()
    say(f"Removed {data.root}; the next start begins afresh")
    return 0


def _agreed(data: paths.DataDir) -> bool:
    if not sys.stdin.isatty():
        raise Problem(f"This removes {data.root} with all its data; say --yes where nobody can be asked.")
    return input(f"Remove {data.root} with all its data? [y/N] ").strip().lower() in {"y", "yes"}
