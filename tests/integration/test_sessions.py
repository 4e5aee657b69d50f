"""Sessions: who gets one by which door, how long it lasts, and what ends it."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from apps.accounts import middleware, services
from apps.accounts.models import Role, User, UserKind
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, NotAllowedError
from apps.outbox.models import OutboxEvent
from tests.architecture.test_routes import walk
from tests.factories.people import PASSWORD, person
from tests.integration import provider as oidc
from worker.routing import DOORBELLS
from worker.schedule import SCHEDULE
from worker.tasks.accounts import forget_sessions

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "quite another pass phrase"


def signed_in(client: Client) -> bool:
    """Whether the client's session is somebody's."""
    return bool(client.get("/api/v1/me/").status_code == 200)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass for the limits of sessions."""
    now = [time.time()]
    monkeypatch.setattr(middleware, "clock", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def test_an_idle_session_ends(client: Client, clock: Callable[[float], None]) -> None:
    client.force_login(person())
    clock(30 * 60 - 1)
    assert signed_in(client)
    clock(30 * 60)
    assert not signed_in(client)
    assert "/login/" in client.get("/")["Location"]


def test_a_session_that_is_used_lasts_twelve_hours(client: Client, clock: Callable[[float], None]) -> None:
    client.force_login(person())
    for _ in range(12 * 3 - 1):
        clock(20 * 60)
        assert signed_in(client)
    clock(20 * 60)
    assert not signed_in(client)


@pytest.mark.usefixtures("contexts")
def test_the_account_page_says_when_the_session_ends(client: Client, clock: Callable[[float], None]) -> None:
    client.force_login(person())

    def left() -> int:
        """Minutes from this very use to the end that the page tells."""
        (fact,) = [fact for fact in client.get("/account").context["facts"] if fact.label.startswith("This session")]
        minutes: float = (fact.value.timestamp() - client.session[middleware.SEEN]) / 60
        return round(minutes)

    assert left() == 30
    for _ in range(36 - 2):
        clock(20 * 60)
        assert left() == 30
    clock(20 * 60)
    assert left() == 20


def test_a_session_without_a_beginning_is_over(client: Client) -> None:
    client.force_login(person())
    session = client.session
    del session[middleware.BEGAN]
    session.save()
    assert not signed_in(client)


def test_the_session_is_written_once_a_minute_at_most(client: Client, clock: Callable[[float], None]) -> None:
    client.force_login(person())

    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert signed_in(client)
        return sum("django_session" in query["sql"] and "UPDATE" in query["sql"] for query in queries)

    assert writes() == 0
    clock(61)
    assert [writes(), writes()] == [1, 0]


def test_an_ended_session_leaves_no_row_and_sends_htmx_as_a_whole(
    client: Client, clock: Callable[[float], None]
) -> None:
    client.force_login(person())
    clock(31 * 60)
    answer = client.get("/use-cases/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/accounts/login/")
    assert not Session.objects.exists()


def test_deactivating_ends_sessions_and_tokens_with_the_next_request(client: Client) -> None:
    leaver = person(Role.AI_ENGINEER)
    client.force_login(leaver)
    _, text = services.issue_token(owner=leaver, name="x", scopes=["all:read"], by=leaver)
    services.deactivate(user=leaver, by=None)
    assert not signed_in(client)
    # A part of a page that polls, too, is led to the sign-in page and polls no more.
    poll = client.get("/use-cases/", headers={"HX-Request": "true"})
    assert (poll.status_code, "HX-Redirect" in poll.headers) == (204, True)
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).status_code == 401


def test_reactivating_brings_back_neither_sessions_nor_tokens(client: Client) -> None:
    leaver = person()
    client.force_login(leaver)
    _, text = services.issue_token(owner=leaver, name="x", scopes=["all:read"], by=leaver)
    services.deactivate(user=leaver, by=None)
    services.reactivate(user=leaver, by=None)
    assert not signed_in(client)
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    assert Client().login(username=leaver.username, password=PASSWORD)


def test_a_new_password_ends_every_other_session() -> None:
    clerk = person()
    here, elsewhere = Client(), Client()
    here.force_login(clerk)
    elsewhere.force_login(clerk)
    new = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert here.post("/account/password", new).status_code == 302
    assert [signed_in(here), signed_in(elsewhere)] == [True, False]


def by_page(user: User, client: Client) -> None:
    """The sign-in page."""
    client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})


def by_admin(user: User, client: Client) -> None:
    """The admin's."""
    client.post("/admin/login/?next=/admin/", {"username": user.username, "password": PASSWORD})


