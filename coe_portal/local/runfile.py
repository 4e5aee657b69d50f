"""What a running demonstration tells other commands: its process, its address and its environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from coe_portal.local.locks import holder, is_held
from coe_portal.local.paths import DataDir, write_private


@dataclass(frozen=True)
class Running:
    """A running supervisor: its process id, the address of its web server and how to reach its servers."""

    pid: int
    url: str
    environment: dict[str, str]


def write(data: DataDir, url: str, environment: Mapping[str, str]) -> None:
    """Tell other commands about this process."""
    write_private(data.run_file, json.dumps(asdict(Running(os.getpid(), url, dict(environment))), indent=1) + "\n")


def remove(data: DataDir) -> None:
    """Forget this run."""
    data.run_file.unlink(missing_ok=True)


def read(data: DataDir) -> Running | None:
    """Return the run that holds the folder's lock now, or None; a run still starting has no address yet."""
    if not is_held(data.lock):
        return None
    try:
        return Running(**json.loads(data.run_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Running(holder(data.lock), "", {})
