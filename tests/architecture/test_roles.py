"""Whom the table of routes names may write there, and nobody else: every role is tried at every route that writes."""

import inspect
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Membership, Role, User
from apps.core import lists
from apps.discussions import services as discussions
from apps.egress import services as egress
from apps.egress.models import Purpose, Scheme
from apps.evaluations import services as evaluations
from apps.notifications import services as notifications
from apps.notifications.models import Notification
from apps.portal import services as portal
from apps.prompts import services as prompts
from apps.reviews import services as reviews
from apps.reviews.lanes import LANES
from apps.reviews.subjects import LaneAsk
from apps.usecases import selectors as usecases
from tests.architecture import casework, reviewing
from tests.architecture.test_routes import WRITING, Route, access_of, routes
from tests.factories import cases, shelves, told
from tests.factories.people import person, team, unit

EVERYBODY = {*(role.value for role in Role), "own", "nobody"}
# Such an answer would say nothing about the person.
_MISTAKEN = (400, 404, 405, 413, 415, 500)
# Whoever may not see these is answered as if they were missing.
_HIDDEN = (
    "/views/", "/notifications/", "/webhooks/", "/api/v1/webhooks/", "/account/tokens/",
    "/api/v1/teams/", "/api/v1/people/", "/people/", "/use-cases/imports/",
    "/reviews/delegations/", "/api/v1/delegations/",
)  # fmt: skip
Attempt = tuple[str, str]
Bodies = list[dict[str, Any]]


class Things:
    """A case under review and a queued run, both of one person, and the shelves they are made from."""

    def __init__(self, owner: User) -> None:
        self.prompt, self.data = shelves.prompt(), shelves.dataset()
        self.endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
        self.case, self.rows = cases.with_rows(cases.case(by=owner))
        self.run = evaluations.start_run(
            prompt_version=self.prompt, endpoint=self.endpoint, dataset_version=self.data, scorers=["numeric"],
            gate_scorer="numeric", threshold=Decimal("0.8"), use_case=self.case, by=owner,
        )  # fmt: skip
        self.review = reviews.open_request(
            subject=self.case.subject, title="A case", gate="G1", revision=usecases.revision(self.case), evidence=[],
            lanes=[LaneAsk(lane, (), 5) for lane in LANES], barred=[owner.pk], by=owner,
        )  # fmt: skip
        keeper = person(Role.ADMINISTRATOR)
        reviews.permit_break_glass(person=owner, by=keeper)
        self.rule = egress.add_rule(scheme=Scheme.HTTPS, host="a.example.org", purpose=Purpose.ANY, by=keeper)
        self.secret = egress.set_secret(name="a-key", value="x", by=keeper)
        self.other, self.leaver, self.unit, self.team = person(Role.FINOPS), person(), unit(), team()
        self.promises = reviewing.promises(owner, self.leaver)
        accounts.deactivate(user=self.leaver, by=None)
        self.held = accounts.grant(user=self.other, role=Role.STEWARD, team=self.team, by=None)
        self.robot = accounts.add_service_account(
            username="robot", display_name="", responsible=owner, team=self.team, by=keeper
        )
        self.token, _ = accounts.issue_token(owner=owner, name="import", scopes=["all:read"], by=owner)
        self.comment = discussions.add(subject=self.case.subject, body="A comment", by=owner)
        self.hook = told.webhook("http://127.0.0.1:9", by=keeper).endpoint
        notifications.add_secret(endpoint=self.hook, by=keeper)
        notifications.announce(told.notice(self.case.subject), to={owner.pk: "you own it"})
        prompts.set_label(version=self.prompt, name="production", by=person(Role.ARCHITECT))
        self.view = portal.save_view(page="usecases:list", name="Mine", query="", by=owner)
        self.batch = cases.staged(by=keeper)
        self.delivery, self.told = self.hook.deliveries.get(), Notification.objects.get(person=owner)


@pytest.fixture
def callers() -> dict[str, User]:
    """A person of each role alone, one of none, and one of none whose things the routes are called on."""
    people = {role.value: person(role) for role in Role}
    # A reviewer of the board besides.
    accounts.grant(user=people["reviewer"], role=Role.REVIEWER, lane=Lane.BOARD, by=None)
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
        "save-view": ([], [{"page": "usecases:list", "name": "Another"}]),
        "default-view": ([things.view.pk], nothing),
        "delete-view": ([things.view.pk], nothing),
        "usecases:register": ([], nothing),
        "usecases:import": ([], nothing),
        "usecases:start_import": ([things.batch.pk], nothing),
        "usecases:edit": (case, nothing),
        "catalog:new": ([], nothing),
        "prompts:new": ([], nothing),
        "prompts:new_version": (prompt, nothing),
        "prompts:set_production": (prompt, [{"version": 1}]),
        "evaluations:new_dataset": ([], nothing),
        "evaluations:new": ([], nothing),
        "evaluations:cancel": (run, nothing),
        "reviews:withdraw": (review, nothing),
        "egress:new": ([], nothing),
        "egress:remove": ([things.rule.pk], nothing),
        "egress:set_secret": ([], nothing),
        "egress:remove_secret": ([things.secret.name], nothing),
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
    found["api-use-case", "PATCH"] = (reverse("api-use-case", args=case), [{"endpoint": None}])
    found["api-prompt-label", "PUT"] = (reverse("api-prompt-label", args=[*prompt, "production"]), [{"version": 1}])
    found |= told_attempts(things) | people_attempts(things) | list_attempts(things)
    found |= reviewing.attempts(things.review, things.promises, things.other)
    return found | record_attempts(things) | casework.attempts(things.case, things.rows)


