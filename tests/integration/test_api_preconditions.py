"""Nobody overwrites over the API what they have not read: ETags, `If-None-Match`, and `If-Match` on every write."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.core.api import Resource, changes, creates
from apps.core.api.guards import guard_of
from apps.core.api.resource import WRITING
from apps.usecases.models import UseCase
from coe_portal import api
from tests.api.world import World, part_of
from tests.factories import cases, shelves
from tests.factories.people import person, unit
from tests.integration.calls import MEDIA_TYPE, Caller
from tests.integration.test_api_reading import run
from tests.integration.together import at_once

pytestmark = pytest.mark.django_db
ETAG = re.compile(r'"[0-9a-f]{64}"')
WRONG = f'"{"0" * 64}"'


@pytest.fixture
def owner() -> User:
    """A person who holds every role."""
    return person(*Role, name="owner")


@pytest.fixture
def things(owner: User) -> dict[str, str]:
    """Parts of addresses by name, each of something that exists."""
    case = cases.case(by=owner)
    review = cases.submitted(cases.case(by=owner))
    return {"ref": case.ref, "review_id": str(review.pk), "run_id": str(run(by=owner).pk)}


def operations(*methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path below `/api/v1/`, operation) of the document."""
    document = Caller(person()).client.get("/api/schema/").json()
    for path, found in document["paths"].items():
        yield from ((m.upper(), path.removeprefix("/api/v1/"), found[m]) for m in found if m in methods)


def guarded_by_if_match() -> list[tuple[str, str, dict[str, Any]]]:
    """The operations that change something which exists."""
    return [found for found in operations(*WRITING) if "x-etag-of" in found[2]]


def test_every_write_to_something_that_exists_wants_the_etag_that_was_read() -> None:
    world = World()
    caller, changing = Caller(world.owner), guarded_by_if_match()
    places = world.places(f"/api/v1/{path}" for _, path, _ in changing)
    for method, path, operation in changing:
        names = {name: places.get((part_of(f"/api/v1/{path}"), name)) for name in re.findall(r"\{(\w+)\}", path)}
        assert all(names.values()), f"Name in test_roles.py something that exists for {path}"
        address = path.format_map({name: found[0] for name, found in names.items() if found})
        address = world.address(f"/api/v1/{path}").removeprefix("/api/v1/") or address
        body = json.dumps(operation.get("requestBody", {"content": {"": {"example": {}}}})).encode()
        missing = caller.bare(method, address, body)
        assert (missing.status_code, missing.json()["code"]) == (428, "precondition-required"), path
        assert missing["Content-Type"] == MEDIA_TYPE
        for wrong in (WRONG, f"W/{WRONG}", '"x"', f'{WRONG}, "y"'):
            refused = caller.bare(method, address, body, If_Match=wrong)
            assert (refused.status_code, refused.json()["code"]) == (412, "stale"), (path, wrong)
        for none in ("", "nonsense", '"unfinished'):
            assert caller.bare(method, address, body, If_Match=none).status_code == 428, (path, none)
    print(f"{len(changing)} operations")
    assert len(changing) >= 7


def test_a_weak_form_of_the_right_etag_is_not_enough(owner: User, things: dict[str, str]) -> None:
    caller, path = Caller(owner), f"use-cases/{things['ref']}/"
    body = json.dumps({"title": "New"}).encode()
    etag = caller.etag(path)
    assert caller.bare("PATCH", path, body, If_Match=f"W/{etag}").status_code == 412
    assert caller.bare("PATCH", path, body, If_Match=f'"x", {etag}').status_code == 200


def test_any_state_will_do_only_where_the_deed_is_right_in_any_state(owner: User, things: dict[str, str]) -> None:
    caller = Caller(owner)
    for path in (f"use-cases/{things['ref']}/submit/", f"reviews/{things['review_id']}/withdraw/"):
        refusal = caller.bare("POST", path, If_Match="*")
        assert (refusal.status_code, refusal.json()["code"]) == (428, "precondition-required")
    assert caller.bare("POST", f"evaluation-runs/{things['run_id']}/cancel/", If_Match="*").status_code == 200


