"""Webhooks and channels: who may manage them, what is sent, signed, tried again, given up and sent again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core import egress
from apps.core.errors import ConflictError, StaleError
from apps.egress.models import Secret
from apps.notifications import services
from apps.notifications.models import Delivery, DeliveryState, Notification, WebhookEndpoint, WebhookKind
from apps.notifications.services import deliveries as sending
from apps.outbox import services as outbox
from apps.outbox.models import OutboxEvent
from apps.portal.reactions import REACTIONS
from tests.factories import cases, told
from tests.factories.people import person, team
from tests.factories.told import due_now, happen, restricted, send
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


# Sending.


def test_a_message_is_signed_and_holds_what_happened(server: Receiver) -> None:
    added, case = told.webhook(f"{server.url}/hooks?tenant=7"), cases.case()
    [row] = happen(case.subject, title="Case changed")
    send(row)
    [(path, headers, body)] = server.received
    assert path == "/hooks?tenant=7"
    assert Webhook(added.secret).verify(body, headers) == row.payload
    assert headers["webhook-id"] == str(row.pk)
    assert row.payload["type"] == "use_case.changed"
    assert row.payload["data"]["subject"] == str(case.subject)
    assert (row.state, row.answer, row.attempts, row.next_at) == (DeliveryState.DELIVERED, "2xx", 1, None)


def test_a_message_goes_out_once_however_often_it_is_rung_for(server: Receiver) -> None:
    told.webhook(server.url)
    [row] = happen(cases.case().subject)
    for _ in range(3):
        services.deliver(delivery_id=row.pk)
    services.deliver(delivery_id=uuid4())
    assert len(server.received) == 1


def test_only_events_that_were_asked_for_are_sent() -> None:
    told.webhook("http://127.0.0.1:9", events=("review.decided",))
    case = cases.case()
    assert happen(case.subject) == []
    assert len(happen(case.subject, event="review.decided")) == 1
    assert happen(case.subject, event="comment.mentioned") == []
    assert happen(None, event="token.expiring") == []


def test_the_same_happening_is_sent_once() -> None:
    told.webhook("http://127.0.0.1:9")
    case = cases.case()
    for _ in range(2):
        assert len(happen(case.subject, key="same")) == 1


def test_after_a_failure_it_is_tried_again_with_the_same_id_and_a_fresh_signature() -> None:
    with receiver(500, 302, 404, 200) as server:
        added = told.webhook(server.url)
        [row] = happen(cases.case().subject)
        seen = []
        for attempt in range(1, 5):
            send(row)
            seen.append((row.answer, row.state, row.attempts))
            assert row.attempts == attempt
    assert seen == [("5xx", "waiting", 1), ("3xx", "waiting", 2), ("4xx", "waiting", 3), ("2xx", "delivered", 4)]
    assert {headers["webhook-id"] for _, headers, _ in server.received} == {str(row.pk)}
    for _, headers, body in server.received:
        Webhook(added.secret).verify(body, headers)
    assert WebhookEndpoint.objects.get().failing_since is None


def test_between_attempts_there_are_pauses(server: Receiver) -> None:
    told.webhook("http://127.0.0.1:9")
    [row] = happen(cases.case().subject)
    services.deliver(delivery_id=row.pk)
    row.refresh_from_db()
    assert row.answer == "unreachable"
    assert row.next_at
    assert row.next_at > timezone.now()
    assert services.deliver(delivery_id=row.pk) is False
    assert services.ring_again() == 0
    due_now()
    assert services.ring_again() == 1


def test_a_receiver_that_does_not_answer_in_time_is_tried_again(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sending.SECONDS == 15
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    told.webhook(server.url)
    [row] = happen(cases.case().subject)
    server.open.clear()
    send(row)
    assert (row.answer, row.state) == ("unreachable", "waiting")


def test_what_is_never_taken_is_given_up_in_the_end() -> None:
    with receiver(503) as server:
        told.webhook(server.url)
        [row] = happen(cases.case().subject)
        for _ in range(12):
            send(row)
    assert (row.state, row.attempts, row.next_at) == (DeliveryState.FAILED, 10, None)
    assert WebhookEndpoint.objects.get().is_on


def test_nothing_of_an_answer_is_kept_but_its_class(server: Receiver) -> None:
    told.webhook(server.url)
    [row] = happen(cases.case().subject)
    send(row)
    assert "secret" not in str(Delivery.objects.filter(pk=row.pk).values())


def test_an_address_that_is_permitted_no_more_is_not_called(server: Receiver, settings: Any) -> None:
    told.webhook(server.url)
    [row] = happen(cases.case().subject)
    settings.EGRESS_ALLOWED = []
    send(row)
    assert (row.answer, server.received) == ("refused", [])


def test_an_endpoint_that_is_removed_while_it_is_called_leaves_no_trace(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes of the call, there is nothing left to note it on."""
    case, call = cases.case(), egress.send

    for status in (200, 500):
        server.statuses = [status]
        endpoint = told.webhook(server.url).endpoint
        [row] = happen(case.subject)

        def remove_and_call(*args: Any, endpoint: WebhookEndpoint = endpoint, **kwargs: Any) -> Any:
            services.remove_webhook(endpoint=endpoint, by=endpoint.created_by)
            return call(*args, **kwargs)

        monkeypatch.setattr(egress, "send", remove_and_call)
        due_now()
        services.deliver(delivery_id=row.pk)
        assert not Delivery.objects.exists()
        monkeypatch.setattr(egress, "send", call)