def record_attempts(things: Things) -> dict[Attempt, tuple[str, Bodies]]:
    """The same for the record of a case: answers, rows and tier."""
    case, data, prefix = [things.case.ref], shelves.dataset([("What is 3 + 3?", "6")]), "api-use-case"
    soon = str(timezone.now().date() + timedelta(days=30))
    risk = {"likelihood": "rare", "impact": "minor", "treatment": "accept", "residual": "low"}
    added: dict[str, dict[str, Any]] = {
        "value": {"metric": "Euros", "target": "2", "method": "Invoices."},
        "risks": {"description": "Lost.", **risk},
        "pins": {"kind": "dataset_version", "name": data.ref},
        "adoption": {"day": "2026-11-19", "active_users": 7},
        "contributors": {"person": things.other.username},
        "frameworks": {"framework": "ISO/IEC 42001", "control": "A.5.2", "edition": "2023"},
    }
    changed: dict[str, dict[str, Any]] = {
        "value": {"target": "3"}, "risks": {"impact": "major"}, "adoption": {"active_users": 8},
        "frameworks": {"note": "Seen."},
    }  # fmt: skip
    deeds: dict[str, dict[str, Any]] = {
        "raise": {"to": "HIGH", "reason": "Why."}, "decline": {"reason": "Why."}, "confirm": {},
        "lower": {"to": "STANDARD", "reason": "Why.", "expires_on": soon},
    }  # fmt: skip
    answers = {"answers": {"approach": {"value": "buy"}}}
    nothing: Bodies = [{}]
    rows: list[tuple[str, str, list[Any], Bodies]] = [
        (f"{prefix}-answers", "PATCH", case, [answers]),
        *((f"{prefix}-tier-{deed}", "POST", case, [body]) for deed, body in deeds.items()),
        *((f"{prefix}-{part}", "POST", case, [body]) for part, body in added.items()),
        *((f"{prefix}-{part}-row", "PATCH", [*case, things.rows[part].pk], [body]) for part, body in changed.items()),
        *((f"{prefix}-{part}-row", "DELETE", [*case, things.rows[part].pk], nothing) for part in added),
    ]
    return {(name, method): (reverse(name, args=args), bodies) for name, method, args, bodies in rows}


def list_attempts(things: Things) -> dict[Attempt, tuple[str, Bodies]]:
    """The same for lists: everybody may send a selection, and is told of each row what stands against it."""
    rows = {
        "usecases:list": things.case, "prompts:list": things.prompt.prompt, "catalog:list": things.endpoint,
        "evaluations:datasets": things.data.dataset,
    }  # fmt: skip
    sent = {"bulk": "give", "once": str(UUID(int=1)), "values-audience": "organisation"}
    return {(name, "POST"): (reverse(name), [{**sent, "row": str(row.pk)}]) for name, row in rows.items()}


def told_attempts(things: Things) -> dict[Attempt, tuple[str, Bodies]]:
    """The same for comments, notifications and webhooks."""
    comment, hook = [things.comment.pk], [things.hook.pk]
    nothing: Bodies = [{}]
    secret, sent = [*hook, things.hook.secrets.all()[0].pk], [*hook, things.delivery.pk]
    hooked = {"name": "New", "kind": "signed", "address": "http://127.0.0.1:9", "events": ["run.failed"]}
    said = {"subject": str(things.case.subject), "body": "Another"}
    rows: list[tuple[str, str, list[Any], Bodies]] = [
        ("discussions:panel", "POST", ["use_case", things.case.pk], nothing),
        ("discussions:edit", "POST", comment, nothing),
        ("discussions:remove", "POST", comment, nothing),
        ("notifications:follow", "POST", [things.told.pk], nothing),
        ("notifications:read_all", "POST", [], nothing),
        ("notifications:preferences", "POST", [], nothing),
        ("webhooks:new", "POST", [], nothing),
        *((f"webhooks:{name}", "POST", hook, nothing) for name in ("edit", "switch", "remove", "add_secret")),
        ("webhooks:drop_secret", "POST", secret, nothing),
        ("webhooks:replay", "POST", sent, nothing),
        ("api-comments", "POST", [], [said]),
        ("api-comment", "PATCH", comment, [{"body": "Another"}]),
        ("api-comment", "DELETE", comment, nothing),
        ("api-webhooks", "POST", [], [hooked]),
        ("api-webhook", "PATCH", hook, [{"name": "Another"}]),
        ("api-webhook", "DELETE", hook, nothing),
        ("api-webhook-secrets", "POST", hook, nothing),
        ("api-webhook-secret", "DELETE", secret, nothing),
        ("api-webhook-replay", "POST", sent, nothing),
    ]
    return {(name, method): (reverse(name, args=args), bodies) for name, method, args, bodies in rows}


