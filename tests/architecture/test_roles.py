"""Whom the table of routes names may write there, and nobody else: every role is tried at every route that writes."""

import inspect
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership, Role, User
from apps.evaluations import services as evaluations
from apps.reviews import services as reviews
from apps.reviews.lanes import LANES
from apps.usecases import selectors as usecases
from tests.architecture.test_routes import WRITING, Route, access_of, routes
from tests.factories import cases, shelves
from tests.factories.people import person

EVERYBODY = {*(role.value for role in Role), "own", "nobody"}
# Such an answer would say nothing about the person.
_MISTAKEN = (400, 404, 405, 413, 415, 500)
Attempt = tuple[str, str]
Bodies = list[dict[str, Any]]


class Things:
    """A case under review and a queued run, both of one person, and the shelves they are made from."""

    def __init__(self, owner: User) -> None:
        self.prompt, self.data = shelves.prompt(), shelves.dataset()
        self.endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
        self.case = cases.case(by=owner)
        self.run = evaluations.start_run(
            prompt_version=self.prompt, endpoint=self.endpoint, dataset_version=self.data, scorers=["numeric"],
            gate_scorer="numeric", threshold=Decimal("0.8"), use_case=self.case, by=owner,
        )  # fmt: skip
        self.review = reviews.open_request(
            subject=self.case.subject, title="A case", gate="G1", revision=usecases.revision(self.case), evidence=[],
            lanes=LANES, barred=[owner.pk], by=owner,
        )  # fmt: skip


@pytest.fixture
def callers() -> dict[str, User]:
    """A person of each role alone, one of none, and one of none whose things the routes are called on."""
    people = {role.value: person(role) for role in Role}
    return {**people, "nobody": person(), "own": person(Role.AI_ENGINEER)}


@pytest.fixture
def things(callers: dict[str, User]) -> Things:
    """What the routes are called on; their owner needed a role to make them and holds none from then on."""
    made = Things(callers["own"])
    Membership.objects.filter(user=callers["own"]).delete()
    return made


def attempts(things: Things) -> dict[Attempt, tuple[str, Bodies]]:
    """(route, method) → the address, and the bodies to try: right ones, so that only the person can be refused."""
    case, run, review = [things.case.ref], [things.run.pk], [things.review.pk]
    prompt = [things.prompt.prompt.slug]
    named = {"slug": "new", "name": "New"}
    unit, text = {"business_unit": "Operations", "topic_area": "internal"}, {"user": "Add {{question}}"}
    item, planned = {"question": "What is 3 + 3?"}, {"scorers": ["numeric"], "gate_scorer": "numeric", "threshold": 0.8}
    on = {"prompt_version": things.prompt.ref, "endpoint": things.endpoint.slug, "dataset_version": things.data.ref}
    decision = {"outcome": "approve", "reason": "Read.", "content_hash": things.review.content_hash}
    nothing: Bodies = [{}]
    posts: dict[str, tuple[list[Any], Bodies]] = {
        "password": ([], nothing),
        "usecases:register": ([], nothing),
        "usecases:edit": (case, nothing),
        "usecases:submit": (case, nothing),
        "usecases:advance": (case, nothing),
        "catalog:new": ([], nothing),
        "prompts:new": ([], nothing),
        "prompts:new_version": (prompt, nothing),
        "prompts:set_production": (prompt, [{"version": 1}]),
        "evaluations:new_dataset": ([], nothing),
        "evaluations:new": ([], nothing),
        "evaluations:cancel": (run, nothing),
        "reviews:withdraw": (review, nothing),
        "api-use-cases": ([], [{"title": "Sort letters", "purpose": "By hand it is slow.", **unit}]),
        "api-use-case-submit": (case, nothing),
        "api-use-case-advance": (case, nothing),
        "api-endpoints": ([], [{**named, "kind": "recorded", "answers": [{"input": item, "text": "6"}]}]),
        "api-prompts": ([], [{**named, **text}]),
        "api-prompt-versions": (prompt, [text]),
        "api-datasets": ([], [{**named, "items": [{"input": item, "expected": "6"}]}]),
        "api-evaluation-runs": ([], [{**on, **planned}]),
        "api-evaluation-run-cancel": (run, nothing),
        "api-review-decide": (review, [{"lane": lane, **decision} for lane in LANES]),
        "api-review-withdraw": (review, nothing),
    }
    found = {(name, "POST"): (reverse(name, args=args), bodies) for name, (args, bodies) in posts.items()}
    found["api-use-case", "PATCH"] = (reverse("api-use-case", args=case), [{"endpoint": None, "version": 1}])
    found["api-prompt-label", "PUT"] = (reverse("api-prompt-label", args=[*prompt, "production"]), [{"version": 1}])
    return found


def named_in_the_table(name: str, method: str) -> set[str]:
    """Everybody whom the table lets through."""
    access = access_of(next(route for route in routes() if route.name == name), method)
    return set(access.split(" ")[1:]) if access.startswith("only ") else EVERYBODY


def may(client: Client, method: str, path: str, bodies: Bodies) -> bool:
    """Whether some body is answered otherwise than by 403; what it did is undone."""
    kind = "application/json" if path.startswith("/api/") or method != "POST" else None
    return any(_status(client, method, path, body, kind) != 403 for body in bodies)


def _status(client: Client, method: str, path: str, body: dict[str, Any], kind: str | None) -> int:
    with transaction.atomic():
        options = {"content_type": kind} if kind else {}
        status: int = getattr(client, method.lower())(path, body, **options).status_code
        transaction.set_rollback(True)
    assert status not in _MISTAKEN, f"{method} {path} answers {status}"
    return status


@pytest.mark.django_db
def test_exactly_those_whom_the_table_names_may_write(callers: dict[str, User], things: Things) -> None:
    clients = {name: Client() for name in callers}
    for name, client in clients.items():
        client.force_login(callers[name])
    told, found = {}, {}
    for (name, method), (path, bodies) in attempts(things).items():
        told[name, method] = named_in_the_table(name, method)
        found[name, method] = {who for who, client in clients.items() if may(client, method, path, bodies)}
    assert found == told


def writing() -> Iterator[Attempt]:
    """(route, method) of every route of ours that takes a form or a body."""
    for route in routes():
        if access_of(route) not in ("public", "staff", ""):
            yield from ((route.name, method) for method in _methods(route))


def _methods(route: Route) -> list[str]:
    if view := getattr(route.view, "view_class", None):
        ours = view.__module__.startswith("apps.")
        return [method for method in WRITING if ours and hasattr(view, method.lower())]
    # A page says in its own words that it takes a form.
    return ["POST"] if "POST" in inspect.getsource(inspect.unwrap(route.view)) else []


@pytest.mark.django_db
def test_no_route_that_writes_is_left_out(things: Things) -> None:
    assert set(writing()) == attempts(things).keys()


def test_the_table_names_known_roles_only() -> None:
    named = {who for route in routes() for method in WRITING for who in named_in_the_table(route.name, method)}
    assert named <= EVERYBODY
