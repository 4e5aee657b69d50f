"""Reading table.yaml and organisation.yaml, and answering one cell of them."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml
from django.db import transaction
from django.http import HttpResponse
from django.urls import resolve, reverse

from apps.core.api.guards import guard_of
from tests.access.actors import NAMES, Actor

_DEEDS = re.compile(
    r"(submit|advance|stage|cancel|decide|withdraw|recuse|revoke|overturn|retire|break-glass"
    r"|deactivate|reactivate|close|raise|lower|confirm|decline)/$"
)
_FILES = ("table.yaml", "organisation.yaml")
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
        """Its address for the object named `key`; the parts of a key such as `a/b` fill one place each."""
        parts = iter(key.split("/"))
        return reverse(self.name, args=[next(parts) if place == "*" else place for place in self.places])

    def columns(self) -> list[str]:
        """The columns in which it is tried: all of its right."""
        return list(rights()[self.right][NAMES[0]])

    def is_tried_by(self, actor: Actor) -> bool:
        """Of actors with equal cells one tries it, since all ask the same access.py; tokens are a group apart.

        Who tries follows from the route's name, so that each has their turn.
        """
        if not (actor.pages or self.is_api):
            return False
        mine = rights()[self.right]
        alike = [name for name in NAMES if mine[name] == mine[actor.name] and _is_token(name) != actor.pages]
        return alike[crc32(self.name.encode()) % len(alike)] == actor.name


def _is_token(name: str) -> bool:
    return name.startswith("token:")


@cache
def table() -> dict[str, Any]:
    """What both files say, as one."""
    parts = [yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8")) for name in _FILES]
    assert not parts[0]["rights"].keys() & parts[1]["rights"].keys()
    assert not parts[0]["routes"].keys() & parts[1]["routes"].keys()
    return {name: {**parts[0].get(name, {}), **parts[1].get(name, {})} for name in ("rights", "routes", "elsewhere")}


@cache
def rights() -> dict[str, dict[str, dict[str, str]]]:
    """Right → actor → column → cell. A row takes the actors that it names or matches and no row above it has."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for right, block in table()["rights"].items():
        [(head, lines)] = block.items()
        found[right] = {}
        for patterns, cells in lines.items():
            row = dict(zip(head.split(), cells.split(), strict=True))
            found[right].update(dict.fromkeys(_named(patterns.split(), found[right].keys(), right), row))
    return found


def _named(patterns: list[str], taken: Collection[str], right: str) -> list[str]:
    twice = set(patterns) & set(taken)
    assert not twice, f"{right} names {twice} twice"
    named = [name for name in NAMES if any(fnmatchcase(name, pattern) for pattern in patterns) and name not in taken]
    idle = [one for one in patterns if not any(fnmatchcase(name, one) for name in NAMES)]
    assert not idle, f"{right} names {idle}, and there is no such actor"
    return named


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
    """What the actor gets, as a letter of the table, and the answer; what a write did is undone."""
    if route.method == "GET":
        response = _call(actor, route, route.path(key), body)
        return _letter(route, response), response
    with transaction.atomic():
        response = _call(actor, route, route.path(key), body)
        transaction.set_rollback(True)
    return _letter(route, response), response


def _call(actor: Actor, route: Route, path: str, body: dict[str, Any]) -> HttpResponse:
    # A new address each time: refused tokens are counted, and would then be refused for their number.
    headers = {**actor.headers, "REMOTE_ADDR": str(next(_addresses)), "HTTP_X_REQUEST_ID": "the-sweep"}
    if not route.is_api:
        return getattr(actor.client, route.method.lower())(path, body, **headers)  # type: ignore[no-any-return]
    if route.method == "GET":
        return _read(actor, path, headers)
    if match := _match(actor, route, path, headers):
        headers["HTTP_IF_MATCH"] = match
    return getattr(actor.client, route.method.lower())(path, body, content_type="application/json", **headers)  # type: ignore[no-any-return]


def _read(actor: Actor, path: str, headers: dict[str, Any]) -> HttpResponse:
    """The answer to a GET, whose ETag is kept: whatever a cell does is undone."""
    found = actor.client.get(path, **headers)
    actor.etags[path] = found.headers.get("ETag", '"nothing"')
    return found  # type: ignore[return-value]  # the client's own kind of response


def _match(actor: Actor, route: Route, path: str, headers: dict[str, Any]) -> str:
    """What `If-Match` must say: the thing's ETag as this actor reads it, any at all, or "" where none is asked for."""
    view = resolve(path).func.view_class  # type: ignore[attr-defined]  # it is a Resource
    guard = guard_of(getattr(view, route.method.lower()), route.method)
    if not guard.changes or guard.whatever:
        return "*" if guard.changes else ""
    thing = _DEEDS.sub("", path)
    if thing not in actor.etags:
        _read(actor, thing, headers)
    return actor.etags[thing]


def _letter(route: Route, response: HttpResponse) -> str:
    status = response.status_code
    if status == 401 or (status == 302 and "/login" in response["Location"]):
        return "l"
    if status == 403 and route.is_api and json.loads(response.content).get("code") == "insufficient-scope":
        return "s"
    return {403: "n", 404: "."}.get(status, "y" if status < 500 else str(status))
