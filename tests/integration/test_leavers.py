"""A directory that cuts leavers off: one call by a service account's token, and the next request finds nobody."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import services
from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.outbox.models import OutboxEvent
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def directory(*scopes: str, role: Role | None = Role.ADMINISTRATOR) -> str:
    """The token of a directory's service account."""
    keeper = person(Role.ADMINISTRATOR)
    account = services.add_service_account(
        username="directory", display_name="Directory", responsible=keeper, by=keeper
    )
    if role:
        services.grant(user=account, role=role, by=keeper)
    return services.issue_token(owner=account, name="leavers", scopes=scopes or ["people:write"], by=keeper)[1]


def cut_off(text: str, name: str, verb: str = "deactivate", **headers: str) -> Any:
    """The call; whatever state the person is in."""
    return Client().post(
        f"/api/v1/people/{name}/{verb}/", content_type="application/json",
        headers={"Authorization": f"Bearer {text}", "If-Match": "*", **headers},
    )  # fmt: skip


@pytest.fixture
def leaver() -> User:
    """Somebody with a role."""
    return person(Role.AI_ENGINEER, name="leaver")


def test_one_call_cuts_a_leaver_off(client: Client, leaver: User) -> None:
    client.force_login(leaver)
    _, own = services.issue_token(owner=leaver, name="x", scopes=["all:read"], by=leaver)
    answer = cut_off(directory(), "leaver")
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    assert client.get("/api/v1/me/").status_code == 401
    assert client.get("/").status_code == 302
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {own}"}).status_code == 401
    event = AuditEvent.objects.get(action="user.deactivated")
    assert (event.subject_id, event.data) == (str(leaver.pk), {"tokens": 1})
    assert event.actor_id == str(User.objects.get(username="directory").pk)
    assert OutboxEvent.objects.get(name="user.deactivated").payload["user"] == str(leaver.pk)


def test_a_second_call_says_that_it_is_done(leaver: User) -> None:
    text = directory()
    cut_off(text, "leaver")
    again = cut_off(text, "leaver")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_somebody_who_comes_back_is_let_in(leaver: User) -> None:
    text = directory()
    cut_off(text, "leaver")
    assert cut_off(text, "leaver", "reactivate").json()["is_active"] is True


@pytest.mark.parametrize(
    ("scopes", "role", "code"),
    [
        (["people:read", "all:read"], Role.ADMINISTRATOR, "insufficient-scope"),
        (["use-cases:write"], Role.ADMINISTRATOR, "insufficient-scope"),
        (["people:write"], None, "not-allowed"),
        (["people:write"], Role.AUDITOR, "not-allowed"),
    ],
)
def test_scope_and_role_are_both_needed(leaver: User, scopes: list[str], role: Role | None, code: str) -> None:
    answer = cut_off(directory(*scopes, role=role), "leaver")
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    leaver.refresh_from_db()
    assert leaver.is_active


def test_a_call_says_which_state_it_was_made_for(leaver: User) -> None:
    answer = Client().post(
        "/api/v1/people/leaver/deactivate/", content_type="application/json",
        headers={"Authorization": f"Bearer {directory()}"},
    )  # fmt: skip
    assert answer.status_code == 428


def test_nobody_is_found_under_a_strange_name() -> None:
    text = directory()
    assert [cut_off(text, name).status_code for name in ("nobody", "%00", "x" * 300)] == [404, 404, 404]


def test_what_a_leaver_owned_stays(leaver: User) -> None:
    membership = leaver.memberships.get()
    cut_off(directory(), "leaver")
    assert leaver.memberships.get() == membership
    assert User.objects.filter(pk=leaver.pk).exists()