def test_what_is_invisible_is_missing_before_any_precondition_is_asked_for(owner: User) -> None:
    caller, none = Caller(owner), "00000000-0000-0000-0000-000000000000"
    for method, path in [
        ("PATCH", "use-cases/UC-999999/"), ("POST", "use-cases/UC-999999/submit/"), ("POST", f"reviews/{none}/decide/"),
        ("POST", f"evaluation-runs/{none}/cancel/"), ("PUT", "prompts/none/labels/production/"),
    ]:  # fmt: skip
        assert caller.bare(method, path).status_code == 404, path
        assert caller.bare(method, path, If_Match=WRONG).status_code == 404, path


def test_the_answer_to_a_write_carries_the_etag_for_the_next_one(owner: User, things: dict[str, str]) -> None:
    caller, path = Caller(owner), f"use-cases/{things['ref']}/"
    etag = caller.etag(path)
    for title in ("First", "Second"):
        answer = caller.bare("PATCH", path, json.dumps({"title": title}).encode(), If_Match=etag)
        assert answer.status_code == 200
        assert answer["ETag"] != etag
        etag = answer["ETag"]
    assert etag == caller.etag(path)


def test_what_was_made_has_the_etag_of_its_address(owner: User) -> None:
    caller = Caller(owner)
    unit()
    pins = {"prompt_version": "new@1", "endpoint": "new", "dataset_version": "new@1"}
    item = {"input": {"question": "x"}, "expected": "4"}
    named = {"slug": "new", "name": "New"}
    case = {"title": "T", "purpose": "P", "business_unit": "Operations", "topic_area": "internal"}
    for path, body in {
        "prompts/": {**named, "user": "{{question}}"},
        "endpoints/": {**named, "kind": "recorded", "answers": [{"input": {"question": "x"}, "text": "4"}]},
        "datasets/": {**named, "items": [item]},
        "use-cases/": case,
        "evaluation-runs/": {**pins, "scorers": ["exact"], "gate_scorer": "exact", "threshold": 0.5},
        "prompts/new/versions/": {"user": "Again: {{question}}"},
    }.items():
        made = caller.bare("POST", path, json.dumps(body).encode())
        assert made.status_code == 201, made.content
        assert made["ETag"] == caller.etag(made["Location"].removeprefix("/api/v1/")), path


def test_whoever_has_an_answer_already_is_told_so(owner: User, things: dict[str, str]) -> None:
    caller = Caller(owner)
    for path in (f"use-cases/{things['ref']}/", "use-cases/", "me/", f"reviews/{things['review_id']}/", "jobs/"):
        etag = caller.etag(path)
        assert ETAG.fullmatch(etag)
        for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
            answer = caller.bare("GET", path, If_None_Match=known)
            assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag), (path, known)
        assert caller.bare("HEAD", path, If_None_Match=etag).status_code == 304
        fresh = caller.bare("GET", path, If_None_Match=WRONG)
        assert (fresh.status_code, fresh["ETag"], fresh["Cache-Control"]) == (200, etag, "private, no-cache")


def test_the_etag_is_the_same_for_everybody_and_changes_with_the_answer(owner: User, things: dict[str, str]) -> None:
    path = f"use-cases/{things['ref']}/"
    etags = {Caller(somebody).etag(path) for somebody in (owner, person(Role.AUDITOR), person(Role.STEWARD))}
    assert len(etags) == 1
    Caller(owner)("PATCH", path, {"title": "Other"})
    assert Caller(owner).etag(path) not in etags