def browse(who: User) -> Client:
    """A browser of somebody signed in."""
    client = Client()
    client.force_login(who, backend="apps.accounts.backends.Passwords")
    return client


def _page(endpoint: WebhookEndpoint, name: str, *more: object) -> str:
    return reverse(f"webhooks:{name}", args=[endpoint.pk, *more])


# Channels.


@pytest.mark.parametrize("kind", _CHANNELS)
def test_a_channel_gets_words_and_its_address_stays_secret(server: Receiver, kind: WebhookKind) -> None:
    added = told.webhook(f"{server.url}/services/CANARY-token", kind=kind)
    assert added.secret == ""
    assert added.endpoint.address == server.url
    [row] = happen(cases.case().subject, title="It changed")
    send(row)
    [(path, headers, body)] = server.received
    assert path == "/services/CANARY-token"
    assert "webhook-signature" not in headers
    text = json.dumps(json.loads(body))
    assert "It changed" in text
    assert "asked to hear" in text
    admin = browse(person(Role.ADMINISTRATOR))
    pages = [admin.get(_page(added.endpoint, name)).content.decode() for name in ("detail", "edit")]
    listed = admin.get("/api/v1/webhooks/").content.decode() + admin.get(reverse("webhooks:list")).content.decode()
    trail = str(list(AuditEvent.objects.values_list("data", flat=True)))
    stored = str(list(WebhookEndpoint.objects.values())) + str(list(Secret.objects.values()))
    for place in (*pages, listed, trail, stored):
        assert "CANARY" not in place


# What a team may see.


def test_a_team_is_told_of_its_own_and_of_what_everybody_sees(server: Receiver) -> None:
    ours, theirs = team(), team()
    told.webhook(server.url, team=ours)
    everybodys, secret, foreign = cases.case(), restricted(cases.case(), ours), restricted(cases.case(), theirs)
    assert len(happen(everybodys.subject)) == 1
    assert len(happen(secret.subject)) == 1
    assert happen(foreign.subject) == []


def test_the_organisations_webhook_hears_only_what_everybody_may_see() -> None:
    told.webhook("http://127.0.0.1:9")
    assert happen(restricted(cases.case(), team()).subject) == []


def test_what_is_out_of_the_teams_sight_by_now_is_withheld(server: Receiver) -> None:
    told.webhook(server.url, team=team())
    case = cases.case()
    [row] = happen(case.subject)
    restricted(case, team())
    send(row)
    assert (row.state, server.received) == (DeliveryState.WITHHELD, [])


# Switching off.


def off(days: float, *statuses: int, attempts: int = 6) -> WebhookEndpoint:
    """An endpoint after so many days and failed attempts."""
    with receiver(*statuses) as server:
        told.webhook(server.url)
        [row] = happen(cases.case().subject)
        for _ in range(attempts):
            since = timezone.now() - timedelta(days=days)
            WebhookEndpoint.objects.exclude(failing_since=None).update(failing_since=since)
            send(row)
    return WebhookEndpoint.objects.get()


