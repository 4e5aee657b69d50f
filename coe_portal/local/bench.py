"""The `bench` and `bench_load` commands: how much the site can do, and how long people wait under a steady load."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coe_portal.bootstrap import ROOT
from coe_portal.local import benchsite
from coe_portal.local.console import Problem, line, say

RESULTS = ROOT / "bench"
LONGEST_P95_MS = 300.0
# The kinds of request by their share, as a day's people send them; the rest register a case.
MIX = {"list page": 0.25, "detail": 0.25, "API list": 0.15, "search": 0.10, "prompt fetch": 0.20}
_WRITES = 0.05
_UNBOUNDED = "1000000/minute"
_LIMITS = {f"COE_RATE_{name}": _UNBOUNDED for name in ("ADDRESS", "CALLER", "SEARCH")}
_COLUMNS = (("requests", 9), ("per_second", 11), ("p50_ms", 9), ("p95_ms", 9), ("p99_ms", 9), ("worst_ms", 9))


def bench(arguments: Sequence[str]) -> int:
    """Measure each kind of request alone, with as many clients as are asked for, beside a view that does nothing."""
    parser = _parser("bench", "Measure requests a second, beside a bare Django view.", seconds=10.0, scale="small")
    parser.add_argument("--clients", type=int, default=8, help="requests at a time (default: 8)")
    options = _checked(parser.parse_args(arguments))
    # What is measured is the site, not how early it refuses one caller.
    with benchsite.running(scale=options.scale, folder=options.data_dir, workers=False, **_LIMITS) as site:
        kinds = benchsite.found(site)
        results = {"bare view": _closed(site, options, benchsite.bare(site), "bare view", ["/"])}
        for name, paths in kinds.items():
            say(f"Measuring {name} for {options.seconds:g} s ...")
            results[name] = _closed(site, options, site.url, name, paths)
    best = results["bare view"]["per_second"]
    for result in results.values():
        result["times_the_bare_view"] = round(best / result["per_second"], 1) if result["per_second"] else None
    _table(results, (*_COLUMNS, ("times_the_bare_view", 20)))
    _keep("bench", options, results)
    return 1 if any(result["errors"] for result in results.values()) else 0


def _closed(site: benchsite.Site, options: argparse.Namespace, url: str, name: str, paths: list[str]) -> dict[str, Any]:
    plan = {
        "mode": "closed", "url": url, "people": site.people, "cores": site.client_cores, "clients": options.clients,
        "asks": [{"name": name, "paths": paths}],
    }  # fmt: skip
    benchsite.client({**plan, "seconds": min(2.0, options.seconds)})  # what is made at a first use is made
    return benchsite.client({**plan, "seconds": options.seconds})[name]


def bench_load(arguments: Sequence[str]) -> int:
    """Send mixed requests at a steady rate; returns 1 if the 95th percentile is over 300 ms or anything failed."""
    parser = _parser("bench_load", "Hold a steady load of mixed requests.", seconds=300.0, scale="full")
    parser.add_argument("--rate", type=float, default=60.0, help="requests a second (default: 60)")
    options = _checked(parser.parse_args(arguments))
    with benchsite.running(scale=options.scale, folder=options.data_dir, workers=True) as site:
        plan = {
            "mode": "open", "url": site.url, "people": site.people, "cores": site.client_cores, "asks": _mix(site),
        }  # fmt: skip
        benchsite.client({**plan, "seconds": min(5.0, options.seconds), "rate": options.rate / 2, "seed": 2})
        say(f"Sending {options.rate:g} requests a second for {options.seconds:g} s ...")
        results = benchsite.client({**plan, "seconds": options.seconds, "rate": options.rate})
    _table(results, _COLUMNS)
    _keep("bench_load", options, results)
    return _judged(results["all"])


def _mix(site: benchsite.Site) -> list[dict[str, Any]]:
    kinds = benchsite.found(site)
    asks: list[dict[str, Any]] = [
        {"name": name, "paths": kinds[name], "weight": weight} for name, weight in MIX.items()
    ]
    asks.append(
        {
            "name": "register",
            "method": "POST",
            "paths": ["/api/v1/use-cases/"],
            "body": benchsite.CASE,
            "weight": _WRITES,
        }
    )
    return asks


def _judged(every: dict[str, Any]) -> int:
    errors = sum(every["errors"].values())
    fits = every["p95_ms"] <= LONGEST_P95_MS and not errors
    line(f"\n{'Within' if fits else 'Over'} the bar: p95 {every['p95_ms']} ms of {LONGEST_P95_MS:g}, {errors} errors.")
    return 0 if fits else 1


def _parser(name: str, words: str, *, seconds: float, scale: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"manage.py {name}", description=words)
    parser.add_argument("--seconds", type=float, default=seconds, help=f"of measuring (default: {seconds:g})")
    parser.add_argument("--scale", choices=benchsite.SCALES, default=scale, help=f"how full (default: {scale})")
    parser.add_argument("--data-dir", help="keep the filled database here for the next run (default: thrown away)")
    return parser


def _checked(options: argparse.Namespace) -> argparse.Namespace:
    for name in ("seconds", "clients", "rate"):
        if getattr(options, name, 1) <= 0:
            raise Problem(f"--{name} must be more than nothing.")
    return options


def _table(results: dict[str, dict[str, Any]], columns: Sequence[tuple[str, int]]) -> None:
    line("\n" + f"{'':<14}" + "".join(f"{name.replace('_', ' '):>{width}}" for name, width in columns) + "  errors")
    for name, result in results.items():
        errors = ", ".join(f"{count} × {kind}" for kind, count in result["errors"].items()) or "none"
        line(f"{name:<14}" + "".join(f"{result[column]!s:>{width}}" for column, width in columns) + f"  {errors}")


def _keep(name: str, options: argparse.Namespace, results: dict[str, Any]) -> Path:
    """Write the results beside those of earlier runs, in a folder that git ignores."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    told = {"command": name, "cores": benchsite.CORES, **vars(options), "results": results}
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    say(f"Written to {file.relative_to(ROOT)}")
    return file
