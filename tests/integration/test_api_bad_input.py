"""Bad input over the API: whatever is sent, the answer is a problem with a known code and never a crash."""

import base64
import json
import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import pytest
from django.test import Client, RequestFactory, override_settings

from apps.accounts.models import Role, User
from apps.compute.models import Job
from apps.reviews.models import ReviewRequest
from apps.usecases import services as usecases
from apps.usecases.models import UseCase
from tests.architecture.test_roles import Things, attempts
from tests.factories import cases, shelves
from tests.factories.people import PASSWORD, person
from tests.integration.calls import MEDIA_TYPE, Caller
from tests.integration.test_api_reading import LISTS, run
from tests.integration.together import at_once

pytestmark = pytest.mark.django_db

CODES = {
    "authentication-failed", "conflict", "idempotency-key-in-use", "idempotency-key-refused", "idempotency-key-reused",
    "invalid", "invalid-query", "method-not-allowed", "not-acceptable", "not-allowed", "not-authenticated", "not-found",
    "parse-error", "permission-denied", "precondition-required", "stale", "throttled", "too-large",
    "unsupported-media-type",
}  # fmt: skip
# Spelt as JSON, so that numbers and texts that Python would not write are among them.
VALUES = [
    "null", "true", "0", "-1", "1.5", "1e400", "-1e400", "1e300", "9" * 30, "9" * 4000, '""', '" "', '"\\u0000"',
    '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\uffff"', '"😀"', '"x@1"', '"@"', '"x@٣"', '"../.."', '"{{"',
    json.dumps("x" * 20_000), "[]", "[[]]", "[null]", '["x"]', "[{}]", "{}", '{"a": {"b": [1]}}', '{"": ""}',
    '{"\\u0000": 1}', '[{"input": {"a": 1e400}, "expected": "x"}]', '[{"input": {"a": 1}, "expected": null}]',
]  # fmt: skip
BODIES = [
    b"", b" ", b"{", b"null", b"true", b"[]", b"[{}]", b'"text"', b"7", b"NaN", b"Infinity", b"\xff\xfe",
    b"\xef\xbb\xbf{}", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 100_000, b"[" * 40 + b"]" * 40, b'{"a": 1e999}',
    b"9" * 5000, b"\x00", b'{"\xed\xa0\x80": 1}', b"{'a': 1}", b'{"a": 1,}',
]  # fmt: skip


@pytest.fixture
def everything() -> User:
    """A person who holds every role, so that it is the input alone that is refused."""
    return person(*Role)


@pytest.fixture
def writes(everything: User) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """By operation: method, path and a body whose every field can be spoilt."""
    prompt, dataset, endpoint = shelves.prompt(), shelves.dataset(), shelves.openai_endpoint("http://127.0.0.1:9/v1")
    case = cases.case(by=everything)
    review = usecases.submit(use_case=cases.case(), by=everything)
    started = run()
    item = {"input": {"question": "x"}, "expected": "4"}
    text = {"system": "", "user": "{{question}}"}
    record = {
        "title": "T", "purpose": "P", "owner": everything.username, "sponsor": None, "business_unit": "Operations",
        "topic_area": "other", "topic_other": "O", "prompt_version": prompt.ref, "endpoint": endpoint.slug,
    }  # fmt: skip
    plan = {
        "prompt_version": prompt.ref, "endpoint": endpoint.slug, "dataset_version": dataset.ref, "scorers": ["exact"],
        "gate_scorer": "exact", "threshold": 0.5, "use_case": case.ref,
    }  # fmt: skip
    address = {"base_url": "http://127.0.0.1:9/v1", "model_name": "m", "key_variable": "", "description": "D"}
    decision = {"lane": "steward", "outcome": "approve", "reason": "R", "content_hash": "f" * 64}
    slug = prompt.prompt.slug
    things = Things(everything)
    found: dict[str, tuple[str, str, dict[str, Any]]] = {
        "addEndpoint": ("POST", "endpoints/", {"slug": "e", "name": "E", "kind": "openai", **address, "answers": []}),
        "createPrompt": ("POST", "prompts/", {"slug": "p", "name": "P", "description": "D", **text}),
        "addPromptVersion": ("POST", f"prompts/{slug}/versions/", {**text, "note": "N"}),
        "setPromptLabel": ("PUT", f"prompts/{slug}/labels/production/", {"version": 1}),
        "addDatasetVersion": (
            "POST", "datasets/", {"slug": "d", "name": "D", "description": "", "source": "S", "items": [item]},
        ),
        "registerUseCase": ("POST", "use-cases/", record),
        "editUseCase": ("PATCH", f"use-cases/{case.ref}/", record),
        "submitUseCase": ("POST", f"use-cases/{case.ref}/submit/", {}),
        "advanceUseCase": ("POST", f"use-cases/{case.ref}/advance/", {}),
        "startEvaluationRun": ("POST", "evaluation-runs/", plan),
        "cancelEvaluationRun": ("POST", f"evaluation-runs/{started.pk}/cancel/", {}),
        "decideReview": ("POST", f"reviews/{review.pk}/decide/", decision),
        "withdrawReview": ("POST", f"reviews/{review.pk}/withdraw/", {}),
        **_told_and_people(things),
    }  # fmt: skip
    return found | _others(things, found)