def people_attempts(things: Things) -> dict[Attempt, tuple[str, Bodies]]:
    """The same for people, units, teams, roles, service accounts, tokens and shares."""
    subject, other, of_team = [*things.case.subject], [things.other.username], [things.team.pk]
    in_team, of_unit, robot = [*of_team, things.held.pk], [things.unit.pk], [things.robot.username]
    nothing: Bodies = [{}]
    renamed: Bodies = [{"name": "Another"}]
    pages: dict[str, list[Any]] = {
        "accounts:new_token": [],
        "accounts:revoke_token": [things.token.pk],
        **{f"accounts:{name}": subject for name in ("share", "unshare", "assign")},
        **{f"people:new{name}": [] for name in ("", "_unit", "_team", "_service_account")},
        "people:deactivate": other,
        "people:reactivate": [things.leaver.username],
        "people:grant": other,
        "people:revoke": [*other, things.held.pk],
        "people:change_unit": of_unit,
        "people:unit_term": of_unit,
        **{f"people:{name}": of_team for name in ("change_team", "close_team", "add_member")},
        "people:remove_member": in_team,
        "people:change_service_account": robot,
        "people:new_service_token": robot,
    }
    rows: list[tuple[str, str, list[Any], Bodies]] = [
        *((name, "POST", args, nothing) for name, args in pages.items()),
        ("api-person-deactivate", "POST", other, nothing),
        ("api-person-reactivate", "POST", [things.leaver.username], nothing),
        ("api-person-roles", "POST", other, [{"role": "auditor"}]),
        ("api-person-role", "DELETE", [*other, things.held.pk], nothing),
        ("api-units", "POST", [], [{"name": "New"}]),
        ("api-unit", "PATCH", of_unit, renamed),
        ("api-teams", "POST", [], [{"name": "New", "unit": "Operations"}]),
        ("api-team", "PATCH", of_team, renamed),
        ("api-team-close", "POST", of_team, nothing),
        ("api-share", "PUT", subject, [{"team": None, "audience": "organisation", "shares": []}]),
    ]
    return {(name, method): (reverse(name, args=args), bodies) for name, method, args, bodies in rows}


def named_in_the_table(name: str, method: str) -> set[str]:
    """Everybody whom the table lets through."""
    access = access_of(next(route for route in routes() if route.name == name), method)
    return set(access.split(" ")[1:]) if access.startswith("only ") else EVERYBODY


def may(client: Client, method: str, path: str, bodies: Bodies) -> bool:
    """Whether some body is answered otherwise than by 403, or 404 where it is hidden; what it did is undone."""
    kind = "application/json" if path.startswith("/api/") or method != "POST" else None
    return any(_status(client, method, path, body, kind) not in (403, 404) for body in bodies)


def _status(client: Client, method: str, path: str, body: dict[str, Any], kind: str | None) -> int:
    with transaction.atomic():
        options: dict[str, Any] = {"content_type": kind} if kind else {}
        if path.startswith("/api/"):
            etag = _etag(client, path)
            options["headers"] = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        status: int = getattr(client, method.lower())(path, body, **options).status_code
        transaction.set_rollback(True)
    hidden = status == 404 and path.startswith(_HIDDEN)
    assert hidden or status not in _MISTAKEN, f"{method} {path} answers {status}"
    return status


def _etag(client: Client, path: str) -> str:
    """The ETag of what a write changes: of its own address, or of the thing above a deed's address."""
    for address in (path, path.rstrip("/").rpartition("/")[0] + "/"):
        if etag := client.get(address).get("ETag"):
            return str(etag)
    return ""


@pytest.mark.django_db
def test_exactly_those_whom_the_table_names_may_write(
    callers: dict[str, User], things: Things, only_whether: None
) -> None:
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
    # A page says in its own words that it takes a form; a list, by what can be done to its rows.
    if (listing := lists.page_named(route.name)) and listing.bulks:
        return ["POST"]
    return ["POST"] if "POST" in inspect.getsource(inspect.unwrap(route.view)) else []


@pytest.mark.django_db
def test_no_route_that_writes_is_left_out(things: Things) -> None:
    assert set(writing()) == attempts(things).keys()


def test_the_table_names_known_roles_only() -> None:
    named = {who for route in routes() for method in WRITING for who in named_in_the_table(route.name, method)}
    assert named <= EVERYBODY
