"""Endless lists come in parts by cursors; orders are declared; and whoever asks too often waits."""

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from apps.accounts.models import Role
from apps.core import rates
from tests.factories import cases, shelves
from tests.factories.people import person
from tests.integration.calls import MEDIA_TYPE, Caller
from tests.integration.test_api_reading import ENDLESS, LISTS, claim, run

pytestmark = pytest.mark.django_db
ALL_RATES = ["address", "caller", "export", "runs", "search"]
THROTTLES = [f"apps.core.api.throttles.{name}" for name in ("AddressRate", "CallerRate", "ScopeRate")]


@pytest.fixture
def reader() -> Caller:
    """A person who may read everything."""
    return Caller(person(Role.AUDITOR))


def parts(caller: Caller, path: str) -> list[list[Any]]:
    """Every part of a list, from the first to the last."""
    found = []
    while path:
        answer = caller.get(path)
        found.append(answer["results"])
        path = (answer["next"] or "").partition("/api/v1/")[2]
    return found


def fill() -> str:
    """Five rows in every endless list; the run whose items and results there are."""
    for _ in range(5):
        case = cases.case()
        claim(case)
        cases.submitted(case)
        started = run(dataset_version=shelves.dataset([(f"What is {n} + 1?", str(n + 1)) for n in range(5)]))
    return str(started.pk)


@pytest.mark.parametrize("order", ["", "-"])
def test_parts_hold_every_row_once_in_either_direction(reader: Caller, order: str) -> None:
    fill()
    for path in ENDLESS:
        column = "sequence" if path == "audit-events/" else "created_at"
        whole = [row for part in parts(reader, f"{path}?page_size=200&ordering={order}{column}") for row in part]
        found = parts(reader, f"{path}?page_size=2&ordering={order}{column}")
        assert len(whole) >= 5
        assert [row for part in found for row in part] == whole, path
        assert [len(part) for part in found[:-1]] == [2] * (len(found) - 1)
        key = [row.get("sequence", row.get("created_at")) for row in whole]
        assert key == sorted(key, reverse=bool(order))


def test_items_and_attempts_come_in_parts(reader: Caller) -> None:
    fill()
    slug = shelves.dataset([(f"What is {n} + 1?", str(n + 1)) for n in range(5)]).dataset.slug
    path = f"datasets/{slug}/versions/1/items/"
    found = parts(reader, f"{path}?page_size=2")
    assert [[item["index"] for item in part] for part in found] == [[0, 1], [2, 3], [4]]
    backwards = parts(reader, f"{path}?page_size=3&ordering=-index")
    assert [[item["index"] for item in part] for part in backwards] == [[4, 3, 2], [1, 0]]
    assert parts(reader, f"jobs/{run().job_id}/attempts/") == [[]]


def test_rows_that_arrive_meanwhile_are_neither_repeated_nor_in_the_way(reader: Caller) -> None:
    for _ in range(4):
        claim(cases.case())
    first = reader.get("claims/?page_size=2")
    claim(cases.case())
    second = reader.get(first["next"].partition("/api/v1/")[2])
    ids = [row["id"] for answer in (first, second) for row in answer["results"]]
    assert len(set(ids)) == 4
    assert second["next"] is None


def test_a_cursor_holds_for_its_list_and_order_alone_and_cannot_be_made_up(reader: Caller) -> None:
    fill()
    cursor = reader.get("claims/?page_size=2")["next"].partition("cursor=")[2].partition("&")[0]
    reader.get(f"claims/?cursor={cursor}")
    wrong = [f"jobs/?cursor={cursor}", f"claims/?ordering=created_at&cursor={cursor}", f"claims/?cursor=x{cursor}"]
    wrong += [f"claims/?cursor={made}" for made in ("x", ":", "%00", "%ff", "WyJpZCJd:x:y", cursor[:-1], "x" * 999)]
    for path in wrong:
        problem = reader.get(path, status=400)
        assert (problem["code"], list(problem["errors"])) == ("invalid-query", ["cursor"]), path
    assert "errors" in reader.get(f"claims/?cursor={'x' * 1001}", status=400)


