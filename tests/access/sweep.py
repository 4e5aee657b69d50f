"""Reading table.yaml, and answering one cell of it."""

import json
import re
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from tests.access.actors import Actor
from tests.access.things import COLUMNS, World

_HEAD = " ".join(COLUMNS)
_addresses = ip_network("10.0.0.0/8").hosts()


@dataclass(frozen=True)
class Route:
    """One route × method on one kind of object; `places` are the values in its address, `*` the object's name."""

    name: str
    method: str
    kind: str
    right: str
    places: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        """Whether programs call it, so that tokens may, and nobody is sent to a sign-in page."""
        return self.name.startswith("api-")

    def path(self, key: str) -> str:
        """Its address for the object named `key`."""
        return reverse(self.name, args=[key if place == "*" else place for place in self.places])


@cache
def table() -> dict[str, Any]:
    """What table.yaml says."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("table.yaml").read_text(encoding="utf-8"))
    return found


@cache
def rights() -> dict[str, dict[str, dict[str, str]]]:
    """Right → actor → column → cell."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for right, block in table()["rights"].items():
        rows = [(actor, cells.split()) for actors, cells in block[_HEAD].items() for actor in actors.split()]
        assert len({actor for actor, _ in rows}) == len(rows), f"{right} names an actor twice"
        found[right] = {actor: dict(zip(COLUMNS, cells, strict=True)) for actor, cells in rows}
    return found


@cache
def routes() -> list[Route]:
    """Every route × method of the table."""
    return [
        _route(name, method, kind, right)
        for kind, lines in table()["routes"].items()
        for names, methods in lines.items()
        for name in re.findall(r"\S+\[[^]]*\]|\S+", names)
        for method, right in methods.items()
    ]


def _route(name: str, method: str, kind: str, right: str) -> Route:
    bare, _, places = name.partition("[")
    values = tuple(place.strip() for place in places.rstrip("]").split(",") if place)
    return Route(bare, method, kind, right, values if "*" in values else ("*", *values))


def cell(actor: Actor, route: Route, key: str, body: dict[str, Any]) -> tuple[str, HttpResponse]:
    """What the actor gets, as a letter of the table, and the answer; what it did is undone."""
    with transaction.atomic():
        response = _call(actor, route, route.path(key), body)
        transaction.set_rollback(True)
    return _letter(route, response), response


def _call(actor: Actor, route: Route, path: str, body: dict[str, Any]) -> HttpResponse:
    # A new address each time: refused tokens are counted, and would then be refused for their number.
    headers = {**actor.headers, "REMOTE_ADDR": str(next(_addresses))}
    if not route.is_api or route.method == "GET":
        return getattr(actor.client, route.method.lower())(path, body, **headers)  # type: ignore[no-any-return]
    headers["HTTP_IF_MATCH"] = _etag(actor, path, headers)
    return getattr(actor.client, route.method.lower())(path, body, content_type="application/json", **headers)  # type: ignore[no-any-return]


def _etag(actor: Actor, path: str, headers: dict[str, Any]) -> str:
    """The thing's ETag as this actor reads it; nothing has this one for whoever may not."""
    found = actor.client.get(re.sub(r"(submit|advance|cancel|decide|withdraw)/$", "", path), **headers)
    return found.headers.get("ETag", '"nothing"')


def _letter(route: Route, response: HttpResponse) -> str:
    status = response.status_code
    if status == 401 or (status == 302 and "/login" in response["Location"]):
        return "l"
    if status == 403 and route.is_api and json.loads(response.content).get("code") == "insufficient-scope":
        return "s"
    return {403: "n", 404: "."}.get(status, "y" if status < 500 else str(status))


def bodies(world: World, key: str, route: Route) -> dict[str, Any]:
    """A body that is right, so that the person alone can be refused."""
    known: dict[str, dict[str, Any]] = {
        "api-use-case": {"endpoint": None},
        "api-prompt-versions": {"user": "Add {{question}}"},
        "api-prompt-label": {"version": 1},
        "prompts:set_production": {"version": 1},
        "discussions:panel": {"body": "A further comment"},
        "discussions:edit": {"body": "Another", "version": 1},
        "api-comment": {"body": "Another"},
        "accounts:share": {"team": str(world.third.pk), "level": "view"},
        "accounts:unshare": {"team": str(world.third.pk)},
        "accounts:assign": {"team": str(world.ours.pk), "audience": "team"},
        "api-review-decide": {
            "lane": "steward", "outcome": "approve", "reason": "Read.", "content_hash": world.hashes.get(key, "0" * 64),
        },
    }  # fmt: skip
    return known.get(route.name, {}) if route.method != "GET" else {}
