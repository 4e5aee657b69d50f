"""Real worker processes on the test database and a real broker."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest
import redis
from django.core.management import call_command
from django.db import connection

from apps.accounts.models import Role
from apps.compute.models import Job
from apps.evaluations import services
from apps.evaluations.models import EvaluationRun
from coe_portal.bootstrap import ROOT
from coe_portal.local.ports import free_port
from tests.factories import shelves
from tests.factories.people import person

LEASE_SECONDS = "2"


class Worker:
    """One Celery worker with beat inside, in a process group of its own so that all of it can be killed at once."""

    def __init__(self, folder: Path, *, env: dict[str, str], concurrency: int) -> None:
        self.log = folder / f"worker-{time.monotonic_ns()}.log"
        self._out: IO[bytes] = self.log.open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", "worker.celery", "worker", "-B", "-s", str(folder / "beat"),
                "-Q", "cpu,gpu", "-c", str(concurrency), "-n", f"w{time.monotonic_ns()}@test", "--loglevel", "INFO",
                "--without-gossip", "--without-mingle",
            ],
            cwd=ROOT, env=env, stdout=self._out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def wait_ready(self) -> "Worker":
        """Until the worker says that it is ready."""
        wait_for(lambda: self.process.poll() is not None or " ready." in self.log.read_text(), what="a ready worker")
        assert self.process.poll() is None, self.log.read_text()
        return self

    def kill(self) -> None:
        """SIGKILL the worker and its children: nothing gets to clean up. Killing twice changes nothing."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._out.close()


def wait_for(condition: Callable[[], object], *, what: str, seconds: float = 60, pause: float = 0.05) -> None:
    """Until `condition` holds; fails naming `what` was awaited."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {seconds} s for {what}.")
        time.sleep(pause)


@contextmanager
def serve(command: list[str], url: str) -> Iterator[str]:
    """A server process that answers at `url` meanwhile."""
    server = subprocess.Popen([sys.executable, *command], cwd=ROOT)
    try:
        wait_for(lambda: _answers(url), what=f"a server at {url}", seconds=20)
        yield url
    finally:
        server.kill()
        server.wait()


@contextmanager
def serve_faulty() -> Iterator[str]:
    """The server that fails on request, at its address."""
    port = free_port()
    with serve([str(Path(__file__).with_name("model_server.py")), str(port)], f"http://127.0.0.1:{port}") as url:
        yield url


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """A function that starts a worker; every worker is killed at the end, before the database is emptied."""
    with _workers(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def standing_worker(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """One worker for all tests of a file that has no other; what they leave in the database is emptied at its end."""
    with django_db_blocker.unblock():
        with _workers(tmp_path_factory.mktemp("worker")) as start:
            yield start()
        call_command("flush", interactive=False)


@contextmanager
def _workers(folder: Path) -> Iterator[Callable[..., Worker]]:
    redis.Redis.from_url(os.environ["CELERY_BROKER_URL"]).flushdb()
    db = connection.settings_dict
    url = f"postgresql://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
    env = {**os.environ, "DATABASE_URL": url, "COE_JOB_LEASE_SECONDS": LEASE_SECONDS}
    started: list[Worker] = []

    def start(*, concurrency: int = 2, **extra: str) -> Worker:
        started.append(Worker(folder, env={**env, **extra}, concurrency=concurrency))
        return started[-1].wait_ready()

    try:
        yield start
    finally:
        for worker in started:
            worker.kill()


@pytest.fixture
def faulty() -> Iterator[str]:
    """The address of the failing server."""
    with serve_faulty() as url:
        yield url


def run_on(base_url: str, questions: list[tuple[str, str]], *, key_variable: str = "") -> EvaluationRun:
    """A run of these questions and expected answers on the server there."""
    return services.start_run(
        prompt_version=shelves.prompt(),
        endpoint=shelves.openai_endpoint(base_url, key_variable=key_variable),
        dataset_version=shelves.dataset(questions),
        scorers=["exact", "numeric"],
        gate_scorer="numeric",
        threshold=Decimal("0.1"),
        by=person(Role.AI_ENGINEER),
    )


def wait_final(run: EvaluationRun, seconds: float = 60) -> Job:
    """The job of the run, once it has ended."""
    wait_for(lambda: Job.objects.get(run=run).is_final, what="the end of the run", seconds=seconds)
    return Job.objects.get(run=run)
