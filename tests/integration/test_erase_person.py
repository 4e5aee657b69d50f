"""Erasing a person: no trace of the name is left anywhere, and the audit chain stays whole."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from apps.accounts import services as accounts
from apps.accounts.models import ApiToken, Role, User
from apps.audit import selectors
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, NotAllowedError
from apps.discussions import services as discussions
from apps.notifications import services as notifications
from apps.notifications.models import Notification
from apps.outbox import services as outbox
from apps.portal import notices
from apps.portal.reactions import REACTIONS
from apps.usecases import services as usecases
from tests.factories import cases, people, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    """Somebody with a name, an address, a token and a case."""
    user = people.person(Role.BUSINESS_OWNER, name="anna.beispiel")
    values = {"display_name": "Anna Beispiel", "email": "anna.beispiel@example.org"}
    accounts.change_user(user=user, by=None, **values)
    accounts.issue_token(owner=user, name="Anna Beispiel's laptop", scopes=["use-cases:read"], by=user)
    cases.case(by=user)
    usecases.save_draft(values={"title": "Anna Beispiel's idea"}, by=user)
    return user


def rows_naming(word: str) -> list[str]:
    """The tables with a row that says `word` anywhere."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            table = model._meta.db_table
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{word}%"])  # noqa: S608
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_nothing_names_an_erased_person_and_the_chain_is_whole(anna: User) -> None:
    assert "accounts_user" in rows_naming("beispiel")
    administrator = people.person(Role.ADMINISTRATOR)
    accounts.erase_person(user=anna, by=administrator)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert rows_naming("beispiel") == []
    assert not list(selectors.breaks())
    anna.refresh_from_db()
    assert str(anna) == "A former person"
    assert not anna.is_active
    assert not anna.has_usable_password()
    assert not ApiToken.objects.filter(owner=anna, revoked_at=None).exists()


def test_notices_and_messages_that_name_an_erased_person_go_with_their_name(anna: User) -> None:
    case = anna.owned_cases.get()
    other, administrator = people.person(Role.STEWARD), people.person(Role.ADMINISTRATOR)
    told.webhook("http://127.0.0.1:9", by=administrator)
    discussions.add(subject=case.subject, body="First.", by=other)
    discussions.add(subject=case.subject, body=f"Look, @{other.username}.", by=anna)
    notices.break_glass_used(user=str(anna.pk), door="password", at="2026-11-21T10:00:00+00:00")
    notifications.announce(told.notice(case.subject, title="Something else"), to={anna.pk: "", other.pk: "you look"})
    outbox.drain(REACTIONS)
    assert {"notifications_notification", "notifications_delivery"} <= set(rows_naming("Anna Beispiel"))
    accounts.erase_person(user=anna, by=administrator)
    assert rows_naming("beispiel") == []
    assert not Notification.objects.filter(person=anna).exists()
    assert "Something else" in Notification.objects.filter(person=other).values_list("title", flat=True)


def test_whoever_switches_a_webhook_off_is_named_by_the_event_alone(anna: User) -> None:
    accounts.grant(user=anna, role=Role.ADMINISTRATOR, by=None)
    anna = User.objects.get(pk=anna.pk)
    webhook = notifications.disable(endpoint=told.webhook("http://127.0.0.1:9", by=anna).endpoint, by=anna)
    event = AuditEvent.objects.get(action="webhook.disabled")
    assert (event.actor_id, event.data["why"]) == (str(anna.pk), "Switched off by hand.")
    assert webhook.disabled_reason == "Switched off by hand."


def test_an_erased_person_signs_what_they_did_as_a_former_person(anna: User) -> None:
    case = anna.owned_cases.get()
    accounts.erase_person(user=anna, by=None)
    entry = selectors.entries(selectors.trail(case.subject, viewer=people.person()))[0]
    assert entry.actor == "A former person"


def test_erasing_twice_changes_nothing_and_nobody_comes_back(anna: User) -> None:
    accounts.erase_person(user=anna, by=None)
    before = User.objects.get(pk=anna.pk).username
    accounts.erase_person(user=anna, by=None)
    assert User.objects.get(pk=anna.pk).username == before
    with pytest.raises(ConflictError, match="erased"):
        accounts.reactivate(user=User.objects.get(pk=anna.pk), by=None)


def test_only_an_administrator_erases_and_nobody_themselves(anna: User) -> None:
    with pytest.raises(NotAllowedError):
        accounts.erase_person(user=anna, by=people.person(Role.AUDITOR))
    administrator = people.person(Role.ADMINISTRATOR)
    with pytest.raises(NotAllowedError, match="themselves"):
        accounts.erase_person(user=administrator, by=administrator)


def test_the_command_erases_only_when_told_twice(anna: User) -> None:
    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_person", anna.username)
    with pytest.raises(CommandError, match="nobody"):
        call_command("erase_person", "no-such-person", yes=True)
    call_command("erase_person", anna.username, yes=True)
    anna.refresh_from_db()
    assert anna.erased_at is not None


def test_history_keeps_nothing_that_says_who_somebody_is() -> None:
    personal = {"username", "display_name", "first_name", "last_name", "email", "password", "secret_hash", "last_login"}
    kept = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if hasattr(model, "pgh_tracked_model")
        for field in model._meta.fields
        if isinstance(field, models.Field) and field.name in personal
    ]
    assert not kept
