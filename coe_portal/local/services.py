"""The portal's own processes: how web, sandbox, workers and beat start, and how they show to be ready."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from celery import Celery

from coe_portal.bootstrap import ROOT
from coe_portal.local.processes import Spec
from coe_portal.local.stack import Stack

WEB, SANDBOX, CPU, GPU, BEAT = "web", "sandbox", "cpu-worker", "gpu-worker", "beat"
# In this order they stop: first what brings work, then what does it.
STOP_ORDER = ([WEB, BEAT, CPU, GPU], [SANDBOX], ["valkey"], ["postgres"])
# Of all web processes together: enough that a slow answer keeps nobody waiting, few enough not to fight for the cores.
_WEB_THREADS = 4
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy cannot reach our loopback


@dataclass(frozen=True)
class Services:
    """The processes on top of a started stack; all share one environment."""

    stack: Stack
    env: Mapping[str, str]
    web_port: int
    sandbox_port: int
    web_processes: int = 1

    def web(self, application: str = "coe_portal.wsgi:application", name: str = WEB) -> Spec:
        """The web server. It keeps no log of addresses: the site tells of requests."""
        address = ["--host", "127.0.0.1", "--port", str(self.web_port)]
        threads = _WEB_THREADS // self.web_processes
        size = ["--workers", str(self.web_processes), "--blocking-threads", str(threads)]
        rest = ["--workers-kill-timeout", "3", application]
        return self._spec(name, "granian", "--interface", "wsgi", *address, *size, *rest)

    def sandbox(self) -> Spec:
        """The built-in model server, which is not a language model."""
        return self._spec(SANDBOX, "worker.engines.sandbox", "--port", str(self.sandbox_port))

    def cpu_worker(self) -> Spec:
        """The worker of the cpu queue."""
        return self._worker(CPU, "cpu", processes=2)

    def gpu_worker(self) -> Spec:
        """The worker of the gpu queue: one job at a time, as on a real device."""
        return self._worker(GPU, "gpu", processes=1)

    def beat(self) -> Spec:
        """The clock that sends the periodic tasks; exactly one may run."""
        schedule = str(self.stack.data.root / "beat-schedule")
        return self._spec(BEAT, "celery", "-A", "worker.celery", "beat", "-s", schedule, "-l", "INFO")

    def _worker(self, name: str, queue: str, *, processes: int) -> Spec:
        size = ["-Q", queue, "-c", str(processes), "-n", f"{queue}@%h", "--pool", "prefork"]
        quiet = ["--without-gossip", "--without-mingle", "-l", "INFO"]
        return self._spec(name, "celery", "-A", "worker.celery", "worker", *size, *quiet)

    def _spec(self, name: str, *module: str) -> Spec:
        return Spec(name, [sys.executable, "-m", *module], self.env, self.stack.log(name))


def manage(stack: Stack, env: Mapping[str, str], *command: str) -> Spec:
    """Return how a Django command is run to its end."""
    return Spec(command[0], [sys.executable, str(ROOT / "manage.py"), *command], env, stack.log(command[0]))


def answers(url: str) -> bool:
    """Say whether a server answers `url` with anything but an error of its own."""
    try:
        with _DIRECT.open(url, timeout=10):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def workers_ready(broker_url: str) -> Callable[[], bool]:
    """Return a test whether a worker of either queue answers a ping sent through the broker."""
    os.environ["CELERY_BROKER_URL"] = broker_url  # Celery prefers this variable to any argument
    app = Celery(broker=broker_url)

    def ready() -> bool:
        replies = app.control.ping(timeout=1.0, limit=2) or []
        names = [name for reply in replies for name in reply]
        return all(any(name.startswith(f"{queue}@") for name in names) for queue in ("cpu", "gpu"))

    return ready
