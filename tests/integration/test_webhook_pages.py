"""Managing webhooks and channels: who may, what is refused, the pages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.errors import InvalidError, NotAllowedError, NotFoundError
from apps.notifications import selectors, services
from apps.notifications.models import Delivery, DeliveryState, WebhookEndpoint, WebhookKind
from tests.factories import cases, told
from tests.factories.people import person, team
from tests.factories.told import happen, send
from tests.receivers import Receiver, receiver

pytestmark = pytest.mark.django_db

_CHANNELS = [WebhookKind.SLACK, WebhookKind.TEAMS]


@pytest.fixture(autouse=True)
def _store(settings: Any) -> None:
    """This site keeps secrets."""
    settings.SECRET_KEYS = {"k1": b"0" * 32}


@pytest.fixture
def server() -> Iterator[Receiver]:
    """Takes everything."""
    with receiver() as found:
        yield found


# Who may, and what is refused.


@pytest.mark.parametrize("address", [
    "", "x", "ftp://127.0.0.1/", "https://elsewhere.example/", "http://169.254.169.254/latest", "http://user@127.0.0.1/",
    "http://127.0.0.1/ x", "http://127.0.0.1/#x", "http://127.0.0.1/" + "x" * 1000, "javascript:alert(1)",
])  # fmt: skip
def test_an_address_that_may_not_be_called_is_not_saved(address: str) -> None:
    with pytest.raises(InvalidError) as refused:
        told.webhook(address)
    assert "address" in refused.value.fields


def test_a_name_and_known_events_are_needed() -> None:
    by = person(Role.ADMINISTRATOR)
    usual = {"kind": WebhookKind.SIGNED, "team": None, "address": "http://127.0.0.1:9", "by": by}
    for name, events in ((" ", ["run.failed"]), ("x" * 101, ["run.failed"]), ("A", []), ("A", ["token.expiring"])):
        with pytest.raises(InvalidError):
            services.add_webhook(name=name, events=events, **usual)  # type: ignore[arg-type]


def test_members_manage_their_teams_webhooks_and_nobody_else_sees_them() -> None:
    ours = team()
    member, auditor = person(Role.AI_ENGINEER, team=ours), person(Role.AUDITOR)
    endpoint = told.webhook("http://127.0.0.1:9", team=ours, by=member).endpoint
    assert selectors.webhook(endpoint.pk, viewer=member) == endpoint
    assert selectors.webhook(endpoint.pk, viewer=auditor) == endpoint
    for stranger in (person(), person(Role.ARCHITECT), person(Role.AI_ENGINEER, team=team())):
        with pytest.raises(NotFoundError):
            selectors.webhook(endpoint.pk, viewer=stranger)
        with pytest.raises(NotAllowedError):
            told.webhook("http://127.0.0.1:9", team=ours, by=stranger)
        with pytest.raises(NotAllowedError):
            told.webhook("http://127.0.0.1:9", by=stranger)
    with pytest.raises(NotAllowedError):
        services.remove_webhook(endpoint=endpoint, by=auditor)


def test_the_database_keeps_its_promises() -> None:
    endpoint = told.webhook("http://127.0.0.1:9").endpoint
    broken: list[dict[str, Any]] = [{"events": []}, {"kind": "x"}, {"disabled_reason": "x"}, {"address_ref": "x"}]
    for values in broken:
        with pytest.raises(IntegrityError), transaction.atomic():
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**values)
    [row] = happen(cases.case().subject)
    wrong: list[dict[str, Any]] = [{"state": "failed"}, {"next_at": None}]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.filter(pk=row.pk).update(**values)


# Pages.


def browse(who: User) -> Client:
    """A browser of somebody signed in."""
    client = Client()
    client.force_login(who, backend="apps.accounts.backends.Passwords")
    return client


def _page(endpoint: WebhookEndpoint, name: str, *more: object) -> str:
    return reverse(f"webhooks:{name}", args=[endpoint.pk, *more])


def test_a_member_adds_rotates_replays_switches_and_removes_by_page(server: Receiver) -> None:
    ours = team()
    client = browse(person(Role.AI_ENGINEER, team=ours))
    values = {"name": "Ours", "kind": "signed", "address": server.url, "team": ours.pk, "events": ["use_case.changed"]}
    assert client.post(reverse("webhooks:new"), {**values, "address": "https://x.example"}).status_code == 422
    html = client.post(reverse("webhooks:new"), values).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    assert "whsec_" in html
    assert "whsec_" not in client.get(_page(endpoint, "detail")).content.decode()
    assert "Ours" in client.get(reverse("webhooks:list")).content.decode()
    [row] = happen(cases.case().subject)
    send(row)
    assert client.post(_page(endpoint, "replay", row.pk)).status_code == 302
    again = Delivery.objects.get(replay_of=row)
    send(again)
    assert server.received[0][2] == server.received[1][2]
    assert server.received[0][1]["webhook-id"] != server.received[1][1]["webhook-id"]
    assert client.get(_page(endpoint, "detail")).content.decode().count("Send again") == 2
    assert "whsec_" in client.post(_page(endpoint, "add_secret")).content.decode()
    first = endpoint.secrets.order_by("created_at")[0]
    assert client.post(_page(endpoint, "drop_secret", first.pk)).status_code == 302
    assert client.post(_page(endpoint, "switch")).status_code == 302
    assert client.post(_page(endpoint, "replay", row.pk)).status_code == 409
    assert "Switch on" in client.get(_page(endpoint, "detail")).content.decode()
    assert client.post(_page(endpoint, "switch"), {"on": "1"}).status_code == 302
    edited = {"name": "Ours too", "events": ["run.failed"], "version": 1, "address": ""}
    assert client.post(_page(endpoint, "edit"), edited).status_code == 302
    assert client.post(_page(endpoint, "edit"), edited).status_code == 422
    assert "are forgotten with it" in client.get(_page(endpoint, "remove")).content.decode()
    assert client.post(_page(endpoint, "remove")).status_code == 302
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("kind", _CHANNELS)
def test_a_channel_has_no_secret_to_show(server: Receiver, kind: WebhookKind) -> None:
    client = browse(person(Role.ADMINISTRATOR))
    values = {"name": "Ours", "kind": kind.value, "address": server.url, "team": "", "events": ["use_case.changed"]}
    assert client.post(reverse("webhooks:new"), values).status_code == 302
    assert client.post(_page(WebhookEndpoint.objects.get(), "add_secret")).status_code == 409


def test_a_strangers_webhook_is_missing_by_every_page() -> None:
    added = told.webhook("http://127.0.0.1:9", team=team())
    endpoint, client = added.endpoint, browse(person(Role.AI_ENGINEER, team=team()))
    [row] = happen(cases.case().subject)
    secret = endpoint.secrets.get()
    for name in ("detail", "edit", "remove"):
        assert client.get(_page(endpoint, name)).status_code == 404
    for name, more in (("switch", []), ("remove", []), ("add_secret", []), ("drop_secret", [secret.pk])):
        assert client.post(_page(endpoint, name, *more)).status_code == 404
    assert client.post(_page(endpoint, "replay", row.pk)).status_code == 404
    other = told.webhook("http://127.0.0.1:9").endpoint
    assert browse(person(Role.ADMINISTRATOR)).post(_page(other, "replay", row.pk)).status_code == 404


def test_the_log_of_hundreds_is_read_with_few_queries(django_assert_max_num_queries: Any) -> None:
    added, case = told.webhook("http://127.0.0.1:9"), cases.case()
    for _ in range(60):
        happen(case.subject)
    client = browse(added.endpoint.created_by)
    with django_assert_max_num_queries(14):
        html = client.get(_page(added.endpoint, "detail")).content.decode()
    assert "1–50 of 60" in html


def test_old_messages_are_forgotten() -> None:
    told.webhook("http://127.0.0.1:9")
    case = cases.case()
    [old], [waiting] = happen(case.subject), happen(case.subject)
    long_ago = timezone.now() - timedelta(days=31)
    Delivery.objects.filter(pk=old.pk).update(state=DeliveryState.FAILED, next_at=None)
    Delivery.objects.update(created_at=long_ago)
    assert services.tidy() == 1
    assert Delivery.objects.get() == waiting
