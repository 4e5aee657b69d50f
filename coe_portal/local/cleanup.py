"""Finds and ends the processes that a killed run left behind."""

import os
import signal
from pathlib import Path

import psutil

from coe_portal.local import postgres

# Every child carries this variable; its value is the data folder, so that two demonstrations never meet.
MARKER = "COE_SUPERVISED"
_GRACE = 10.0


def leftovers(root: Path) -> list[psutil.Process]:
    """Return the living processes that belong to the data folder `root`, bar this one and its ancestors."""
    found = {process.pid: process for process in psutil.process_iter() if _carries(process, str(root))}
    server = postgres.postmaster(root / "postgres")  # PostgreSQL overwrites its environment for its title
    if server is not None:
        found[server.pid] = server
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for pid, process in found.items() if pid not in spared]


def _carries(process: psutil.Process, root: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARKER) == root
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def end_leftovers(root: Path, grace: float = _GRACE) -> int:
    """End the processes of a killed run in `root`, after `grace` seconds by force. Returns how many."""
    found = leftovers(root)
    for process in found:
        _end(process, force=False)
    _, stubborn = psutil.wait_procs(found, timeout=grace)
    for process in stubborn:
        _end(process, force=True)
    psutil.wait_procs(stubborn, timeout=_GRACE)
    return len(found)


def _end(process: psutil.Process, *, force: bool) -> None:
    try:
        if force:
            process.kill()
        elif process.name() == "postgres":
            process.send_signal(signal.SIGINT)  # SIGTERM would wait for its sessions to leave
        else:
            process.terminate()
    except psutil.Error:  # gone meanwhile
        pass
