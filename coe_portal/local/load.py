"""The client of the measuring commands, a process of its own: reads a plan on standard input, prints results as JSON.

`closed`: so many clients, each asking again once it is answered: how much can the site do? `open`: requests begin at
their times whether or not earlier ones were answered, and waiting for a late start counts: how long do people wait?
"""

import asyncio
import json
import math
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Ask:
    """One kind of request: its share in a mix, and the addresses it is sent to, one of them each time."""

    name: str
    paths: list[str]
    weight: float = 1.0
    method: str = "GET"
    body: dict[str, Any] | None = None


@dataclass
class Tally:
    """What became of the requests of one kind: milliseconds of the answered ones, and errors by kind."""

    milliseconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def summary(self, seconds: float) -> dict[str, Any]:
        """As it is reported."""
        return {
            "requests": len(self.milliseconds) + self.errors.total(),
            "per_second": round(len(self.milliseconds) / seconds, 1),
            **{f"p{share}_ms": percentile(self.milliseconds, share) for share in (50, 95, 99)},
            "worst_ms": round(max(self.milliseconds, default=0.0), 1),
            "errors": dict(self.errors),
        }


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that at least `share` per cent do not exceed (nearest rank); 0.0 of nothing."""
    rank = max(1, math.ceil(len(values) * share / 100))
    return round(sorted(values)[rank - 1], 1) if values else 0.0


def arrivals(rate: float, seconds: float, dice: random.Random) -> Iterator[float]:
    """Seconds after the start at which requests begin: `rate` a second on average, at random, as people come."""
    at = dice.expovariate(rate)
    while at < seconds:
        yield at
        at += dice.expovariate(rate)


class Load:
    """One run against one site."""

    def __init__(self, plan: dict[str, Any], session: aiohttp.ClientSession) -> None:
        self.plan = plan
        self.asks = [Ask(**ask) for ask in plan["asks"]]
        self.tallies = {ask.name: Tally() for ask in self.asks}
        self._session = session
        self._dice = random.Random(plan.get("seed", 1))  # noqa: S311 the same load each time, not a secret

    async def closed(self) -> None:
        """Each client asks for the seconds of the plan, one request after the other."""
        until = time.perf_counter() + self.plan["seconds"]

        async def client() -> None:
            while (now := time.perf_counter()) < until:
                await self._ask(self._chosen(), now)

        await asyncio.gather(*(client() for _ in range(self.plan["clients"])))

    async def open(self) -> None:
        """Requests begin at their times."""
        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for after in arrivals(self.plan["rate"], self.plan["seconds"], self._dice):
                await asyncio.sleep(max(0.0, start + after - time.perf_counter()))
                group.create_task(self._ask(self._chosen(), start + after))

    def _chosen(self) -> Ask:
        return self._dice.choices(self.asks, [ask.weight for ask in self.asks])[0]

    async def _ask(self, ask: Ask, since: float) -> None:
        tally, headers = self.tallies[ask.name], self._dice.choice(self.plan["people"])
        try:
            async with self._session.request(
                ask.method, self.plan["url"] + self._dice.choice(ask.paths), headers=headers, json=ask.body,
                allow_redirects=False,
            ) as answer:  # fmt: skip
                await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            tally.errors[type(error).__name__] += 1
            return
        if answer.status in (200, 201):
            tally.milliseconds.append((time.perf_counter() - since) * 1000)
        else:
            tally.errors[f"status {answer.status}"] += 1


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Do what the plan says; results by name of request, and `all` of them together."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS), trust_env=False,
    )  # fmt: skip
    async with session:
        load = Load(plan, session)
        started = time.perf_counter()
        await (load.open() if plan["mode"] == "open" else load.closed())
        seconds = time.perf_counter() - started
    every = Tally()
    for tally in load.tallies.values():
        every.milliseconds += tally.milliseconds
        every.errors += tally.errors
    return {name: tally.summary(seconds) for name, tally in {**load.tallies, "all": every}.items()}


def main() -> None:
    """Read the plan, run it on the cores it names, print the results."""
    plan = json.load(sys.stdin)
    if plan.get("cores") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, plan["cores"])
    json.dump(asyncio.run(run(plan)), sys.stdout)


if __name__ == "__main__":
    main()
