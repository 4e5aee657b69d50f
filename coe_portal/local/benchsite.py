"""A site to measure: its own PostgreSQL, broker and web server, filled, with people signed in, on two cores."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from apps.portal.demo.visitor import Visitor
from coe_portal.bootstrap import ROOT
from coe_portal.local import cleanup, paths, processes, secrets, services, signals, stack
from coe_portal.local.commands import DEV_SETTINGS
from coe_portal.local.console import Problem, say
from coe_portal.local.locks import Lock
from coe_portal.local.ports import free_port

PREFIX, CORES = "coe-bench-", 2
_SECONDS = 120.0
# What people register under load; the unit is one of the demonstration's.
CASE = {
    "title": "Sort letters of a load test",
    "purpose": "Clerks sort letters by hand.",
    "why_new": "One of many alike, to measure with.",
    "topic_area": "internal",
    "business_unit": "Operations / Accounts payable",
}
SCALES = {"none": None, "small": ["seed_scale", "--small"], "full": ["seed_scale"]}


@dataclass(frozen=True)
class Site:
    """A running site: its address, headers of signed-in people, cores left for a client, and how it was started."""

    url: str
    people: list[dict[str, str]]
    visitor: Visitor
    client_cores: list[int]
    parts: services.Services
    keeper: processes.Keeper


@contextmanager
def running(*, scale: str, folder: str | None, workers: bool, **environment: str) -> Iterator[Site]:
    """The site, stopped afterwards; its data are kept where a folder is named. Raises Problem."""
    client_cores = _pin()
    with signals.handled(), _data(folder) as data:
        keeper = processes.Keeper()
        try:
            yield _start(data, keeper, client_cores, scale, workers, environment)
        finally:
            with signals.shielded():
                keeper.stop(*services.STOP_ORDER)
                cleanup.end_leftovers(data.root)


def _pin() -> list[int]:
    """Keep this process and all it starts on two cores; returns the others, [] where there are no others."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:CORES])
    return cores[CORES:]


@contextmanager
def _data(folder: str | None) -> Iterator[paths.DataDir]:
    data = paths.data_dir(folder) if folder else paths.DataDir(Path(tempfile.mkdtemp(prefix=PREFIX)).resolve())
    data.prepare()
    lock = Lock(data.lock)
    if not lock.acquire():
        raise Problem(f"{data.root} is in use by another run.")
    try:
        yield data
    finally:
        with signals.shielded():
            if not folder:
                shutil.rmtree(data.root, ignore_errors=True)
            lock.release()


def _start(
    data: paths.DataDir, keeper: processes.Keeper, client_cores: list[int], scale: str, workers: bool,
    environment: Mapping[str, str],
) -> Site:  # fmt: skip
    servers = stack.assemble(data, secrets.load_or_create(data))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {**servers.environment(DEV_SETTINGS), "COE_SITE_URL": url, "COE_LOG_FORMAT": "json", **environment}
    parts = services.Services(servers, env, port, free_port(), web_processes=CORES)
    stack.start(servers, keeper)
    _fill(parts, scale)
    web = keeper.start(parts.web())
    processes.wait_until(lambda: services.answers(url), [web], _SECONDS, f"no page at {url}")
    if workers:
        keeper.start(parts.cpu_worker())
        keeper.start(parts.beat())
    visitors = [Visitor(url, name, password) for name, password in _accounts(data).items()]
    return Site(url, [_headers(url, visitor) for visitor in visitors], visitors[0], client_cores, parts, keeper)


def _fill(parts: services.Services, scale: str) -> None:
    done = parts.stack.data.root / f"filled-{scale}"
    say("Migrating and filling the database ...")
    _finish(parts, ["migrate", "--no-input"])
    _finish(parts, ["load_demo"])
    if (command := SCALES[scale]) and not done.exists():
        _finish(parts, command)
        done.touch()
    with psycopg.connect(parts.stack.cluster.url, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")  # as a site that has run for a while


def _finish(parts: services.Services, command: Sequence[str]) -> None:
    spec = services.manage(parts.stack, parts.env, *command)
    with spec.log.open("ab") as log:
        process = processes.popen(spec, stdout=log, stderr=subprocess.STDOUT)
        try:
            status = process.wait()
        finally:
            processes.stop([processes.Child(spec, process)])
    if status:
        raise Problem(processes.failure(spec, f"failed with status {status}"))


def _accounts(data: paths.DataDir) -> dict[str, str]:
    """Password by user name, the person who registers cases first."""
    kept: dict[str, str] = json.loads((data.root / "accounts.json").read_text(encoding="utf-8"))
    return {name: kept[name] for name in sorted(kept, key=lambda name: name != "business-owner")}


def _headers(url: str, visitor: Visitor) -> dict[str, str]:
    cookies = visitor.cookies
    token = next((value for name, value in cookies.items() if "csrf" in name), "")
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": sent, "X-CSRFToken": token, "Referer": f"{url}/", "Content-Type": "application/json"}


def bare(site: Site) -> str:
    """Start the site that does nothing, in the same server and on the same cores; returns its address."""
    port = free_port()
    spec = replace(site.parts, web_port=port).web(application="coe_portal.local.bare:application", name="bare")
    child, url = site.keeper.start(spec), f"http://127.0.0.1:{port}"
    processes.wait_until(lambda: services.answers(url), [child], _SECONDS, f"no page at {url}")
    return url


def found(site: Site) -> dict[str, list[str]]:
    """Paths of what is asked for, by kind, taken from what the site itself lists."""
    listed = site.visitor.api("GET", "use-cases/?page_size=200")["results"]
    cases = [row["ref"] for row in listed or [site.visitor.api("POST", "use-cases/", CASE)]]
    prompts = [row["slug"] for row in site.visitor.api("GET", "prompts/?page_size=200")["results"]]
    if not prompts:
        raise Problem("The site lists no prompt to ask for.")
    words = ("invoice", "supplier contract", "summarise letters", "translate", "forecast demand")
    return {
        "list page": ["/use-cases/"],
        "API list": ["/api/v1/use-cases/"],
        "detail": [f"/use-cases/{ref}/" for ref in cases],
        "search": [f"/search?q={word.replace(' ', '+')}" for word in words],
        "prompt fetch": [f"/api/v1/prompts/{slug}/versions/1/" for slug in prompts],
    }


def client(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Run the client on its plan and return its results; raises Problem."""
    done = subprocess.run(
        [sys.executable, "-m", "coe_portal.local.load"],
        input=json.dumps(plan), capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Problem(f"The client failed:\n{done.stderr[-2000:]}")
    results: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return results
