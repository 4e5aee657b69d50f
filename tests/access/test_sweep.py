"""Every route × method × actor × object answers as table.yaml says."""

import logging
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from tests.access import actors, sweep
from tests.access.things import ABOUT_CASES, COLUMNS, World
from tests.architecture import test_routes
from tests.architecture.test_roles import writing
from tests.factories.people import person

pytestmark = pytest.mark.django_db
FEWEST_CELLS = 5_000
# Pages ask the same access.py as the API, which is tried in every column; drawing takes their time.
_OF_PAGES = ("own", "team", "open", "foreign")
# What differs between any two answers: the CSRF secret is masked anew each time.
_SECRETS = re.compile(r'X-CSRFToken": "\w+|name="csrfmiddlewaretoken" value="\w+')


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals would fill the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world() -> World:
    """The two teams and what they have."""
    return World()


def test_each_right_says_everything_about_everybody(world: World) -> None:
    everybody = {actor.name for actor in actors.everybody(world.ours, world.ours.unit)}
    assert not {right: row.keys() ^ everybody for right, row in sweep.rights().items() if row.keys() != everybody}


def test_every_cell_answers_as_the_table_says(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who gets an answer is asked here, not what it looks like: drawing ten thousand pages would take most of the time.
    monkeypatch.setattr("django.shortcuts.loader.render_to_string", lambda *_, **__: "")
    wrong: list[str] = []
    answers: Counter[str] = Counter()
    for actor in actors.everybody(world.ours, world.ours.unit):
        own = world.own(actor.user) if actor.user else world.of_case("gone", world.admin)
        for route in sweep.routes():
            if not (route.is_api or actor.pages):
                continue
            for column in COLUMNS if route.is_api else _OF_PAGES:
                mine = column == "own" and route.kind in ABOUT_CASES
                key = own[route.kind] if mine else world.names[route.kind][column]
                expected = sweep.rights()[route.right][actor.name][column]
                found, _ = sweep.cell(actor, route, key, sweep.bodies(world, key, route))
                answers[found] += 1
                if found != expected:
                    wrong.append(f"{route.method} {route.name} of {actor.name} on {column}: {found}, not {expected}")
    print(f"{answers.total()} cells: {dict(answers)}")
    assert not wrong, "\n".join([f"{len(wrong)} of {answers.total()} cells are wrong:", *wrong[:60]])
    assert answers.total() >= FEWEST_CELLS


def test_what_is_invisible_answers_exactly_as_what_is_not_there(world: World) -> None:
    stranger = actors.signed_in("nobody", person())
    different = []
    for route in sweep.routes():
        bodies = []
        for column in ("foreign", "gone"):
            key = world.names[route.kind][column]
            _, response = sweep.cell(stranger, route, key, sweep.bodies(world, key, route))
            text = _SECRETS.sub("", response.content.decode())
            bodies.append((response.status_code, text.replace(key, "NAME")))
        if bodies[0] != bodies[1]:
            told = [set(one[1].splitlines()) ^ set(other[1].splitlines()) for one, other in [bodies]]
            different.append(f"{route.method} {route.name}: {bodies[0][0]}, {bodies[1][0]}, {told}")
    assert not different, different[:1]


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
    assert not unlisted, f"Say in tests/access/table.yaml who may do what at {unlisted}"


def test_every_method_that_writes_to_an_object_is_in_the_table() -> None:
    named = {(route.name, route.method) for route in sweep.routes()}
    takes = {route.name for route in test_routes.routes() if route.takes_values}
    missing = [attempt for attempt in writing() if attempt[0] in takes and attempt[0] not in elsewhere()]
    assert not set(missing) - named


def test_a_list_holds_exactly_what_a_detail_shows(world: World) -> None:
    lists = {"case": "api-use-cases", "prompt": "api-prompts", "endpoint": "api-endpoints", "dataset": "api-datasets"}
    details = {"case": "api-use-case", "prompt": "api-prompt", "endpoint": "api-endpoint", "dataset": "api-dataset"}
    for actor in actors.everybody(world.ours, world.ours.unit):
        if actor.name in ("anonymous", "leaver") or not actor.pages:
            continue
        for kind, name in lists.items():
            rows = actor.client.get(reverse(name), {"page_size": 200}).json()
            listed = {row.get("ref", row.get("slug")) for row in rows["results"]}
            shown = {
                key
                for key in world.names[kind].values()
                if actor.client.get(reverse(details[kind], args=[key])).status_code == 200
            }
            assert shown == listed & set(world.names[kind].values()), (actor.name, kind)
            assert rows["count"] == len(rows["results"]), (actor.name, kind)


def test_a_stranger_without_a_session_learns_nothing_from_any_address(client: Client, world: World) -> None:
    stranger = actors.Actor("anonymous", None, client)
    told = [
        route.name
        for route in sweep.routes()
        if sweep.cell(stranger, route, world.names[route.kind]["open"], {})[0] != "l"
    ]
    assert not told
