"""Signing in: every door counts the same failures, begins audited sessions, and leads nowhere else."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import rules
from apps.accounts.models import FailedSignIn, User
from apps.audit.models import AuditEvent
from tests.factories.people import PASSWORD, person

pytestmark = pytest.mark.django_db
Door = Callable[..., Any]
_WAIT = b"Too many attempts. Wait 15 minutes, or ask an administrator."


def at_the_page(name: str, password: str, address: str = "192.0.2.1", path: str = "/accounts/login/") -> bool:
    """Whether the sign-in page lets the pair in."""
    return bool(at_page(name, password, address, path).status_code == 302)


def at_page(name: str, password: str, address: str = "192.0.2.1", path: str = "/accounts/login/") -> Any:
    """The answer of a sign-in page."""
    return Client().post(path, {"username": name, "password": password}, REMOTE_ADDR=address)


def at_the_admin(name: str, password: str, address: str = "192.0.2.1") -> bool:
    """Whether the admin's sign-in page lets the pair in."""
    return at_the_page(name, password, address, "/admin/login/?next=/admin/")


def at_the_api(name: str, password: str, address: str = "192.0.2.1") -> bool:
    """Whether HTTP Basic lets the pair in."""
    return bool(by_basic(name, password, address).status_code == 200)


def by_basic(name: str, password: str, address: str = "192.0.2.1") -> Any:
    """The API's answer to a pair."""
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return Client().get("/api/v1/me/", headers={"Authorization": f"Basic {token}"}, REMOTE_ADDR=address)


DOORS: list[Door] = [at_the_page, at_the_admin, at_the_api]


@pytest.fixture
def clerk() -> User:
    """Somebody who may enter by all doors."""
    return person(staff=True, name="clerk")


def guess(door: Door, name: str, times: int, **where: str) -> None:
    """Try wrong passwords."""
    assert not any(door(name, f"guess {number}", **where) for number in range(times))


@pytest.mark.parametrize("door", DOORS)
def test_after_ten_wrong_passwords_not_even_the_right_one_opens_any_door(clerk: User, door: Door) -> None:
    guess(door, clerk.username, 9)
    assert door(clerk.username, PASSWORD)
    guess(door, clerk.username, 10)
    assert [other(clerk.username, PASSWORD) for other in DOORS] == [False, False, False]


def test_the_doors_count_together(clerk: User) -> None:
    for door, times in zip(DOORS, (3, 3, 4), strict=True):
        guess(door, clerk.username, times)
    assert not at_the_page(clerk.username, PASSWORD)


def test_who_must_wait_is_told_so_on_both_pages_and_over_the_api(clerk: User) -> None:
    guess(at_the_api, clerk.username, 10)
    assert _WAIT in at_page(clerk.username, PASSWORD).content
    assert _WAIT in at_page(clerk.username, PASSWORD, path="/admin/login/").content
    refusal = by_basic(clerk.username, PASSWORD)
    assert (refusal.status_code, refusal["Retry-After"], refusal.json()["code"]) == (429, "900", "throttled")


def test_an_unknown_name_waits_as_a_known_one_does(clerk: User) -> None:
    guess(at_the_api, "nobody", 10)
    assert by_basic("nobody", "x").status_code == 429


def test_another_name_and_another_address_are_not_made_to_wait(clerk: User) -> None:
    other = person()
    guess(at_the_api, clerk.username, 10)
    assert at_the_api(other.username, PASSWORD)
    assert at_the_api(clerk.username, PASSWORD, address="192.0.2.2")


def test_fifty_failures_of_any_names_close_an_address(clerk: User) -> None:
    for number in range(50):
        assert not at_the_api(f"name-{number}", "x")
    assert by_basic(clerk.username, PASSWORD).status_code == 429
    assert at_the_api(clerk.username, PASSWORD, address="198.51.100.1")


def test_neighbours_in_one_ipv6_network_are_one_address(clerk: User) -> None:
    for number in range(10):
        guess(at_the_api, clerk.username, 1, address=f"2001:db8::{number}")
    assert not at_the_api(clerk.username, PASSWORD, address="2001:db8::ffff")
    assert at_the_api(clerk.username, PASSWORD, address="2001:db8:0:1::1")


def test_after_the_wait_the_door_opens_and_old_failures_are_gone(clerk: User) -> None:
    guess(at_the_api, clerk.username, 10)
    FailedSignIn.objects.update(at=timezone.now() - rules.WINDOW - timedelta(seconds=1))
    assert at_the_api(clerk.username, PASSWORD)
    guess(at_the_api, "somebody", 1)
    assert FailedSignIn.objects.count() == 1


def test_a_success_forgets_the_failures_of_that_name_alone(clerk: User) -> None:
    guess(at_the_api, clerk.username, 9)
    guess(at_the_api, "nobody", 9)
    assert at_the_api(clerk.username, PASSWORD)
    assert FailedSignIn.objects.count() == 9


def test_no_name_is_kept_with_a_failure() -> None:
    guess(at_the_api, "my password, in the wrong field", 1)
    kept = str(FailedSignIn.objects.values().get())
    assert "password" not in kept


def actions() -> list[tuple[str, str, str]]:
    """The trail of signing in."""
    found = AuditEvent.objects.order_by("sequence").values_list("action", "subject_kind", "subject_id")
    return [event for event in found if event[0] in ("user.signed_in", "sign_in.refused")]


@pytest.mark.parametrize("door", [at_the_page, at_the_admin])
def test_a_session_that_begins_is_audited_once(clerk: User, door: Door) -> None:
    assert door(clerk.username, PASSWORD)
    assert actions() == [("user.signed_in", "user", str(clerk.pk))]


def test_a_series_is_audited_once_and_without_an_unknown_name_or_any_password(clerk: User) -> None:
    guess(at_the_api, clerk.username, 13)
    guess(at_the_api, "no such name", 13)
    assert actions() == [("sign_in.refused", "user", str(clerk.pk)), ("sign_in.refused", "sign_in", "unknown")]
    trail = str(list(AuditEvent.objects.values()))
    assert "no such name" not in trail
    assert "guess" not in trail


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\t//evil.example",
    ],
)
def test_signing_in_and_out_leads_to_no_other_site(clerk: User, target: str) -> None:
    pair = {"username": clerk.username, "password": PASSWORD, "next": target}
    for path, home in (("/accounts/login/", "/"), ("/admin/login/", "/")):
        client = Client()
        answer = client.post(path, pair)
        assert (answer.status_code, answer["Location"]) == (302, home), path
        # Whoever is signed in already is sent on at once.
        assert client.get(path, {"next": target}).headers.get("Location", "/") in ("/", "/admin/"), path
        assert client.post("/accounts/logout/", {"next": target})["Location"] in (
            "/accounts/login/",
            "/accounts/logout/",
        )


def test_signing_in_leads_on_within_the_site(clerk: User) -> None:
    answer = Client().post("/accounts/login/", {"username": "clerk", "password": PASSWORD, "next": "/use-cases/"})
    assert answer["Location"] == "/use-cases/"
