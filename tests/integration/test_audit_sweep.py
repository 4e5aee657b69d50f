"""Every write leaves exactly its event: each route that writes is called once with what it wants, and once refused."""

from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.audit.models import AuditEvent
from tests.architecture.test_roles import Attempt, Things, attempts
from tests.factories import cases
from tests.factories.people import PASSWORD, person
from tests.integration import calls

pytestmark = pytest.mark.django_db
# What each route that writes leaves in the trail. More than one event stands where a verb calls another app's verb:
# a thing and its first version, a case and the review that its edit voids, a run and its job.
LEAVES: dict[Attempt, list[str]] = {
    ("password", "POST"): ["user.password_set"],
    ("usecases:register", "POST"): ["use_case.registered"],
    ("usecases:edit", "POST"): ["use_case.edited", "review.voided"],
    ("usecases:submit", "POST"): ["review.requested"],
    ("usecases:advance", "POST"): ["use_case.advanced"],
    ("catalog:new", "POST"): ["endpoint.added"],
    ("prompts:new", "POST"): ["prompt.created", "prompt.version_added"],
    ("prompts:new_version", "POST"): ["prompt.version_added"],
    ("prompts:set_production", "POST"): ["prompt.labelled"],
    ("evaluations:new_dataset", "POST"): ["dataset.version_added"],
    ("evaluations:new", "POST"): ["job.queued", "evaluation.planned"],
    ("evaluations:cancel", "POST"): ["job.cancel_requested", "job.cancelled"],
    ("reviews:withdraw", "POST"): ["review.withdrawn"],
    ("egress:new", "POST"): ["egress.permitted"],
    ("egress:remove", "POST"): ["egress.withdrawn"],
    ("egress:set_secret", "POST"): ["secret.set"],
    ("egress:remove_secret", "POST"): ["secret.removed"],
    ("api-use-cases", "POST"): ["use_case.registered"],
    ("api-use-case", "PATCH"): ["use_case.edited", "review.voided"],
    ("api-use-case-submit", "POST"): ["review.requested"],
    ("api-use-case-advance", "POST"): ["use_case.advanced"],
    ("api-endpoints", "POST"): ["endpoint.added"],
    ("api-prompts", "POST"): ["prompt.created", "prompt.version_added"],
    ("api-prompt-versions", "POST"): ["prompt.version_added"],
    ("api-prompt-label", "PUT"): ["prompt.labelled"],
    ("api-datasets", "POST"): ["dataset.version_added"],
    ("api-evaluation-runs", "POST"): ["job.queued", "evaluation.planned"],
    ("api-evaluation-run-cancel", "POST"): ["job.cancel_requested", "job.cancelled"],
    ("api-review-decide", "POST"): ["review.decided"],
    ("api-review-withdraw", "POST"): ["review.withdrawn"],
}
FIELDS: dict[str, Any] = {
    "slug": "brand-new", "name": "brand-new", "title": "Another title", "purpose": "By hand it is slow.",
    "user": "Add {{question}} now", "host": "b.example.org", "threshold": "0.8", "scorers": ["numeric"],
    "gate_scorer": "numeric", "kind": "recorded", "answers": '{"input": {"question": "2 + 2?"}, "text": "4"}',
    "old_password": PASSWORD, "new_password1": "another pass phrase", "new_password2": "another pass phrase",
}  # fmt: skip


@pytest.fixture
def doer() -> User:
    """Somebody in every role."""
    user = person(*[role for role in Role if role != Role.REVIEWER])
    for lane in Lane:
        accounts.grant(user=user, role=Role.REVIEWER, lane=lane, by=None)
    return user


def filled(form: forms.BaseForm) -> dict[str, Any]:
    """What a browser would send of the page's form, with something in every field that must not be empty."""
    body: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if name in FIELDS:
            value = FIELDS[name]
        elif value in (None, "") and field.required:
            value = _first(field)
        if value is not None:
            body[name] = value
    return body


def _first(field: forms.Field) -> Any:
    if isinstance(field, forms.ModelChoiceField):
        found = field.queryset.first()
        return field.prepare_value(found) if found else ""
    if isinstance(field, forms.ChoiceField):
        return next(value for value, _ in field.choices if value)
    return "1" if isinstance(field, forms.IntegerField) else "something"


def actions_since(count: int) -> list[str]:
    """What was appended to the trail."""
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)[count:])


def browser(user: User) -> Client:
    """A browser of that person, which nobody used before."""
    client = Client()
    client.force_login(user)
    return client


def tried(client: Client, method: str, path: str, body: dict[str, Any]) -> tuple[int, list[str]]:
    """The status of one call and the events it left; all of it is undone."""
    api = path.startswith("/api/")
    thing = calls.thing_of(method, path) if api else ""
    headers = {"If-Match": client.get(thing).headers.get("ETag", "*")} if thing else {}
    with transaction.atomic():
        count = AuditEvent.objects.count()
        options: dict[str, Any] = {"content_type": "application/json"} if api else {}
        response = getattr(client, method.lower())(path, body, headers=headers, **options)
        status, left = response.status_code, actions_since(count)
        if status >= 400:
            form = response.context and response.context.get("form")
            left.append(f"{status} {dict(form.errors) if form else response.content[:300]!r}")
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == count
    return status, left


def wanted(client: Client, method: str, path: str, bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """The body that the route wants: what the page's own form asks for, or the right one of the table."""
    if path.startswith("/api/") or bodies != [{}]:
        return bodies[0]
    page = client.get(path)
    form = page.context and page.context.get("form")
    return filled(form) if form else {}


def test_every_route_that_writes_leaves_exactly_its_events(doer: User) -> None:
    things = Things(doer)
    # A case with nothing open can be submitted, and a cleared one advanced.
    free, cleared = cases.case(by=doer), cases.case(by=doer)
    cases.decided(cases.submitted(cleared))
    things_wanted = attempts(things)
    found = {}
    for (name, method), (path, bodies) in things_wanted.items():
        ref = {"submit": free.ref, "advance": cleared.ref}.get(name.replace("-", ":").rpartition(":")[2])
        at = path.replace(things.case.ref, ref) if ref else path
        # Nobody decides on what they asked for.
        caller = browser(person(Role.STEWARD) if name == "api-review-decide" else doer)
        status, left = tried(caller, method, at, wanted(caller, method, at, bodies))
        found[name, method] = left
    import pprint; import pathlib; pathlib.Path("/tmp/au/found.txt").write_text(pprint.pformat({k: v for k, v in found.items() if LEAVES.get(k) != v}, width=200))
    assert found == LEAVES


def test_a_refused_write_leaves_nothing(doer: User) -> None:
    stranger, things, left = person(), Things(doer), {}
    for (name, method), (path, bodies) in attempts(things).items():
        status, events = tried(browser(stranger), method, path, bodies[0])
        if status >= 400 and len(events) > 1:
            left[name] = events
    assert not left


def test_no_route_that_writes_is_missing_here(doer: User) -> None:
    assert attempts(Things(doer)).keys() == LEAVES.keys()
