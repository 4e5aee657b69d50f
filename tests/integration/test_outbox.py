"""The outbox on real PostgreSQL: every event gets its reaction, whatever fails or runs twice."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.outbox import services
from apps.outbox.models import OutboxEvent
from tests.integration.together import at_once, rolled_back

pytestmark = pytest.mark.django_db


def due_now() -> None:
    """Let the pause after a failure be over."""
    OutboxEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_an_event_is_reacted_to_once_with_its_payload() -> None:
    seen: list[str] = []
    services.publish("thing.changed", id="7")
    reactions = {"thing.changed": (lambda id: seen.append(id), lambda id: seen.append(f"{id} again"))}
    assert services.drain(reactions) == 1
    assert services.drain(reactions) == 0
    assert seen == ["7", "7 again"]


def test_events_are_reacted_to_in_the_order_they_happened() -> None:
    seen: list[str] = []
    for number in "123":
        services.publish("thing.changed", id=number)
    services.drain({"thing.changed": (lambda id: seen.append(id),)})
    assert seen == ["1", "2", "3"]


def test_an_event_nobody_reacts_to_is_done() -> None:
    services.publish("thing.ignored")
    assert services.drain({}) == 1
    assert not OutboxEvent.objects.exists()


def test_a_rolled_back_change_tells_nobody() -> None:
    rolled_back(lambda: services.publish("thing.changed", id="7"))
    assert not OutboxEvent.objects.exists()


def test_a_failing_reaction_is_noted_and_postponed_and_the_others_go_on() -> None:
    def fail_for_one(id: str) -> None:
        if id == "1":
            raise ValueError("not today")

    services.publish("thing.changed", id="1")
    services.publish("thing.changed", id="2")
    assert services.drain({"thing.changed": (fail_for_one,)}) == 1
    left = OutboxEvent.objects.get()
    assert (left.payload, left.attempts, left.error) == ({"id": "1"}, 1, "ValueError: not today")
    assert left.due_at > timezone.now()


def test_a_reaction_that_fails_in_the_database_takes_only_its_own_work_back() -> None:
    def note_and_break(id: str) -> None:
        OutboxEvent.objects.create(name="half.done", due_at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    services.publish("thing.changed", id="1")
    assert services.drain({"thing.changed": (note_and_break,)}) == 0
    assert [event.name for event in OutboxEvent.objects.all()] == ["thing.changed"]
    assert "division by zero" in OutboxEvent.objects.get().error


def test_a_postponed_event_is_tried_again_later_and_waits_longer_each_time() -> None:
    def fail(id: str) -> None:
        raise ValueError

    services.publish("thing.changed", id="1")
    waits = []
    for _ in range(3):
        services.drain({"thing.changed": (fail,)})
        waits.append(OutboxEvent.objects.get().due_at - timezone.now())
        due_now()
    assert waits == sorted(waits)
    seen: list[str] = []
    assert services.drain({"thing.changed": (lambda id: seen.append(id),)}) == 1
    assert seen == ["1"]


def test_an_event_never_waits_longer_than_an_hour() -> None:
    def fail() -> None:
        raise ValueError

    services.publish("thing.changed")
    OutboxEvent.objects.update(attempts=60)
    services.drain({"thing.changed": (fail,)})
    assert OutboxEvent.objects.get().due_at <= timezone.now() + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        services.publish("thing.changed", id="1")


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_react_to_each_event_once() -> None:
    with transaction.atomic():
        for number in range(20):
            services.publish("thing.changed", id=str(number))
    seen: Counter[str] = Counter()

    def slow(id: str) -> None:
        time.sleep(0.005)
        seen[id] += 1

    done = at_once(*[lambda: services.drain({"thing.changed": (slow,)})] * 2)
    services.drain({"thing.changed": (slow,)})
    assert sum(done) <= 20
    assert seen == Counter(str(number) for number in range(20))