def _others(things: Things, known: Collection[str]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Every other write of the document, as test_roles.py tries it."""
    document = Caller(person()).client.get("/api/schema/").json()
    shapes = [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), method.upper(), operation["operationId"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    tried = [(address, method, bodies) for (_, method), (address, bodies) in attempts(things).items()]
    return {
        name: (method, address.removeprefix("/api/v1/"), dict(bodies[0]))
        for address, method, bodies in tried
        for shape, found, name in shapes
        if method == found and name not in known and shape.fullmatch(address)
    }


def _told_and_people(things: Things) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The same for comments, webhooks, people, units, teams and shares."""
    hook, said = f"webhooks/{things.hook.pk}/", {"subject": str(things.case.subject), "body": "Another"}
    address = {"name": "W", "address": "http://127.0.0.1:9", "events": ["run.failed"]}
    other, held = f"people/{things.other.username}/", things.held.pk
    place, term = {"name": "U", "parent": None}, {"valid_from": "2026-01-01", "valid_until": None}
    group = {"name": "T", "unit": things.unit.path, "description": "D"}
    seen = {"team": None, "audience": "organisation", "shares": [{"team": things.team.name, "level": "view"}]}
    role = {"role": "reviewer", "lane": "legal", "unit": None, "team": things.team.name}
    return {
        "addComment": ("POST", "comments/", said),
        "editComment": ("PATCH", f"comments/{things.comment.pk}/", {"body": "Other"}),
        "addWebhook": ("POST", "webhooks/", {**address, "kind": "signed", "team": None}),
        "changeWebhook": ("PATCH", hook, {**address, "on": True}),
        "addWebhookSecret": ("POST", f"{hook}secrets/", {}),
        "replayWebhookDelivery": ("POST", f"{hook}deliveries/{things.delivery.pk}/replay/", {}),
        "grantRole": ("POST", f"{other}roles/", role),
        "addUnit": ("POST", "units/", place),
        "changeUnit": ("PATCH", f"units/{things.unit.pk}/", {**place, **term}),
        "foundTeam": ("POST", "teams/", {**group, "name": "New"}),
        "changeTeam": ("PATCH", f"teams/{things.team.pk}/", group),
        "changeSharing": ("PUT", f"shares/use_case/{things.case.pk}/", seen),
        "closeTeam": ("POST", f"teams/{things.team.pk}/close/", {}),
        "revokeRole": ("DELETE", f"{other}roles/{held}/", {}),
        "reactivatePerson": ("POST", f"people/{things.leaver.username}/reactivate/", {}),
        "deactivatePerson": ("POST", f"{other}deactivate/", {}),
        "dropWebhookSecret": ("DELETE", f"{hook}secrets/{things.hook.secrets.all()[0].pk}/", {}),
        "removeComment": ("DELETE", f"comments/{things.comment.pk}/", {}),
        "removeWebhook": ("DELETE", hook, {}),
    }


def refused(response: Any, what: object) -> bool:
    """Whether the call was refused; fails on a crash and on a refusal that is no proper problem."""
    assert response.status_code < 500, (what, response.status_code)
    if response.status_code < 400:
        return False
    assert response["Content-Type"] == MEDIA_TYPE, (what, response["Content-Type"])
    assert response.json()["code"] in CODES, (what, response.json())
    return True


def spoilt(body: dict[str, Any]) -> Iterator[str]:
    """The body with one field at a time missing, replaced by bad values, or accompanied by an unknown one.

    Each field gets one value in four, and the next field others: there are many fields of each kind.
    """
    spelt = {name: json.dumps(value) for name, value in body.items()}
    for place, name in enumerate(spelt):
        yield _object({other: value for other, value in spelt.items() if other != name})
        for value in VALUES[place % 4 :: 4]:
            yield _object({**spelt, name: value})
    yield _object({**spelt, "id": "1"})


def _object(spelt: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in spelt.items()) + "}"


def test_no_field_of_any_write_brings_the_api_down(everything: User, writes: Any) -> None:
    caller, sent, turned_away = Caller(everything), 0, 0
    for operation, (method, path, body) in writes.items():
        for text in spoilt(body):
            turned_away += refused(caller.send(method, path, text.encode()), (operation, text[:300]))
            sent += 1
    print(f"{sent} spoilt bodies, {turned_away} refused")
    assert sent > 600


def test_no_body_brings_the_api_down(everything: User, writes: Any) -> None:
    caller, before = Caller(everything), UseCase.objects.count()
    for operation, (method, path, body) in writes.items():
        for raw in BODIES:
            # What takes no body reads none.
            assert refused(caller.send(method, path, raw), (operation, raw[:40])) or not body
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense", "a/b; c"):
            assert refused(caller.send(method, path, b"a=1", kind), (operation, kind)) or not body
    assert UseCase.objects.count() == before


def test_all_that_is_wrong_is_told_at_once(everything: User) -> None:
    caller = Caller(everything)
    sent = {"title": 7, "colour": "red", "topic_area": "nonsense"}
    errors = caller.post("use-cases/", sent, status=422)["errors"]
    assert {"title", "colour", "topic_area", "purpose", "business_unit"} <= errors.keys()
    assert errors["title"] == ["Write text, in quotes."]
    assert errors["colour"] == ["There is no such field here."]


def test_an_object_names_a_field_once(everything: User) -> None:
    answer = Caller(everything).send("POST", "prompts/", b'{"slug": "a", "slug": "b"}')
    assert (answer.status_code, answer.json()["code"]) == (400, "parse-error")
    assert "an object names 'slug' twice" in answer.json()["detail"]


def test_every_write_of_the_document_is_among_the_spoilt_ones(writes: Any) -> None:
    paths = Caller(person()).client.get("/api/schema/").json()["paths"]
    documented = {
        operation["operationId"]
        for methods in paths.values()
        for method, operation in methods.items()
        if method != "get"
    }
    assert documented == writes.keys()


@pytest.mark.django_db(transaction=True)
def test_a_strange_charset_changes_nothing(everything: User) -> None:
    from coe_portal.wsgi import application  # loads the embedding model, which the other tests need not

    token = _basic(everything.username, PASSWORD)
    for charset in ("rot13", "base64", "utf-16", "idna", "undefined", "utf-7", "zlib", '"x"', ""):
        environ = RequestFactory().get("/api/v1/prompts/?q=%41%ff").META | {"HTTP_AUTHORIZATION": token}
        environ["CONTENT_TYPE"] = f"application/json; Charset={charset}; a=b"
        started: list[Any] = []
        answer = b"".join(application(environ, lambda *given, to=started: to.extend(given)))
        assert (started[0], json.loads(answer)["count"]) == ("200 OK", 0), charset


@pytest.mark.parametrize("path", [*LISTS, "search/"])
def test_parameters_are_checked(everything: User, path: str) -> None:
    client = Caller(everything).client
    names = [
        "page", "page_size", "q", "kind", "stage", "standing", "owner", "state", "use_case", "created_by", "subject",
        "verdict", "action", "limit", "only", "no_such",
    ]  # fmt: skip
    for name in names:
        for value in ("none", "-1", "0", "%00", "%ED%A0%80", "%ff", "9" * 40, "x" * 5000, "a:%00", ":", "[]", "UC-"):
            refused(client.get(f"/api/v1/{path}?q=x&{name}={value}"), (path, name, value))
    assert client.get(f"/api/v1/{path}?no_such=1").json()["code"] == "invalid-query"
    assert "no_such" in client.get(f"/api/v1/{path}?no_such=1").json()["errors"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("use-cases/?stage=PLAYING", "stage"), ("use-cases/?standing=cleared", "standing"),
        ("use-cases/?owner=nobody", "owner"), ("endpoints/?kind=x", "kind"), ("evaluation-runs/?state=x", "state"),
        ("evaluation-runs/?use_case=UC-0", "use_case"), ("reviews/?state=x", "state"), ("claims/?verdict=x", "verdict"),
        ("reviews/?subject=x", "subject"), ("jobs/?state=x", "state"), ("search/?q=x&kind=x", "kind"),
        ("search/", "q"), ("prompts/?page_size=1000", "page_size"), ("prompts/?page=x", "page"),
    ],
)  # fmt: skip
def test_an_unknown_value_of_a_parameter_is_named(everything: User, path: str, name: str) -> None:
    problem = Caller(everything).get(path, status=400)
    assert (problem["code"], list(problem["errors"])) == ("invalid-query", [name])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("owner", "nobody", "There is nobody called nobody."),
        ("business_unit", "Nowhere", "There is no business unit Nowhere."),
        ("prompt_version", "none@1", "There is no prompt version none@1, or you may not see it."),
        ("endpoint", "none", "There is no endpoint none, or you may not see it."),
        ("topic_area", "other", "Say which topic area it is."),
    ],
)
def test_an_unknown_name_is_a_fault_of_its_field(everything: User, field: str, value: str, message: str) -> None:
    cases.case()
    body = {"title": "T", "purpose": "P", "business_unit": "Operations", "topic_area": "internal", field: value}
    problem = Caller(everything).post("use-cases/", body, status=422)
    assert problem["code"] == "invalid"
    assert problem["errors"] == {"topic_other" if field == "topic_area" else field: [message]}


