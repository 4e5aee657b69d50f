"""Comments and webhooks over the API."""

import json
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Role
from apps.discussions import services as discussions
from apps.discussions.models import Comment
from apps.notifications import services as notifications
from apps.notifications.models import Delivery, WebhookEndpoint
from tests.factories import cases, told
from tests.factories.people import person, team
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings: Any) -> None:
    """This site keeps secrets."""
    settings.SECRET_KEYS = {"k1": b"0" * 32}


def change(call: Caller, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """Read a thing's ETag, then change the thing as it was read."""
    etag = call.send("GET", path)["ETag"]
    response = call.client.generic(
        method, f"/api/v1/{path}", b"" if body is None else _json(body), "application/json",
        CONTENT_TYPE="application/json", HTTP_IF_MATCH=etag,
    )  # fmt: skip
    assert response.status_code == status, response.content
    return response


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


def test_a_comment_is_added_read_edited_and_removed() -> None:
    case, author = cases.case(), person()
    call, subject = Caller(author), str(case.subject)
    made = call.post("comments/", {"subject": subject, "body": "Well done"})
    path = f"comments/{made['id']}/"
    assert call.get(path) == made
    assert made["author"] == author.username
    assert [row["id"] for row in call.get(f"comments/?subject={subject}")["results"]] == [made["id"]]
    assert change(call, "PATCH", path, {"body": "Very well done"}).json()["version"] == 2
    assert change(Caller(person()), "PATCH", path, {"body": "x"}, 403)
    assert change(call, "DELETE", path, status=204)
    assert call.get(path)["body"] == ""
    assert change(call, "PATCH", path, {"body": "x"}, 409)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422), ({"subject": "x", "body": "y"}, 422), ({"subject": "use_case:x", "body": "y"}, 404),
        ({"subject": f"use_case:{UUID(int=7)}", "body": "y"}, 404), ({"subject": "nothing:1", "body": "y"}, 404),
        ({"subject": "use_case:1", "body": ""}, 422), ({"subject": "use_case:1", "body": "y", "author": "z"}, 422),
        ({"subject": "use_case:1", "body": "y" * 10_001}, 422), ([], 422), ("x", 422),
    ],
)  # fmt: skip
def test_a_wrong_comment_is_refused(body: Any, status: int) -> None:
    Caller(person()).post("comments/", body, status)
    assert not Comment.objects.exists()


@pytest.mark.parametrize("query", ["subject=x", "subject=:", "ordering=body", "page=1", "author=x", "page_size=0"])
def test_a_wrong_question_is_refused(query: str) -> None:
    Caller(person()).get(f"comments/?{query}", 400)


def test_comments_on_what_is_out_of_sight_are_missing() -> None:
    case, ours = cases.case(), team()
    comment = discussions.add(subject=case.subject, body="x", by=person())
    type(case).objects.filter(pk=case.pk).update(team=ours, audience="team")
    call = Caller(person(Role.AI_ENGINEER))
    call.get(f"comments/{comment.pk}/", 404)
    call.get(f"comments/?subject={case.subject}", 404)
    assert call.get("comments/")["results"] == []


def test_a_webhook_is_added_changed_rotated_replayed_and_removed() -> None:
    ours = team()
    call = Caller(person(Role.AI_ENGINEER, team=ours))
    body = {"name": "Registry", "kind": "signed", "address": "http://127.0.0.1:9/x", "events": ["use_case.changed"]}
    made = call.post("webhooks/", {**body, "team": ours.name})
    path = f"webhooks/{made['id']}/"
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert call.get(path) == made
    assert secret not in call.send("GET", "webhooks/").content.decode()
    assert change(call, "PATCH", path, {"events": ["run.failed", "use_case.changed"]}).json()["version"] == 2
    assert change(call, "PATCH", path, {"on": False}).json()["on"] is False
    assert change(call, "PATCH", path, {"on": True, "name": "Ours"}).json()["on"] is True
    assert call.post(f"{path}secrets/")["secret"].startswith("whsec_")
    first = call.get(path)["secrets"][0]["id"]
    assert change(call, "DELETE", f"{path}secrets/{first}/", status=204)
    notifications.announce(told.notice(cases.case().subject), to={})
    [row] = call.get(f"{path}deliveries/?state=waiting")["results"]
    assert row["payload"]["type"] == "use_case.changed"
    again = call.post(f"{path}deliveries/{row['id']}/replay/")
    assert again["replay_of"] == row["id"]
    assert call.get(f"{path}deliveries/{again['id']}/")["payload"] == row["payload"]
    assert change(call, "DELETE", path, status=204)
    assert not WebhookEndpoint.objects.exists()
    assert not Delivery.objects.exists()


def test_a_secret_is_told_once_so_its_call_is_not_repeatable() -> None:
    call = Caller(person(Role.ADMINISTRATOR))
    body = {"name": "A", "kind": "signed", "address": "http://127.0.0.1:9", "events": ["run.failed"]}
    response = call.client.generic(
        "POST", "/api/v1/webhooks/", _json(body), "application/json", CONTENT_TYPE="application/json",
        HTTP_IDEMPOTENCY_KEY="k",
    )  # fmt: skip
    assert response.status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": None}, {"kind": "x"}, {"address": "x"}, {"address": "http://169.254.169.254/"},
        {"events": []}, {"events": ["x"]}, {"events": "run.failed"}, {"events": ["token.expiring"]}, {"team": "none"},
        {"secret": "x"}, {"events": ["run.failed"] * 20},
    ],
)  # fmt: skip
def test_a_wrong_webhook_is_refused(wrong: dict[str, Any]) -> None:
    body = {"name": "A", "kind": "signed", "address": "http://127.0.0.1:9", "events": ["run.failed"]}
    Caller(person(Role.ADMINISTRATOR)).post("webhooks/", {**body, **wrong}, 422)
    assert not WebhookEndpoint.objects.exists()


def test_a_strangers_webhook_is_missing_and_an_auditor_only_reads() -> None:
    endpoint = told.webhook("http://127.0.0.1:9", team=team()).endpoint
    notifications.announce(told.notice(cases.case().subject), to={})
    row, path = Delivery.objects.get(), f"webhooks/{endpoint.pk}/"
    stranger, auditor = Caller(person(Role.AI_ENGINEER, team=team())), Caller(person(Role.AUDITOR))
    for below in ("", "deliveries/", f"deliveries/{row.pk}/", f"secrets/{endpoint.secrets.get().pk}/"):
        stranger.get(path + below, 404)
        auditor.get(path + below)
    for call, status in ((stranger, 404), (auditor, 403)):
        call.post(f"{path}deliveries/{row.pk}/replay/", None, status)
        call.post(f"{path}secrets/", None, status)
    assert change(auditor, "PATCH", path, {"on": False}, 403)
    assert change(auditor, "DELETE", path, None, 403)
    stranger("DELETE", path, None, 404)
    assert stranger.get("webhooks/")["results"] == []
