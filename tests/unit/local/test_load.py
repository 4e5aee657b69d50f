"""The client of the measuring commands: figures, arrival times, and a real server to ask."""

import asyncio
import random

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as some

from coe_portal.local import bench, load
from coe_portal.local.console import Problem


@given(some.lists(some.floats(0, 1e6), min_size=1), some.integers(1, 100))
def test_a_percentile_is_a_measured_value_that_enough_others_do_not_exceed(values: list[float], share: int) -> None:
    found = load.percentile(values, share)
    assert found in {round(value, 1) for value in values}
    assert sum(round(value, 1) <= found for value in values) >= len(values) * share / 100


def test_percentiles_of_known_values() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [load.percentile(values, share) for share in (50, 95, 99, 100)] == [50.0, 95.0, 99.0, 100.0]
    assert load.percentile([], 95) == 0.0


def test_requests_arrive_at_the_rate_and_in_order() -> None:
    times = list(load.arrivals(60, 300, random.Random(1)))
    assert times == sorted(times)
    assert times[-1] < 300
    assert 0.97 < len(times) / (60 * 300) < 1.03


async def _answer(request: web.Request) -> web.Response:
    return web.Response(status=int(request.match_info["status"]))


async def _measured(plan: dict[str, object]) -> dict[str, dict[str, object]]:
    site = web.Application()
    site.router.add_route("*", "/{status}", _answer)
    async with TestServer(site) as server:
        url = str(server.make_url("")).rstrip("/")
        return await load.run({"url": url, "people": [{}], **plan})


@pytest.fixture
def asks() -> list[dict[str, object]]:
    """One kind that is answered, one that is refused, one that is sent away."""
    return [{"name": f"asks {status}", "paths": [f"/{status}"]} for status in (200, 429, 302)]


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_answers_are_timed_and_errors_told_by_kind(mode: str, asks: list[dict[str, object]]) -> None:
    plan = {"mode": mode, "seconds": 0.4, "rate": 100, "clients": 3, "asks": asks}
    results = asyncio.run(_measured(plan))
    assert results["asks 200"]["errors"] == {}
    assert results["asks 200"]["requests"]
    refused, sent_away = results["asks 429"], results["asks 302"]
    assert refused["errors"] == {"status 429": refused["requests"]}
    assert sent_away["errors"] == {"status 302": sent_away["requests"]}
    assert results["all"]["requests"] == sum(results[f"asks {status}"]["requests"] for status in (200, 429, 302))  # type: ignore[misc]  # numbers


def test_a_server_that_is_gone_is_an_error_and_no_crash(asks: list[dict[str, object]]) -> None:
    plan = {"url": "http://127.0.0.1:1", "people": [{}], "mode": "open", "seconds": 0.2, "rate": 50, "asks": asks}
    results = asyncio.run(load.run(plan))
    assert set(results["all"]["errors"]) == {"ClientConnectorError"}


@pytest.mark.parametrize(
    ("p95", "errors", "status"), [(300.0, {}, 0), (300.1, {}, 1), (10.0, {"status 500": 1}, 1), (0.0, {}, 0)]
)
def test_the_bar_is_300_milliseconds_and_no_error(p95: float, errors: dict[str, int], status: int) -> None:
    assert bench._judged({"p95_ms": p95, "errors": errors}) == status


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--clients", "-1"]])
def test_a_measurement_of_nothing_is_refused(arguments: list[str]) -> None:
    with pytest.raises(Problem, match="must be more than nothing"):
        bench.bench(arguments)