def test_a_leaver_cannot_be_named(everything: User) -> None:
    leaver = person()
    leaver.is_active = False
    leaver.save()
    cases.case()
    body = {"title": "T", "purpose": "P", "business_unit": "Operations", "topic_area": "law", "owner": leaver.username}
    assert list(Caller(everything).post("use-cases/", body, status=422)["errors"]) == ["owner"]


def test_a_faulty_item_is_named_by_its_place(everything: User) -> None:
    items = [{"input": {"a": 1}, "expected": "x"}, {"input": {}, "expected": "x"}, {"expected": True}]
    problem = Caller(everything).post("datasets/", {"slug": "d", "name": "D", "items": items}, status=422)
    assert problem["errors"] == {
        "items.1.input": ["This dictionary may not be empty."],
        "items.2.input": ["This field is required."],
        "items.2.expected": ["Not a valid string."],
    }


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_large_is_refused_unread(everything: User) -> None:
    problem = Caller(everything).post("prompts/", {"slug": "p", "name": "P", "user": "x" * 1000}, status=413)
    assert problem["code"] == "too-large"


def test_methods_and_media_types_that_are_not_there(everything: User) -> None:
    caller = Caller(everything)
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
        response = caller.send(method, "prompts/")
        assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed"), method
        assert response["Allow"] == "GET, POST, HEAD"
    response = caller.client.get("/api/v1/prompts/", headers={"Accept": "text/html"})
    assert (response.status_code, response["Content-Type"]) == (406, MEDIA_TYPE)