def test_a_label_is_made_where_none_is_and_moved_only_by_whoever_has_read_it(owner: User) -> None:
    caller, slug = Caller(owner), shelves.prompt().prompt.slug
    path, body = f"prompts/{slug}/labels/beta/", b'{"version": 1}'
    assert caller.bare("PUT", path, body).status_code == 428
    assert caller.bare("PUT", path, body, If_Match=WRONG).status_code == 412
    assert caller.bare("PUT", path, body, If_None_Match='"x"').status_code == 428
    assert caller.bare("PUT", path, body, If_None_Match="*").status_code == 200
    again = caller.bare("PUT", path, body, If_None_Match="*")
    assert (again.status_code, again.json()["code"]) == (412, "stale")
    assert caller.bare("PUT", path, body, If_Match=caller.etag(path)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_edits_of_the_same_reading_one_is_saved() -> None:
    owner = person(Role.BUSINESS_OWNER)
    case = cases.case(by=owner)
    path = f"use-cases/{case.ref}/"
    for number in range(5):
        etag, before = Caller(owner).etag(path), UseCase.objects.get(pk=case.pk).version
        bodies = [json.dumps({"title": f"{number} by {who}"}).encode() for who in range(4)]
        edits = [partial(Caller(owner).bare, "PATCH", path, body, If_Match=etag) for body in bodies]
        answers = at_once(*edits)
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        assert UseCase.objects.get(pk=case.pk).version == before + 1


def test_what_a_refused_write_left_behind_is_nothing(owner: User, things: dict[str, str]) -> None:
    caller, path = Caller(owner), f"use-cases/{things['ref']}/"
    before = caller.get(path)
    caller.bare("PATCH", path, b'{"title": "X"}', If_Match=WRONG)
    caller.bare("POST", f"{path}submit/", If_Match=WRONG)
    assert caller.get(path) == before


def test_every_writing_handler_says_what_guards_it() -> None:
    silent = [f"{view.__name__}.{method}" for view, method in handlers() if not _guard(view, method).declared]
    assert not silent, f"Declare with `creates` or `changes` of apps.core.api: {silent}"


def test_whatever_can_be_changed_can_be_read_and_locked() -> None:
    things = {_guard(view, method).thing or view for view, method in handlers() if _guard(view, method).changes}
    assert things
    lacking = [thing.__name__ for thing in things if not hasattr(thing, "get") or thing.row is Resource.row]
    assert not lacking, f"These need `get` and `row`: {lacking}"


def test_a_handler_without_a_declaration_is_refused_without_a_precondition() -> None:
    class Silent(Resource):
        """Says nothing."""

        def patch(self) -> None:
            """Nothing."""

        def post(self) -> None:
            """Nothing."""

    assert guard_of(Silent.patch, "PATCH").changes
    assert not guard_of(Silent.patch, "PATCH").declared
    assert not guard_of(Silent.post, "POST").declared
    assert guard_of(changes()(lambda: None), "POST").changes
    assert not guard_of(creates()(lambda: None), "POST").changes


def handlers() -> Iterator[tuple[Any, str]]:
    """(view, method) of every writing handler of the API."""
    waiting: list[Any] = list(api.v1)
    while waiting:
        entry = waiting.pop()
        if hasattr(entry, "url_patterns"):
            waiting += entry.url_patterns
        else:
            view = entry.callback.view_class
            yield from ((view, method) for method in WRITING if hasattr(view, method))


def _guard(view: Any, method: str) -> Any:
    return guard_of(getattr(view, method), method)


def test_etags_and_preconditions_are_in_the_document() -> None:
    for method, path, operation in operations("get", *WRITING):
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        answers = operation["responses"]
        if method == "GET":
            assert "If-None-Match" in named, path
            assert "ETag" in answers["200"]["headers"], path
            assert "304" in answers, path
        else:
            assert ("x-etag-of" in operation) == ("If-Match" in named) == ("428" in answers), path
            assert method == "POST" or "If-Match" in named, path


def test_a_crash_is_answered_as_a_problem_and_stays_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the database is on fire")

    monkeypatch.setattr("apps.usecases.selectors.listed", fail)
    client = Client(raise_request_exception=False)
    client.force_login(person())
    answer = client.get("/api/v1/use-cases/")
    assert (answer.status_code, answer["Content-Type"]) == (500, MEDIA_TYPE)
    assert answer.json()["code"] == "internal-error"
    assert "fire" not in answer.content.decode()
    assert any(record.exc_info and "on fire" in str(record.exc_info[1]) for record in caplog.records)