def test_after_days_of_failures_it_is_switched_off_and_its_people_are_told() -> None:
    endpoint = off(3.1, 500)
    assert not endpoint.is_on
    assert endpoint.disabled_reason.startswith("Nothing was taken there since")
    outbox.drain(REACTIONS)
    assert not OutboxEvent.objects.exists()
    told_of = Notification.objects.get(person=endpoint.created_by)
    assert (told_of.event, told_of.why) == ("webhook.disabled", "you added it")
    assert AuditEvent.objects.filter(action="webhook.disabled").count() == 1
    assert happen(cases.case(why_new="Another unit's.").subject) == []


@pytest.mark.parametrize(("days", "attempts"), [(2.9, 6), (3.1, 4)])
def test_a_short_outage_or_a_single_failure_switches_nothing_off(days: float, attempts: int) -> None:
    assert off(days, 500, attempts=attempts).is_on


def test_who_wants_nothing_more_gets_nothing_more() -> None:
    endpoint = off(0, 410, attempts=2)
    assert "410" in endpoint.disabled_reason


def test_what_waited_goes_out_once_it_is_switched_on_again(server: Receiver) -> None:
    added = told.webhook(server.url)
    [row] = happen(cases.case().subject)
    services.disable(endpoint=added.endpoint, by=added.endpoint.created_by)
    send(row)
    assert services.ring_again() == 0
    services.enable(endpoint=added.endpoint, by=added.endpoint.created_by)
    assert send(row).state == DeliveryState.DELIVERED


# Secrets.


def test_two_secrets_sign_side_by_side_and_a_dropped_one_no_more(server: Receiver) -> None:
    added, case = told.webhook(server.url), cases.case()
    endpoint, by = added.endpoint, added.endpoint.created_by
    second = services.add_secret(endpoint=endpoint, by=by)
    [row] = happen(case.subject)
    send(row)
    for secret in (added.secret, second):
        Webhook(secret).verify(server.received[0][2], server.received[0][1])
    services.drop_secret(endpoint=endpoint, secret_id=endpoint.secrets.order_by("created_at")[0].pk, by=by)
    [row] = happen(case.subject)
    send(row)
    Webhook(second).verify(server.received[1][2], server.received[1][1])
    with pytest.raises(WebhookVerificationError):
        Webhook(added.secret).verify(server.received[1][2], server.received[1][1])
    with pytest.raises(ConflictError):
        services.drop_secret(endpoint=endpoint, secret_id=endpoint.secrets.get().pk, by=by)


def test_secrets_are_few_and_encrypted_and_gone_with_their_webhook() -> None:
    added = told.webhook("http://127.0.0.1:9")
    endpoint, by = added.endpoint, added.endpoint.created_by
    for _ in range(2):
        services.add_secret(endpoint=endpoint, by=by)
    with pytest.raises(ConflictError):
        services.add_secret(endpoint=endpoint, by=by)
    assert Secret.objects.count() == 3
    assert added.secret not in str(list(Secret.objects.values()))
    services.remove_webhook(endpoint=endpoint, by=by)
    assert not Secret.objects.exists()


def test_at_another_host_the_secrets_are_dropped() -> None:
    added = told.webhook("http://127.0.0.1:9/one")
    endpoint, by = added.endpoint, added.endpoint.created_by
    same = services.change_webhook(
        endpoint=endpoint, name="A", events=["run.failed"], version=1, by=by, address="http://127.0.0.1:9/two"
    )
    assert (same.secrets.count(), same.version) == (1, 2)
    moved = services.change_webhook(
        endpoint=endpoint, name="A", events=["run.failed"], version=2, by=by, address="http://127.0.0.1:10/two"
    )
    assert moved.secrets.count() == 0
    [row] = happen(cases.case().subject, event="run.failed")
    assert send(row).answer == "refused"
    with pytest.raises(StaleError):
        services.change_webhook(endpoint=endpoint, name="A", events=["run.failed"], version=2, by=by)


def test_a_site_without_a_key_ring_says_so(settings: Any) -> None:
    settings.SECRET_KEYS = {}
    with pytest.raises(ConflictError, match="COE_SECRET_KEYS"):
        told.webhook("http://127.0.0.1:9")
    assert not WebhookEndpoint.objects.exists()