@pytest.mark.django_db(transaction=True)
def test_two_prompts_of_one_name_at_once_are_one_prompt_and_a_conflict(everything: User) -> None:
    for number in range(5):
        body = {"slug": f"twin-{number}", "name": "Twin", "user": "x"}
        callers = [Caller(everything) for _ in range(3)]
        answers = at_once(*(partial(caller.send, "POST", "prompts/", json.dumps(body).encode()) for caller in callers))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"conflict"}


def test_a_stranger_is_challenged_and_never_sent_to_a_page() -> None:
    for path in ("use-cases/", "nowhere/", "", "me"):
        response = Client().get(f"/api/v1/{path}")
        assert (response.status_code, response["Content-Type"]) == (401, MEDIA_TYPE)
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response.json()["code"] == "not-authenticated"


@pytest.mark.parametrize("password", ["wrong", "\0", "\ud800", "", "x" * 10_000])
def test_wrong_credentials_are_refused(everything: User, password: str) -> None:
    client = Client()
    for name in (everything.username, "nobody", "\0", ""):
        token = _basic(name, password)
        response = client.get("/api/v1/me/", headers={"Authorization": token})
        assert (response.status_code, response.json()["code"]) == (401, "authentication-failed")


def _basic(name: str, password: str) -> str:
    pair = f"{name}:{password}".encode("utf-8", "surrogatepass")
    return f"Basic {base64.b64encode(pair).decode()}"


