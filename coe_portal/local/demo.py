"""The `demo` command: one supervisor that brings the whole portal up, keeps it up and takes it down."""

import argparse
import shutil
import subprocess
import time
from collections.abc import Sequence

from coe_portal.local import cleanup, console, paths, processes, runfile, secrets, services, signals, stack
from coe_portal.local.commands import DEV_SETTINGS
from coe_portal.local.console import Problem, say
from coe_portal.local.locks import Lock
from coe_portal.local.ports import WEB_DEFAULT, free_port, web_port

_WEB_SECONDS = _WORKER_SECONDS = 120.0
_DATA_BYTES = 500_000_000  # room for weeks of trying things out
_TICK_SECONDS = 0.5


def main(arguments: Sequence[str]) -> int:
    """Run the demonstration until Ctrl-C; returns the exit status, raises Problem when it cannot start."""
    options = _parser().parse_args(arguments)
    data = paths.data_dir(options.data_dir)
    data.prepare()
    lock = Lock(data.lock)
    if not lock.acquire():
        raise Problem(already_running(data))
    with signals.handled():
        try:
            Demo(data, options.port, walk=not options.no_walkthrough).run()
        except KeyboardInterrupt:
            return 0
        finally:
            lock.release()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run the whole portal on this machine.")
    parser.add_argument("--port", type=int, help=f"port of the web server (default: {WEB_DEFAULT} or the next free)")
    parser.add_argument("--data-dir", help="folder of the demonstration's data (default: .coe in the checkout)")
    parser.add_argument("--no-walkthrough", action="store_true", help="do not run the example from end to end")
    return parser


def already_running(data: paths.DataDir) -> str:
    """Return what to tell somebody who starts a second demonstration on the same data."""
    running = runfile.read(data)
    where = f"at {running.url} " if running and running.url else ""
    return f"The demonstration is already running {where}(pid {running.pid if running else 0})."


class Demo:
    """One run of the demonstration in a locked data folder."""

    def __init__(self, data: paths.DataDir, asked_port: int | None, *, walk: bool) -> None:
        self._data = data
        self._asked_port = asked_port
        self._walk = walk
        self._keeper = processes.Keeper()

    def run(self) -> None:
        """Start everything, wait for an interrupt, and stop everything in order; raises Problem."""
        self._mend()
        try:
            parts = self._describe()
            self._start(parts)
            while True:
                self._keeper.tend()
                time.sleep(_TICK_SECONDS)
        finally:
            with signals.shielded():
                self._stop()

    def _mend(self) -> None:
        ended = cleanup.end_leftovers(self._data.root)
        if ended:
            say(f"Ended {ended} processes that a killed run had left behind")
        runfile.remove(self._data)
        for log in self._data.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))

    def _describe(self) -> services.Services:
        free = shutil.disk_usage(self._data.root).free
        if free < _DATA_BYTES:
            raise Problem(f"Only {free / 1e6:.0f} MB are free in {self._data.root}; the demonstration needs 500 MB.")
        port, sandbox_port = web_port(self._asked_port), free_port()
        if self._asked_port is None and port != WEB_DEFAULT:
            say(f"Port {WEB_DEFAULT} is in use by another program; taking {port}")
        servers = stack.assemble(self._data, secrets.load_or_create(self._data))
        # The broker's second database, which forgets nothing here: a demonstration needs no server of its own for it.
        cache = {"COE_CACHE_URL": servers.broker.url.removesuffix("0") + "1"}
        env = {**servers.environment(DEV_SETTINGS), **cache, **_addresses(port, sandbox_port)}
        return services.Services(servers, env, port, sandbox_port)

    def _start(self, parts: services.Services) -> None:
        say("Starting PostgreSQL and Valkey ...")
        stack.start(parts.stack, self._keeper)
        addresses = _addresses(parts.web_port, parts.sandbox_port)
        runfile.write(self._data, addresses["COE_SITE_URL"], {**parts.stack.contract(DEV_SETTINGS), **addresses})
        say("Migrating the database ...")
        self._finish(services.manage(parts.stack, parts.env, "migrate", "--no-input"), show=False)
        say("Loading the demonstration organisation ...")
        self._finish(services.manage(parts.stack, parts.env, "load_demo"))
        self._start_web(parts)
        self._start_workers(parts)
        if self._walk:
            self._walk_through(parts)
        self._announce(parts)

    def _start_web(self, parts: services.Services) -> None:
        # Before the workers: together they would delay the first page threefold on two cores.
        say("Starting the web server ...")
        web, url = self._keeper.start(parts.web()), parts.env["COE_SITE_URL"]
        processes.wait_until(lambda: services.answers(url), [web], _WEB_SECONDS, f"no page at {url}")
        say(f"The portal answers at {url}")

    def _start_workers(self, parts: services.Services) -> None:
        say("Starting workers, beat and sandbox model server (the device of the gpu queue is simulated) ...")
        specs = (parts.cpu_worker(), parts.gpu_worker(), parts.sandbox(), parts.beat())
        children = [self._keeper.start(spec) for spec in specs]
        ready = services.workers_ready(parts.stack.broker.url)
        processes.wait_until(ready, children, _WORKER_SECONDS, "no worker answers a ping")
        models = parts.env["COE_SANDBOX_URL"] + "/models"
        processes.wait_until(lambda: services.answers(models), [children[2]], _WORKER_SECONDS, f"no answer at {models}")
        say("The workers of the queues cpu and gpu are ready")

    def _walk_through(self, parts: services.Services) -> None:
        """Run the example from end to end; its failure is told, but the portal stays up."""
        say("Running the example from end to end ...")
        try:
            self._finish(services.manage(parts.stack, parts.env, "walkthrough"))
        except Problem as problem:
            console.complain(f"\n{problem}\nThe portal itself is running.\n")

    def _finish(self, spec: processes.Spec, *, show: bool = True, prefix: str | None = None) -> None:
        """Run a command to its end, its lines shown as progress and logged; raises Problem when it fails."""
        with spec.log.open("a", encoding="utf-8") as log:
            process = processes.popen(spec, stdout=subprocess.PIPE, stderr=log)
            try:
                for line in processes.lines(process, self._keeper.tend):
                    if prefix is None:  # the accounts' passwords stay out of the logs
                        print(line, file=log, flush=True)
                    if show:
                        _show(line, prefix)
                status = process.wait()
            finally:
                processes.stop([processes.Child(spec, process)])
        if status:
            raise Problem(processes.failure(spec, f"failed with status {status}"))

    def _announce(self, parts: services.Services) -> None:
        say("Everything is running. Ctrl-C stops it; the next start has the same data.")
        console.line(f"\n  {parts.env['COE_SITE_URL']}\n")
        self._finish(services.manage(parts.stack, parts.env, "demo_accounts"), prefix="  ")

    def _stop(self) -> None:
        say("Stopping ...")
        self._keeper.stop(*services.STOP_ORDER)
        cleanup.end_leftovers(self._data.root)  # a process that left its session
        runfile.remove(self._data)
        say("Stopped; no process is left" if not cleanup.leftovers(self._data.root) else "Stopped")


def _addresses(port: int, sandbox_port: int) -> dict[str, str]:
    site, sandbox = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}/v1"
    return {"COE_SITE_URL": site, "COE_SANDBOX_URL": sandbox}


def _show(text: str, prefix: str | None) -> None:
    if prefix is None:
        say(f"  {text}")
    else:
        console.line(prefix + text)
