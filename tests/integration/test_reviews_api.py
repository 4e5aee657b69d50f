"""Reviews, conditions and delegations over the API: the same verbs, with ETags."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.reviews.models import (
    Outcome,
)
from tests.factories.people import person
from tests.factories.reviewed import BOTH, Thing, board, decide, reviewer
from tests.integration.test_notifications import browse

pytestmark = pytest.mark.django_db
Make = Callable[..., Thing]


# The API.


def send(client: Client, address: str, thing: str, body: dict[str, Any], method: str = "post") -> Any:
    """A write with the ETag of what it changes."""
    etag = client.get(thing).headers.get("ETag", "")
    headers = {"If-Match": etag} if etag else {}
    return getattr(client, method)(address, body, content_type="application/json", headers=headers)


def test_the_api_decides_with_conditions_and_tells_steps_and_clocks(thing: Thing) -> None:
    request, owner, verifier = thing.ask(BOTH[0]), person(), person()
    at, client = reverse("api-review", args=[request.pk]), browse(reviewer("security"))
    due = (timezone.now().date() + timedelta(days=3)).isoformat()
    asked = {"text": "Train.", "owner": owner.username, "due_on": due, "blocking": True, "verifier": verifier.username}
    body = {
        "lane": "security", "outcome": "approve_conditions", "reason": "Fine.", "content_hash": request.content_hash,
    }  # fmt: skip
    empty = send(client, f"{at}decide/", at, body)
    assert (empty.status_code, list(empty.json()["errors"])) == (422, ["conditions"])
    answer = send(client, f"{at}decide/", at, {**body, "conditions": [asked]})
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert found["state"] == "approved_conditions"
    assert [(step["lane"], step["state"], step["watches"]) for step in found["steps"]] == [
        ("security", "conditional", ["Data"])
    ]
    (row,) = client.get("/api/v1/conditions/", {"review": str(request.pk)}).json()["results"]
    assert (row["text"], row["state"], row["owner"]) == ("Train.", "open", owner.username)
    there = reverse("api-condition", args=[row["id"]])
    assert send(browse(owner), f"{there}meet/", there, {"evidence": "Done."}).json()["state"] == "handed_in"
    assert send(browse(owner), f"{there}verify/", there, {"accepted": True}).status_code == 403
    assert send(browse(verifier), f"{there}verify/", there, {"accepted": True}).json()["state"] == "verified"


def test_the_api_requests_changes_by_field_and_rejects_with_an_appeal(make: Make) -> None:
    client = browse(reviewer("finance"))
    for body, state in (
        ({"outcome": "request_changes", "fields_to_change": ["Cost"]}, "changes_requested"),
        ({"outcome": "reject", "appeal": "Write to the board."}, "rejected"),
    ):
        request = make().ask()
        at = reverse("api-review", args=[request.pk])
        sent = {"lane": "finance", "reason": "No.", "content_hash": request.content_hash, **body}
        assert send(client, f"{at}decide/", at, sent).json()["state"] == state
        late = send(client, f"{at}decide/", at, sent)
        assert late.status_code == 409
    assert AuditEvent.objects.filter(action="review.refused").count() == 2


def test_the_api_wants_to_know_what_was_read(thing: Thing) -> None:
    request = thing.ask()
    at, client = reverse("api-review", args=[request.pk]), browse(reviewer("security"))
    body = {"lane": "security", "outcome": "approve", "reason": "Fine.", "content_hash": request.content_hash}
    headers = {"If-Match": client.get(at).headers["ETag"]}
    options: dict[str, Any] = {"content_type": "application/json"}
    assert client.post(f"{at}decide/", body, **options).status_code == 428
    decide(request, "finance")
    assert client.post(f"{at}decide/", body, headers=headers, **options).status_code == 412
    assert send(client, f"{at}decide/", at, body).status_code == 200


def test_the_api_steps_back_revokes_and_overturns(make: Make) -> None:
    approved, rejected = decide(make().ask(BOTH[0]), "security"), make().ask(BOTH[0])
    decide(rejected, "security", outcome=Outcome.REJECT)
    member, someone = browse(board()), reviewer("security")
    rows = [("revoke", approved, member, "revoked"), ("overturn", rejected, member, "approved")]
    for name, request, client, state in [*rows, ("recuse", make().ask(), browse(someone), "in_review")]:
        at = reverse("api-review", args=[request.pk])
        assert send(browse(person()), f"{at}{name}/", at, {"reason": "No."}).status_code == 403
        assert send(client, f"{at}{name}/", at, {"reason": "For a reason."}).json()["state"] == state


def test_the_api_gives_shows_and_ends_delegations() -> None:
    absent, deputy, day = reviewer("security"), person(), timezone.now().date().isoformat()
    client = browse(absent)
    body = {"lane": "security", "to": deputy.username, "starts_on": day, "ends_on": day, "reason": "On leave."}
    options: dict[str, Any] = {"content_type": "application/json"}
    wrong = client.post("/api/v1/delegations/", {**body, "ends_on": "2020-01-01"}, **options)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["ends_on"])
    assert browse(person()).post("/api/v1/delegations/", body, **options).status_code == 403
    made = client.post("/api/v1/delegations/", body, **options)
    assert made.status_code == 201
    at = made.headers["Location"]
    ended: dict[str, Any] = {"headers": {"If-Match": "*"}, "data": {}, **options}
    assert browse(deputy).get("/api/v1/delegations/").json()["count"] == 1
    assert client.delete(at, **ended).status_code == 204
    assert client.get(at).json()["ended_at"]
    assert client.delete(at, **ended).status_code == 409