def test_right_credentials_need_no_session_and_a_session_needs_its_csrf_token(everything: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    body = {"slug": "p", "name": "P", "user": "x"}
    token = _basic(everything.username, PASSWORD)
    kind = "application/json"
    accepted = strict.post("/api/v1/prompts/", body, content_type=kind, headers={"Authorization": token})
    assert accepted.status_code == 201
    strict.force_login(everything)
    refusal = strict.post("/api/v1/prompts/", {**body, "slug": "q"}, content_type=kind)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "permission-denied")


@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_another_sites_form_can_send_changes_nothing_even_where_no_body_is_needed(
    writes: Any, everything: User, kind: str | None
) -> None:
    client = Client(raise_request_exception=False)
    headers = {"Authorization": _basic(everything.username, PASSWORD)}
    for operation, (method, path, _) in writes.items():
        sent: dict[str, Any] = {} if kind is None else {"CONTENT_TYPE": kind}
        response = client.generic(method, f"/api/v1/{path}", b"", "", headers=headers, **sent)
        assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type"), operation


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 201), ("none", 201)]
)
def test_pages_of_other_sites_may_not_write(everything: User, site: str, status: int) -> None:
    headers = {"Authorization": _basic(everything.username, PASSWORD), "Sec-Fetch-Site": site}
    body = {"slug": "p", "name": "P", "user": "x"}
    answer = Client().post("/api/v1/prompts/", body, content_type="application/json; charset=utf-8", headers=headers)
    assert answer.status_code == status
    # Nor read: what another site makes a browser ask for tells it something by the time it takes.
    assert Client().get("/api/v1/prompts/", headers=headers).status_code == (403 if status == 403 else 200)


def test_a_leaver_is_a_stranger(everything: User) -> None:
    caller = Caller(everything)
    everything.is_active = False
    everything.save()
    caller.get("me/", status=401)
    token = _basic(everything.username, PASSWORD)
    assert Client().get("/api/v1/me/", headers={"Authorization": token}).status_code == 401


def test_nothing_refused_leaves_anything_behind(everything: User) -> None:
    caller = Caller(everything)
    caller.post("evaluation-runs/", {}, status=422)
    caller.post("use-cases/", {"title": "T"}, status=422)
    assert (Job.objects.count(), UseCase.objects.count(), ReviewRequest.objects.count()) == (0, 0, 0)
