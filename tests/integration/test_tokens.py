"""API tokens: what they may, when they stop, and that their secret is shown once and kept nowhere."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import rules, scopes, services
from apps.accounts.models import ApiToken, FailedSignIn, Membership, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import InvalidError, NotAllowedError
from apps.outbox.models import OutboxEvent
from tests.factories.people import person, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer() -> User:
    """Somebody with a role."""
    return person(Role.AI_ENGINEER)


def issue(owner: User, *wanted: str, **options: Any) -> str:
    """The text of a new token."""
    made = services.issue_token(owner=owner, name="import", scopes=wanted or ["all:read"], by=owner, **options)
    return made[1]


def call(text: str, path: str = "me/", method: str = "get", address: str = "192.0.2.1", body: Any = None) -> Any:
    """What the API answers to a token."""
    send = getattr(Client(raise_request_exception=False), method)
    options = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
    return send(f"/api/v1/{path}", headers={"Authorization": f"Bearer {text}"}, REMOTE_ADDR=address, **options)


def test_a_token_acts_for_its_owner(engineer: User) -> None:
    answer = call(issue(engineer, "me:read"))
    assert (answer.status_code, answer.json()["username"]) == (200, engineer.username)


def test_the_database_keeps_neither_secret_nor_text(engineer: User) -> None:
    text = issue(engineer)
    kept = str(list(ApiToken.objects.values())) + str(list(AuditEvent.objects.values()))
    assert text.split(".")[1] not in kept
    assert re.fullmatch(r"coe_[a-z0-9]{12}\.[A-Za-z0-9_-]{43}", text)


def refusals(engineer: User) -> dict[str, Any]:
    """What is answered to each kind of token that does not hold."""
    texts = {name: issue(engineer) for name in ("expired", "revoked", "elsewhere", "wrong", "leaver")}
    rows = {name: ApiToken.objects.get(key=text[4:16]) for name, text in texts.items()}
    ApiToken.objects.filter(pk=rows["expired"].pk).update(expires_at=timezone.now())
    services.revoke_token(token=rows["revoked"], by=engineer)
    ApiToken.objects.filter(pk=rows["elsewhere"].pk).update(cidrs=["198.51.100.0/24"])
    leaver = person()
    ApiToken.objects.filter(pk=rows["leaver"].pk).update(owner=leaver)
    services.deactivate(user=leaver, by=None)
    texts["wrong"] = texts["wrong"][:-4] + ("AAAA" if not texts["wrong"].endswith("AAAA") else "BBBB")
    texts["unknown"] = rules.token_text("a" * 12, "b" * 43)
    texts |= {"not a token": "x", "nothing": "", "not text": "coe_\xff", "too long": "coe_" + "a" * 5000}
    return {name: call(text) for name, text in texts.items()}


def test_every_token_that_does_not_hold_is_refused_in_the_same_words(engineer: User) -> None:
    answers = refusals(engineer)
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({str({**answer.json(), "request_id": "any"}) for answer in answers.values()}) == 1
    for answer in answers.values():
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "authentication-failed"


def test_an_unknown_key_costs_the_same_hash_and_the_same_queries(
    engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    usual = rules.secret_hash

    def counted(secret: str, pepper: str) -> str:
        hashed.append(1)
        return usual(secret, pepper)

    monkeypatch.setattr(rules, "secret_hash", counted)
    text = issue(engineer)
    hashed.clear()
    counts = []
    for wrong in (text[:-4] + "zzzz", rules.token_text("q" * 12, "b" * 43)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            call(wrong)
        counts.append(len(queries))
    assert len(hashed) == 2
    assert counts[0] == counts[1]


def test_failed_tokens_count_against_the_address(engineer: User) -> None:
    for number in range(50):
        assert call(rules.token_text(f"{number:012}", "b" * 43)).status_code == 401
    refused = call(rules.token_text("z" * 12, "b" * 43))
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert call(issue(engineer)).status_code == 200
    assert "zzzz" not in str(list(FailedSignIn.objects.values()))


def test_one_forgotten_token_does_not_close_its_address() -> None:
    for _ in range(60):
        call(rules.token_text("a" * 12, "b" * 43))
    assert FailedSignIn.objects.count() == 10


@pytest.mark.parametrize(
    ("granted", "path", "method", "fine"),
    [
        (["use-cases:read"], "use-cases/", "get", True),
        (["all:read"], "use-cases/", "get", True),
        (["use-cases:write"], "use-cases/", "get", False),
        (["all:write"], "use-cases/", "get", False),
        (["use-cases:read", "all:read"], "use-cases/", "post", False),
        (["use-cases:write"], "use-cases/", "post", True),
        (["all:write"], "use-cases/", "post", True),
        (["prompts:read"], "use-cases/", "get", False),
        (["all:read", "all:write"], "tokens/", "get", False),
    ],
)
def test_a_token_is_held_to_its_scopes(engineer: User, granted: list[str], path: str, method: str, fine: bool) -> None:
    answer = call(issue(engineer, *granted), path, method)
    assert (answer.status_code != 403) is fine, answer.content
    if not fine:
        assert answer.json()["code"] == "insufficient-scope"


def test_a_scope_gives_no_right_that_the_owner_lacks() -> None:
    nobody = person()
    answer = call(issue(nobody, "all:write"), "endpoints/", "post", body={"slug": "a", "name": "A", "kind": "sandbox"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


def test_a_right_that_the_owner_loses_is_gone_from_the_token_at_once(engineer: User) -> None:
    text = issue(engineer, "me:read")
    assert call(text).json()["roles"] == ["ai_engineer"]
    services.revoke(membership=Membership.objects.get(user=engineer), by=None)
    assert call(text).json()["roles"] == []


def test_a_token_within_a_team_acts_with_that_teams_roles_alone(engineer: User) -> None:
    team = services.add_team(name="Letters", unit=unit(), by=None)
    with pytest.raises(InvalidError):
        issue(engineer, "me:read", team=team)
    services.grant(user=engineer, role=Role.STEWARD, team=team, by=None)
    text = issue(engineer, "me:read", team=team)
    assert call(text).json()["roles"] == ["steward"]
    owner = services.use_token(text=text, address="192.0.2.1").owner
    owner.refresh_from_db()
    assert {membership.role for membership in owner.held()} == {"steward"}
    services.close_team(team=team, by=None)
    assert call(text).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"scopes": []},
        {"scopes": ["use-cases:delete"]},
        {"scopes": ["tokens:read"]},
        {"scopes": ["*"]},
        {"scopes": ["\x00"]},
        {"days": 0},
        {"days": 366},
        {"cidrs": ["10.0.0.0/33"]},
        {"cidrs": ["\x00"]},
        {"cidrs": [f"10.0.{n}.0/24" for n in range(21)]},
    ],
)
def test_a_token_that_cannot_be_is_refused(engineer: User, wrong: dict[str, Any]) -> None:
    values = {"name": "import", "scopes": ["all:read"], **wrong}
    with pytest.raises(InvalidError) as refused:
        services.issue_token(owner=engineer, by=engineer, **values)
    assert refused.value.fields.keys() == wrong.keys()
    assert not ApiToken.objects.exists()


def test_nobody_makes_or_ends_a_token_of_somebody_else(engineer: User) -> None:
    other, administrator = person(), person(Role.ADMINISTRATOR)
    for by in (other, administrator):
        with pytest.raises(NotAllowedError):
            services.issue_token(owner=engineer, name="x", scopes=["all:read"], by=by)
    issue(engineer)
    token = ApiToken.objects.get()
    with pytest.raises(NotAllowedError):
        services.revoke_token(token=token, by=other)
    services.revoke_token(token=token, by=administrator)
    token.refresh_from_db()
    assert token.state == "revoked"


def test_making_and_ending_are_audited_once_each(engineer: User) -> None:
    issue(engineer)
    token = ApiToken.objects.get()
    services.revoke_token(token=token, by=engineer)
    services.revoke_token(token=token, by=engineer)
    events = AuditEvent.objects.filter(subject_kind="token").order_by("sequence").values_list("action", flat=True)
    assert list(events) == ["token.issued", "token.revoked"]


def test_the_last_use_is_kept_to_five_minutes(engineer: User) -> None:
    text = issue(engineer)
    call(text)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    call(text)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=5))
    call(text)
    later = ApiToken.objects.get().last_used_at
    assert later is not None
    assert later > first


def test_a_pepper_can_be_rotated_and_retired(engineer: User, settings: LazySettings) -> None:
    before = issue(engineer)
    ring = dict(settings.TOKEN_PEPPERS)
    settings.TOKEN_PEPPERS = {"new": "n" * 32, **ring}
    after = issue(engineer)
    assert [call(text).status_code for text in (before, after)] == [200, 200]
    settings.TOKEN_PEPPERS = {"new": "n" * 32}
    assert [call(text).status_code for text in (before, after)] == [401, 200]


def test_owners_are_told_once_of_tokens_that_end_soon(engineer: User) -> None:
    issue(engineer, days=10)
    issue(engineer, days=30)
    assert [services.warn_of_expiring(), services.warn_of_expiring()] == [1, 0]
    event = OutboxEvent.objects.get(name="token.expiring")
    assert event.payload["user"] == str(engineer.pk)


def test_scopes_name_the_parts_of_the_api() -> None:
    assert scopes.known()[:2] == ("all:read", "all:write")
    assert {"use-cases:read", "prompts:write", "me:read"} <= set(scopes.known())
    assert not any(scope.startswith("tokens") for scope in scopes.known())
    assert scopes.part_of("/api/v1/use-cases/UC-1/") == "use-cases"
    assert scopes.part_of("/api/schema/") == ""


def test_the_pages_make_show_once_and_end_a_token(engineer: User, client: Client) -> None:
    client.force_login(engineer)
    made = client.post("/account/tokens/new", {"name": "import", "scopes": ["me:read"], "days": 5})
    page = made.content.decode()
    text = re.search(r"coe_[a-z0-9]{12}\.[\w-]{43}", page)
    assert text is not None
    assert made["Cache-Control"] == "no-store"
    assert call(text[0]).status_code == 200
    listed = client.get("/account/tokens").content.decode()
    assert "import" in listed
    assert text[0].split(".")[1] not in listed
    token = ApiToken.objects.get()
    client.post(f"/account/tokens/{token.pk}/revoke")
    assert call(text[0]).status_code == 401


def test_a_form_that_is_refused_says_why(engineer: User, client: Client) -> None:
    client.force_login(engineer)
    answer = client.post("/account/tokens/new", {"name": "", "scopes": ["nothing"], "days": 999, "cidrs": "a b"})
    assert answer.status_code == 422
    assert (
        client.post("/account/tokens/new", {"name": "x", "scopes": ["me:read"], "days": 9, "cidrs": "a b"}).status_code
        == 422
    )


def test_a_foreign_token_is_as_missing(engineer: User, client: Client) -> None:
    issue(engineer)
    client.force_login(person())
    foreign = client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke")
    missing = client.post("/account/tokens/00000000-0000-0000-0000-000000000000/revoke")
    assert foreign.status_code == missing.status_code == 404
    assert ApiToken.objects.get().state == "live"


def test_ones_own_tokens_are_listed_over_the_api_without_secrets(engineer: User) -> None:
    text = issue(engineer, "me:read")
    issue(person())
    client = Client()
    client.force_login(engineer)
    answer = client.get("/api/v1/tokens/").json()
    assert [row["key"] for row in answer["results"]] == [text[4:16]]
    assert not {"secret", "secret_hash", "pepper_id"} & answer["results"][0].keys()


def test_no_log_line_holds_a_secret(engineer: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        text = issue(engineer)
        call(text)
        call(text + "x")
    assert text.split(".")[1] not in caplog.text
