"""From a change to another system and to a person's mailbox, through a real worker, broker and beat."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from apps.accounts.models import Role, User
from apps.notifications import services
from apps.notifications.models import Delivery, DeliveryState
from apps.usecases import services as usecases
from tests.factories import cases, told
from tests.factories.people import person
from tests.receivers import mail_server, receiver
from tests.worker.conftest import Worker, wait_for

_KEY = b"0" * 32


@pytest.mark.django_db(transaction=True)
def test_a_change_reaches_another_system_and_a_mailbox(start_worker: Callable[..., Worker], settings: Any) -> None:
    """The first answer is a failure: beat rings again, and the second attempt is signed anew."""
    settings.SECRET_KEYS = {"k1": _KEY}
    owner, editor = person(Role.BUSINESS_OWNER), person(Role.ADMINISTRATOR)
    User.objects.filter(pk=owner.pk).update(email="owner@example.org")
    services.choose(by=owner, choices={"use_case.changed": (True, "at_once")})
    case = cases.case(by=owner)
    with receiver(500, 200) as system, mail_server() as mailbox:
        added = told.webhook(system.url, by=editor, events=("use_case.changed",))
        start_worker(
            COE_SECRET_KEYS=f"k1:{b64encode(_KEY).decode()}", COE_MAIL_URL=f"smtp://127.0.0.1:{mailbox.port}?tls=off"
        )
        usecases.edit(use_case=case, version=case.version, title="Another title", by=editor)
        edited = Delivery.objects.filter(key=f"{case.pk}:2")
        wait_for(lambda: edited.filter(state=DeliveryState.DELIVERED).exists(), what="the message", seconds=90)
        wait_for(lambda: mailbox.taken, what="the mail")
        row = edited.get()
        assert row.payload["data"]["what"] == "edited"
        mine = [(headers, body) for _, headers, body in system.received if headers["webhook-id"] == str(row.pk)]
        assert len(mine) == row.attempts
        for headers, body in mine:
            assert Webhook(added.secret).verify(body, headers) == row.payload
    [text] = mailbox.taken
    assert "Subject: UC-" in text
    assert "To: owner@example.org" in text