@pytest.mark.parametrize("path", LISTS)
def test_only_declared_orders_are_taken(reader: Caller, path: str) -> None:
    fill()
    for bad in ("password", "created_by__password", "?", "-", "--created_at", "pk", "%00", "created_at,title"):
        problem = reader.get(f"{path}?ordering={bad}", status=400)
        assert list(problem["errors"]) == ["ordering"], bad
    operation = reader.client.get("/api/schema/").json()["paths"][f"/api/v1/{path}"]["get"]
    (declared,) = [each["schema"] for each in operation["parameters"] if each["name"] == "ordering"]
    assert declared["default"] == declared["enum"][0] or declared["default"] in declared["enum"]
    for order in declared["enum"]:
        reader.get(f"{path}?ordering={order}")


def test_cases_keep_their_orders(reader: Caller) -> None:
    for title in ("Bees", "Ants", "Cats"):
        cases.case(title=title)
    titles = [case["title"] for case in reader.get("use-cases/?ordering=-title")["results"]]
    assert titles == ["Cats", "Bees", "Ants"]
    assert [case["title"] for case in reader.get("use-cases/?ordering=created_at")["results"]] == [
        "Bees", "Ants", "Cats",
    ]  # fmt: skip


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """Throttles on, at a standing clock, with rates that a test sets."""
    # The classes read their rates when they are made, which the fixture changes.
    from apps.core.api import throttles
    from apps.core.api.resource import Resource

    classes = [throttles.AddressRate, throttles.CallerRate, throttles.ScopeRate]
    monkeypatch.setattr(Resource, "throttle_classes", classes)
    monkeypatch.setattr(time, "time", lambda: 1_000_000_010.0)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}}
    cache.clear()
    settings.API_RATES = dict.fromkeys(ALL_RATES, "1000/minute")
    yield settings
    cache.clear()


def refused(answer: Any) -> None:
    """Assert that the answer says how long to wait."""
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (429, MEDIA_TYPE, "throttled")
    # The minute that holds 1,000,000,010 ends 10 seconds later.
    assert answer["Retry-After"] == "11"


def test_each_caller_has_a_rate(limited: Any) -> None:
    limited.API_RATES["caller"] = "3/minute"
    one, other = Caller(person()), Caller(person())
    assert [one.bare("GET", "me/").status_code for _ in range(3)] == [200] * 3
    refused(one.bare("GET", "prompts/"))
    other.get("me/")


def test_an_address_has_a_rate_before_anybody_is_known(limited: Any) -> None:
    limited.API_RATES["address"] = "3/minute"
    assert [Client().get("/api/v1/me/").status_code for _ in range(3)] == [401] * 3
    refused(Client().get("/api/v1/me/"))
    refused(Caller(person()).bare("GET", "me/"))
    assert Client().get("/api/v1/me/", REMOTE_ADDR="10.0.0.9").status_code == 401


def test_what_costs_much_has_a_stricter_rate(limited: Any) -> None:
    limited.API_RATES.update(search="2/minute", runs="1/minute")
    caller = Caller(person(Role.AI_ENGINEER))
    assert [caller.bare("GET", "search/?q=x").status_code for _ in range(2)] == [200, 200]
    refused(caller.bare("GET", "search/?q=x"))
    assert caller.bare("POST", "evaluation-runs/").status_code == 422
    refused(caller.bare("POST", "evaluation-runs/"))
    caller.get("evaluation-runs/")


def test_the_next_window_starts_anew(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limited.API_RATES["caller"] = "1/minute"
    caller = Caller(person())
    caller.get("me/")
    refused(caller.bare("GET", "me/"))
    monkeypatch.setattr(time, "time", lambda: 1_000_000_021.0)
    caller.get("me/")


@pytest.mark.parametrize("rate", ["", "x", "1", "1/min", "-1/minute", "1.5/minute", "/minute"])
def test_a_faulty_rate_is_named(rate: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        rates.parsed(rate)


def test_the_sites_rates_are_readable(settings: Any) -> None:
    assert sorted(settings.API_RATES) == ALL_RATES
    assert all(rates.parsed(rate)[0] > 0 for rate in settings.API_RATES.values())


@override_settings(API_RATES={"search": "1/second"})
def test_a_window_that_ends_between_two_steps_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "add", lambda *_, **__: None)
    assert rates.seconds_to_wait("search", "nobody") == 0
