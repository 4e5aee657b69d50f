"""PostgreSQL and Valkey together: what both `demo` and `test` stand on."""

import os
from dataclasses import dataclass
from pathlib import Path

from coe_portal.local import cleanup, postgres, processes, valkey
from coe_portal.local.paths import DataDir
from coe_portal.local.ports import free_port
from coe_portal.local.secrets import Secrets

MARKER = cleanup.MARKER


@dataclass(frozen=True)
class Stack:
    """The two servers of one data folder and the environment that leads to them."""

    data: DataDir
    secrets: Secrets
    cluster: postgres.Cluster
    broker: valkey.Broker

    def environment(self, settings: str) -> dict[str, str]:
        """Return the whole environment of a child process; `settings` is its Django settings module."""
        return {**os.environ, **self.contract(settings), MARKER: str(self.data.root)}

    def contract(self, settings: str) -> dict[str, str]:
        """Return the variables through which every command finds this stack."""
        return {
            "DATABASE_URL": self.cluster.url,
            "CELERY_BROKER_URL": self.broker.url,
            "SECRET_KEY": self.secrets.secret_key,
            "COE_SECRET_KEYS": f"local:{self.secrets.store_key}",
            "COE_DATA_DIR": str(self.data.root),
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONUNBUFFERED": "1",
        }

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.data.logs / f"{name}.log"


def assemble(data: DataDir, secrets: Secrets, *, throwaway: bool = False) -> Stack:
    """Choose free ports and describe the two servers of a prepared data folder."""
    cluster = postgres.Cluster(data.root, data.postgres, free_port(), secrets.database_password, throwaway)
    return Stack(data, secrets, cluster, valkey.Broker(data.valkey, free_port(), secrets.broker_password))


def start(stack: Stack, keeper: processes.Keeper) -> None:
    """Start both servers, wait until they answer, and see that the database exists; raises Problem."""
    postgres.create(stack.cluster)
    postgres.clear_stale_pid(stack.cluster.folder)
    env = {**os.environ, MARKER: str(stack.data.root)}
    broker = keeper.start(stack.broker.spec(env, stack.log("valkey")))
    server = keeper.start(stack.cluster.spec(env, stack.log("postgres")))
    processes.wait_until(stack.cluster.answers, [server], postgres.READY_SECONDS, "no connection")
    processes.wait_until(stack.broker.answers, [broker], valkey.READY_SECONDS, "no answer")
    postgres.ensure_database(stack.cluster)