def by_sign_on(user: User, client: Client) -> None:
    """The identity provider; the fixture `everywhere` undoes what is set here."""
    with oidc.running() as process:
        process.knows(f"sub-{user.pk}")
        settings.OIDC_ISSUER = process.issuer
        cache.clear()
        services.link_identity(user=user, issuer=process.issuer, subject=f"sub-{user.pk}", by=None)
        oidc.come_back(client, process.approve(oidc.begin(client), f"sub-{user.pk}"))


def by_new_password(user: User, client: Client) -> None:
    """Changing the password, which makes a session anew."""
    client.force_login(user)
    new = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    client.post("/account/password", new)


DOORS = {
    "login": by_page,
    "admin:login": by_admin,
    "oidc_callback": by_sign_on,
    "password": by_new_password,
}


@pytest.fixture
def everywhere(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single sign-on is configured."""
    monkeypatch.setenv("OIDC_TEST_SECRET", "what only both sides know")
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_SECRET = "", "env:OIDC_TEST_SECRET"
    settings.OIDC_CLIENT_ID, settings.SITE_URL = "coe-portal", "http://testserver"


@pytest.mark.usefixtures("everywhere")
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
@pytest.mark.parametrize("who", ["active", "inactive", "leaver", "service account"])
def test_every_door_lets_active_people_in_and_nobody_else(client: Client, door: Callable[..., Any], who: str) -> None:
    user = person()
    User.objects.filter(pk=user.pk).update(is_staff=True)
    if who == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif who == "leaver":
        services.deactivate(user=user, by=None)
    elif who == "service account":
        # Even one that somehow has a password and an identity.
        changed = {"kind": UserKind.SERVICE, "responsible": person(), "is_staff": False}
        User.objects.filter(pk=user.pk).update(**changed)
    user.refresh_from_db()
    try:
        door(user, client)
    except NotAllowedError:
        assert who != "active"
    assert signed_in(client) is (who == "active")
    assert AuditEvent.objects.filter(action="user.signed_in").exists() is (who == "active")


# They confirm a lower tier, not a person.
_OF_TIERS = ("usecases:confirm_tier", "api-use-case-tier-confirm")


def test_no_other_route_makes_a_session() -> None:
    """A new door must be tried above: whatever signs in, resets, connects or confirms counts as one."""
    telling = re.compile(r"login|sign|oidc|sso|saml|password|reset|connect|confirm|token.*auth|session")
    admin_of_others = {"admin:password_change", "admin:password_change_done", "admin:auth_user_password_change"}
    found = {route.name for route in walk(get_resolver().url_patterns) if telling.search(route.name)}
    known = {*DOORS, "oidc_login", "usecases:assign", "accounts:assign", *_OF_TIERS} | admin_of_others
    assert found <= known, found - known


def test_the_admins_own_password_page_leads_to_ours(client: Client) -> None:
    client.force_login(person(staff=True))
    assert client.get("/admin/password_change/")["Location"] == "/account/password"


def test_a_service_account_takes_no_password() -> None:
    robot = User.objects.create(username="robot", kind=UserKind.SERVICE, responsible=person())
    with pytest.raises(ConflictError):
        services.set_password(user=robot, password=PASSWORD, by=None)


def test_the_trail_tells_the_door(client: Client) -> None:
    user = person(staff=True)
    by_page(user, client)
    by_admin(user, Client())
    doors = [event.data for event in AuditEvent.objects.filter(action="user.signed_in").order_by("sequence")]
    assert doors == [{"door": "password"}, {"door": "admin"}]


def test_switched_off_passwords_let_superusers_in_alone_and_raise_an_alarm(
    settings: LazySettings,
) -> None:
    settings.PASSWORD_SIGN_IN = False
    clerk, root = person(staff=True), person(staff=True)
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    for door in (by_page, by_admin):
        client = Client()
        door(clerk, client)
        assert not signed_in(client)
    assert not OutboxEvent.objects.filter(name="break_glass.used").exists()
    client = Client()
    by_page(root, client)
    assert signed_in(client)
    alarm = AuditEvent.objects.get(action="break_glass.used")
    assert (alarm.subject_id, alarm.data) == (str(root.pk), {"door": "password"})
    assert OutboxEvent.objects.get(name="break_glass.used").payload["user"] == str(root.pk)


def test_sessions_whose_time_is_over_are_deleted_and_others_stay(client: Client) -> None:
    client.force_login(person())
    Client().force_login(person())
    ended = Session.objects.exclude(pk=client.session.session_key)
    assert ended.update(expire_date=timezone.now()) == 1
    forget_sessions()
    assert list(Session.objects.values_list("pk", flat=True)) == [client.session.session_key]
    assert signed_in(client)
    assert SCHEDULE["accounts.forget_sessions"]["task"] == DOORBELLS["accounts.forget_sessions"].task
