"""A repeated POST with the same `Idempotency-Key` does nothing twice and is answered as the first time."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core import replies
from apps.core.api import creates
from apps.core.api.guards import guarded
from apps.core.errors import InvalidError
from apps.core.models import IdempotentReply
from apps.prompts.models import Prompt
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person, unit
from tests.integration.calls import Caller
from tests.integration.together import at_once, rolled_back

pytestmark = pytest.mark.django_db
PROMPT = {"slug": "sums", "name": "Sums", "user": "{{question}}"}


@pytest.fixture
def owner() -> User:
    """A person who holds every role."""
    return person(*Role)


def post(who: User, path: str, body: Any = None, key: str = "one", **headers: str) -> Any:
    """POST with a key."""
    raw = json.dumps(body if body is not None else {}).encode()
    return Caller(who).bare("POST", path, raw, Idempotency_Key=key, **headers)


def case_body(**fields: Any) -> dict[str, Any]:
    """A case that can be registered."""
    unit()
    return {"title": "T", "purpose": "P", "business_unit": "Operations", "topic_area": "internal", **fields}


def test_a_repeated_creation_creates_once_and_is_answered_the_same(owner: User) -> None:
    first, body = post(owner, "use-cases/", case_body()), case_body()
    assert (first.status_code, first.get("Idempotent-Replayed")) == (201, None)
    again = post(owner, "use-cases/", dict(reversed(body.items())))
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert UseCase.objects.count() == AuditEvent.objects.filter(action="use_case.registered").count() == 1


def test_a_repeated_deed_is_answered_before_its_precondition_is_asked_for(owner: User) -> None:
    case = cases.case(by=owner)
    path = f"use-cases/{case.ref}/"
    etag = Caller(owner).etag(path)
    first = post(owner, f"{path}submit/", If_Match=etag)
    assert first.status_code == 201
    again = post(owner, f"{path}submit/", If_Match=etag)
    assert (again.status_code, again.content) == (201, first.content)
    assert post(owner, f"{path}submit/", key="two", If_Match=etag).status_code == 412


@pytest.mark.parametrize(
    ("path", "body"),
    [("prompts/", {**PROMPT, "name": "Other"}), ("prompts/sums/versions/", PROMPT), ("prompts/?x=1", PROMPT)],
)
def test_a_key_that_stands_for_another_request_is_refused(owner: User, path: str, body: Any) -> None:
    assert post(owner, "prompts/", PROMPT).status_code == 201
    refusal = post(owner, path, body)
    assert (refusal.status_code, refusal.json()["code"]) == (422, "idempotency-key-reused")
    assert Prompt.objects.count() == 1


def test_a_key_is_its_callers_alone(owner: User) -> None:
    assert post(owner, "prompts/", PROMPT).status_code == 201
    other = post(person(Role.AI_ENGINEER), "prompts/", PROMPT)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_refusal_is_not_kept(owner: User) -> None:
    assert post(owner, "prompts/", {**PROMPT, "user": ""}).status_code == 422
    assert not IdempotentReply.objects.exists()
    assert post(owner, "prompts/", PROMPT).status_code == 201
    assert post(person(), "prompts/", PROMPT).status_code == 403
    assert IdempotentReply.objects.count() == 1


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 201, "a\tb"])
def test_a_key_that_is_none_is_refused(owner: User, key: str) -> None:
    refusal = post(owner, "prompts/", PROMPT, key=key)
    assert (refusal.status_code, refusal.json()["code"]) == (400, "parse-error")
    assert not Prompt.objects.exists()


def test_a_key_means_nothing_where_repeating_does_no_harm(owner: User) -> None:
    caller = Caller(owner)
    case = cases.case(by=owner)
    path = f"use-cases/{case.ref}/"
    for _ in range(2):
        body = b'{"title": "New"}'
        answer = caller.bare("PATCH", path, body, If_Match=caller.etag(path), Idempotency_Key="one")
        assert answer.status_code == 200
    assert caller.bare("GET", path, Idempotency_Key="one").status_code == 200
    assert not IdempotentReply.objects.exists()


def test_an_answer_is_forgotten_after_a_day(owner: User) -> None:
    post(owner, "prompts/", PROMPT)
    IdempotentReply.objects.update(created_at=timezone.now() - replies.KEPT)
    # Not kept any more, though nobody has tidied up yet.
    assert post(owner, "prompts/", PROMPT).status_code == 409
    second = post(owner, "prompts/", {**PROMPT, "slug": "other"})
    assert (second.status_code, IdempotentReply.objects.count()) == (201, 1)
    assert replies.forget_old() == 0
    IdempotentReply.objects.update(created_at=timezone.now() - replies.KEPT - timedelta(seconds=1))
    assert replies.forget_old() == 1


def test_a_rollback_leaves_no_answer(owner: User) -> None:
    rolled_back(partial(post, owner, "prompts/", PROMPT))
    assert not IdempotentReply.objects.exists()
    assert post(owner, "prompts/", PROMPT).status_code == 201


def test_what_cannot_be_kept_is_not_done(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(replies, "keep", fail)
    assert post(owner, "prompts/", PROMPT).status_code == 500
    assert not Prompt.objects.exists()


def test_an_answer_with_a_secret_takes_no_key(owner: User) -> None:
    class Tokens:
        """Answers with a secret."""

        @creates(secret=True)
        def post(self, request: Any) -> Any:
            """Never reached."""
            raise AssertionError

    request = RequestFactory().post("/", HTTP_IDEMPOTENCY_KEY="one")
    with pytest.raises(InvalidError) as refusal:
        guarded(Tokens.post)(Tokens(), request)
    assert refusal.value.code == "idempotency-key-refused"


def test_the_database_keeps_one_success_a_key() -> None:
    kept: dict[str, Any] = {"caller": "user:1", "key": "k", "fingerprint": "f", "headers": {}, "body": "{}"}
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotentReply.objects.create(**kept, status=409)
    IdempotentReply.objects.create(**kept, status=201)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotentReply.objects.create(**kept, status=201)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_at_work_is_a_conflict() -> None:
    owner = person(*Role)
    fingerprint = {"caller": f"user:{owner.pk}", "key": "one", "fingerprint": "f"}

    def hold_and_ask() -> Any:
        """Hold the key as a first request does that has not ended, and repeat it meanwhile."""
        with transaction.atomic():
            replies.find(**fingerprint)
            return at_once(partial(post, owner, "prompts/", PROMPT))[0]

    answer = hold_and_ask()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-in-use")
    assert post(owner, "prompts/", PROMPT).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_one_key_do_it_once() -> None:
    owner = person(*Role)
    for number in range(5):
        body = {**PROMPT, "slug": f"sums-{number}"}
        answers = at_once(*[partial(post, owner, "prompts/", body, key=f"k{number}") for _ in range(4)])
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {201, 409}
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
        in_use = [answer.json()["code"] for answer in answers if answer.status_code == 409]
        assert set(in_use) <= {"idempotency-key-in-use"}
    assert Prompt.objects.count() == 5
    with connection.cursor() as cursor:
        # In this database: the tests beside these have locks of their own.
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
            "WHERE locktype = 'advisory' AND d.datname = current_database()"
        )
        assert cursor.fetchone() == (0,)
