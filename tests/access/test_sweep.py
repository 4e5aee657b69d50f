"""Every route × method × actor × object answers as table.yaml and organisation.yaml say."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from tests.access import actors, sweep
from tests.access.bodies import body
from tests.access.things import World
from tests.architecture import test_routes
from tests.architecture.test_roles import writing
from tests.factories.people import person

pytestmark = pytest.mark.django_db
FEWEST_CELLS = 8_000
# What differs between any two answers: the CSRF secret is masked anew each time.
_SECRETS = re.compile(r'X-CSRFToken": "\w+|name="csrfmiddlewaretoken" value="\w+')


@pytest.fixture(autouse=True)
def _briskly(settings: Any) -> Iterator[None]:
    """Thousands of refusals would fill the log, and their sessions the database."""
    logging.disable(logging.CRITICAL)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world() -> World:
    """The two teams and what they have."""
    return World()


def test_each_right_says_everything_about_everybody(world: World) -> None:
    assert [actor.name for actor in actors.everybody(world.ours, world.ours.unit)] == list(actors.NAMES)
    assert not {right: row.keys() for right, row in sweep.rights().items() if row.keys() != set(actors.NAMES)}


def test_each_column_has_its_object(world: World) -> None:
    named = world.names_for(person())
    missing = [(route.name, one) for route in sweep.routes() for one in route.columns() if one not in named[route.kind]]
    assert not missing


def test_every_cell_answers_as_the_table_says(world: World, only_whether: None) -> None:
    wrong: list[str] = []
    answers: Counter[str] = Counter()
    for actor in actors.everybody(world.ours, world.ours.unit):
        names = world.names_for(actor.user)
        for route in sweep.routes():
            if not route.is_tried_by(actor):
                continue
            for column in route.columns():
                key = names[route.kind][column]
                expected = sweep.rights()[route.right][actor.name][column]
                found, _ = sweep.cell(actor, route, key, body(world, route, key))
                answers[found] += 1
                if found != expected:
                    wrong.append(f"{route.method} {route.name} of {actor.name} on {column}: {found}, not {expected}")
    print(f"{answers.total()} cells: {dict(answers)}")
    assert not wrong, "\n".join([f"{len(wrong)} of {answers.total()} cells are wrong:", *wrong[:60]])
    assert answers.total() >= FEWEST_CELLS


@pytest.mark.parametrize("name", ["nobody", "administrator@team"])
def test_what_is_invisible_answers_exactly_as_what_is_not_there(world: World, name: str) -> None:
    stranger = actors.signed_in(name, person(*([Role.ADMINISTRATOR] if "@" in name else []), team=world.ours))
    names, different = world.names_for(stranger.user), []
    for route in sweep.routes():
        row = sweep.rights()[route.right][name]
        hidden = [column for column, letter in row.items() if letter == "." and column != "gone"]
        for column in hidden[-1:]:
            found, missing = (_told(stranger, route, world, names[route.kind][one]) for one in (column, "gone"))
            if found != missing:
                lines = set(found[1].splitlines()) ^ set(missing[1].splitlines())
                different.append(f"{route.method} {route.name}: {found[0]}, {missing[0]}, {lines}")
    assert not different, different[:1]


def _told(actor: actors.Actor, route: sweep.Route, world: World, key: str) -> tuple[int, str]:
    """The status and the text, without what must differ: the names themselves, and the secrets of forms."""
    _, response = sweep.cell(actor, route, key, body(world, route, key))
    text = _SECRETS.sub("", response.content.decode())
    for part in key.split("/"):
        text = text.replace(part, "NAME")
    return response.status_code, text


def elsewhere() -> set[str]:
    """The routes that the table leaves to other tests, with its reason."""
    return {name for names in sweep.table()["elsewhere"] for name in names.split()}


def test_every_route_that_names_an_object_is_in_the_table() -> None:
    named = {route.name for route in sweep.routes()}
    unlisted = sorted(
        route.name
        for route in test_routes.routes()
        if route.takes_values and not route.name.startswith("admin:") and route.name not in named | elsewhere()
    )
    assert not unlisted, f"Say in tests/access/*.yaml who may do what at {unlisted}"


def test_every_method_that_writes_to_an_object_is_in_the_table() -> None:
    named = {(route.name, route.method) for route in sweep.routes()}
    takes = {route.name for route in test_routes.routes() if route.takes_values}
    missing = [attempt for attempt in writing() if attempt[0] in takes and attempt[0] not in elsewhere()]
    assert not set(missing) - named


def test_a_list_holds_exactly_what_a_detail_shows(world: World) -> None:
    kinds = {
        "case": "use-case", "prompt": "prompt", "endpoint": "endpoint", "dataset": "dataset", "team": "team",
        "unit": "unit", "webhook": "webhook",
    }  # fmt: skip
    for actor in actors.everybody(world.ours, world.ours.unit):
        if actor.name in ("anonymous", "leaver") or not actor.pages:
            continue
        for kind, name in kinds.items():
            found = actor.client.get(reverse(f"api-{name}s"), {"page_size": 200}).json()
            listed = {row.get("ref", row.get("slug", row["id"])) for row in found["results"]}
            shown = {
                key
                for key in world.names[kind].values()
                if actor.client.get(reverse(f"api-{name}", args=[key])).status_code == 200
            }
            assert shown == listed & set(world.names[kind].values()), (actor.name, kind)
            # What comes by cursors is not counted.
            assert found.get("count", len(found["results"])) == len(found["results"]), (actor.name, kind)
            assert found["next"] is None, (actor.name, kind)


def test_a_stranger_without_a_session_learns_nothing_from_any_address(client: Client, world: World) -> None:
    stranger = actors.Actor("anonymous", None, client)
    told = [
        route.name
        for route in sweep.routes()
        if sweep.cell(stranger, route, next(iter(world.names[route.kind].values())), {})[0] != "l"
    ]
    assert not told
