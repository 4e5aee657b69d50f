"""Every address is classified, and answers a stranger as its class says."""

import re
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
import yaml
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import User
from tests.architecture import source
from tests.factories.people import person

WRITING = ("POST", "PUT", "PATCH", "DELETE")
_SAMPLES = {"int": "1", "uuid": str(uuid.UUID(int=0)), "slug": "none", "str": "none", "path": "none"}


class Route(NamedTuple):
    """One address of the site: `name` with its namespaces, `path` with samples in its places, `view` behind it."""

    name: str
    path: str
    view: Any
    takes_values: bool

    @property
    def is_api(self) -> bool:
        """Whether programs call it; its documentation is a page for people."""
        return self.path.startswith("/api/") and self.name != "api-docs"


def walk(
    patterns: list[URLPattern | URLResolver], prefix: str = "/", space: str = "", values: bool = False
) -> Iterator[Route]:
    """Every route below `patterns`."""
    for entry in patterns:
        path = prefix + _sample(str(entry.pattern))
        takes = values or "<" in str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from walk(entry.url_patterns, path, inner, takes)
        else:
            yield Route(f"{space}{entry.name or path}", path, entry.callback, takes)


def _sample(pattern: str) -> str:
    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda place: _SAMPLES[place.group(1) or "str"], pattern)
    if "(?P" in pattern or pattern.startswith("^"):  # a regular expression, as routers and the admin write them
        filled = re.sub(r"\(\?P<\w+>[^()]*(?:\([^()]*\)[^()]*)*\)", "none", pattern)
        filled = filled.lstrip("^").removesuffix("$").removesuffix(r"\Z").replace("\\", "").replace("/?", "")
    return filled


@cache
def routes() -> list[Route]:
    """Every route of the site."""
    return list(walk(get_resolver().url_patterns))


@cache
def table() -> dict[str, str]:
    """Route name → who may call it, as routes.yaml says."""
    text = (source.ROOT / "tests" / "architecture" / "routes.yaml").read_text(encoding="utf-8")
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return {str(name): str(access) for name, access in found.items()}


def access_of(route: Route, method: str = "GET") -> str:
    """Who may call the route: its own line, or the line `space:*` of its namespace; "" when nothing lists it."""
    line = table().get(route.name) or table().get(f"{route.name.rpartition(':')[0]}:*", "")
    everywhere, *by_method = line.split(", ")
    special = dict(part.split(" ", 1) for part in by_method)
    return special.get(method, everywhere)


def classed(*classes: str) -> list[Route]:
    """The routes of some classes."""
    return [route for route in routes() if access_of(route).split(" ")[0] in classes]


def test_every_route_is_classified() -> None:
    unlisted = sorted({route.name for route in routes() if not access_of(route)})
    assert not unlisted, f"Say in tests/architecture/routes.yaml who may call {unlisted}"


def test_the_table_lists_no_route_that_is_gone() -> None:
    names = {route.name for route in routes()}
    spaces = {f"{name.rpartition(':')[0]}:*" for name in names}
    assert not table().keys() - names - spaces


def test_every_class_is_known() -> None:
    classes = {access_of(route, method).split(" ")[0] for route in routes() for method in ("GET", *WRITING)}
    assert classes <= {"public", "signed-in", "staff", "only"}, classes


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_stranger_is_sent_to_the_login_or_refused(client: Client, method: str) -> None:
    wrong = []
    for route in classed("signed-in", "staff", "only"):
        response = getattr(client, method)(route.path)
        to_login = response.status_code == 302 and "/login" in response["Location"]
        if not (response.status_code == 401 if route.is_api else to_login):
            wrong.append(f"{method} {route.path} answers {response.status_code}")
    assert not wrong, wrong


@pytest.mark.django_db
def test_a_public_route_answers_a_stranger(client: Client) -> None:
    wrong = [
        f"{route.path} answers {status}"
        for route in classed("public")
        if (status := client.get(route.path).status_code) in (401, 403) or status >= 500
    ]
    assert not wrong, wrong


@pytest.fixture
def roleless(client: Client) -> User:
    """A signed-in person who holds no role and is no staff."""
    user = person()
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_a_page_for_some_refuses_a_person_without_a_role(client: Client, roleless: User) -> None:
    pages = [route.path for route in classed("only") if not route.is_api and not route.takes_values]
    answers = {path: client.get(path).status_code for path in pages}
    assert pages
    assert not {path: status for path, status in answers.items() if status not in (403, 405)}


@pytest.mark.django_db
def test_a_staff_page_turns_away_a_person_who_is_no_staff(client: Client, roleless: User) -> None:
    wrong = [
        f"{route.path} answers {status}"
        for route in classed("staff")
        if (status := client.get(route.path).status_code) not in (302, 403, 404)
    ]
    assert not wrong, wrong


@pytest.mark.django_db
def test_a_signed_in_person_meets_no_crash(client: Client, roleless: User) -> None:
    wrong = [
        f"{route.path} answers {status}"
        for route in classed("signed-in")
        if (status := client.get(route.path).status_code) in (401, 403) or status >= 500
    ]
    assert not wrong, wrong
