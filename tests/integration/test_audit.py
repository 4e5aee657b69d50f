"""The audit trail on real PostgreSQL: one event a verb, none after a rollback, and a chain that shows any change."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts import services as accounts
from apps.accounts.models import Role
from apps.audit import selectors, services
from apps.audit.models import AuditEvent
from apps.catalog import services as catalog
from apps.catalog.models import EndpointKind
from apps.core.refs import Ref
from apps.evaluations import services as evaluations
from apps.prompts import services as prompts
from apps.reviews import services as reviews
from apps.reviews.models import Outcome
from apps.usecases import services as usecases
from tests.factories import cases, people, shelves
from tests.integration.together import at_once, rolled_back

THING = Ref("thing", "1")
pytestmark = pytest.mark.django_db


def note(number: int) -> AuditEvent:
    """One event about nothing in particular."""
    services.record_now(action="thing.noted", subject=THING, by=None, number=number)
    return AuditEvent.objects.get(data__number=number)


def actions_of(verb: Callable[[], Any]) -> list[str]:
    """The actions that calling `verb` adds to the trail, in order."""
    before = AuditEvent.objects.count()
    verb()
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)[before:])


def test_each_verb_of_a_case_leaves_its_event() -> None:
    owner, steward = people.person(Role.BUSINESS_OWNER), people.person(Role.STEWARD)
    case = cases.case(by=owner)
    assert actions_of(lambda: cases.case(by=owner)) == ["use_case.registered"]
    edited: list[Any] = []
    edit: dict[str, Any] = {"use_case": case, "version": 1, "by": owner, "title": "Sort outgoing invoices"}
    assert actions_of(lambda: edited.append(usecases.edit(**edit))) == ["use_case.edited"]
    assert actions_of(lambda: usecases.edit(**{**edit, "version": 2})) == []
    asked: list[Any] = []
    assert actions_of(lambda: asked.append(usecases.submit(use_case=case, by=owner))) == ["review.requested"]
    decision: dict[str, Any] = {
        "request_id": asked[0].pk,
        "lane": "steward",
        "outcome": Outcome.APPROVE,
        "reason": "Useful.",
    }
    seen = asked[0].content_hash
    assert actions_of(lambda: reviews.decide(**decision, content_hash=seen, by=steward)) == ["review.decided"]
    assert actions_of(lambda: usecases.advance(use_case=case, by=owner)) == ["use_case.advanced"]


def test_withdrawing_and_voiding_leave_their_events() -> None:
    case = cases.case()
    request = cases.submitted(case)
    assert actions_of(lambda: reviews.withdraw(request_id=request.pk, by=case.owner)) == ["review.withdrawn"]
    cases.submitted(case)
    edit: dict[str, Any] = {"use_case": case, "version": 1, "by": case.owner, "title": "Another"}
    assert actions_of(lambda: usecases.edit(**edit)) == ["use_case.edited", "review.voided"]


def test_each_verb_of_the_shelves_leaves_its_events() -> None:
    architect, engineer = people.person(Role.ARCHITECT), people.person(Role.AI_ENGINEER)
    added: dict[str, Any] = {
        "slug": "e",
        "name": "E",
        "kind": EndpointKind.RECORDED,
        "answers": [({"question": "q"}, "a")],
    }
    assert actions_of(lambda: catalog.add_endpoint(**added, by=architect)) == ["endpoint.added"]
    text: dict[str, Any] = {"system": "", "user": "{{question}}"}
    created: dict[str, Any] = {"slug": "p", "name": "P", "description": "", **text}
    kept: list[Any] = []
    expected = ["prompt.created", "prompt.version_added"]
    assert actions_of(lambda: kept.append(prompts.create_prompt(**created, by=engineer))) == expected
    label: dict[str, Any] = {"version": kept[0], "name": "production", "by": engineer}
    assert actions_of(lambda: prompts.set_label(**label)) == ["prompt.labelled"]
    items = [evaluations.Item({"question": "q"}, "a")]
    dataset: dict[str, Any] = {
        "slug": "d",
        "name": "D",
        "description": "",
        "source": "",
        "items": items,
        "by": engineer,
    }
    assert actions_of(lambda: evaluations.add_dataset_version(**dataset)) == ["dataset.version_added"]
    assert actions_of(lambda: evaluations.add_dataset_version(**dataset)) == []


def test_each_verb_of_a_run_leaves_its_events() -> None:
    by = people.person(Role.AI_ENGINEER)
    parts: dict[str, Any] = {
        "prompt_version": shelves.prompt(), "endpoint": shelves.recorded_endpoint([({"question": "q"}, "a")]),
        "dataset_version": shelves.dataset(), "scorers": ["exact"], "gate_scorer": "exact", "threshold": Decimal("0.5"),
    }  # fmt: skip
    run: list[Any] = []
    assert actions_of(lambda: run.append(evaluations.start_run(**parts, by=by))) == ["job.queued", "evaluation.planned"]
    stopped = ["job.cancel_requested", "job.cancelled"]
    assert actions_of(lambda: evaluations.cancel_run(run=run[0], by=by)) == stopped


def test_each_verb_about_people_leaves_its_event_once() -> None:
    created: list[Any] = []
    new: dict[str, Any] = {"username": "n", "display_name": "n", "password": None, "by": None}
    assert actions_of(lambda: created.append(accounts.create_user(**new))) == ["user.created"]
    names: dict[str, Any] = {"names": ["Top", "Below"], "by": None}
    assert actions_of(lambda: accounts.ensure_unit(**names)) == ["unit.created", "unit.created"]
    grant: dict[str, Any] = {
        "user": created[0],
        "unit": accounts.ensure_unit(**names),
        "role": Role.AUDITOR,
        "by": None,
    }
    assert actions_of(lambda: accounts.grant(**grant)) == ["role.granted"]
    assert actions_of(lambda: accounts.grant(**grant)) == []


def test_a_rolled_back_verb_leaves_no_event_and_no_gap() -> None:
    first = note(1)
    rolled_back(lambda: services.record(action="thing.noted", subject=THING, by=None))
    assert note(2).sequence == first.sequence + 1
    assert not list(selectors.breaks())


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        services.record(action="thing.noted", subject=THING, by=None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditevent SET action = 'x'", "DELETE FROM audit_auditevent", "TRUNCATE audit_auditevent"],
)
def test_postgresql_refuses_to_change_a_written_event(statement: str) -> None:
    note(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.filter(action="thing.noted").count() == 1


@pytest.mark.parametrize(
    "value",
    [1e22, 1e16, -0.0, 0.1, 5e-324, 10**400, "\x00", "\ud800", "Ä\u2028", {"b": [1.50], "a": None}, Decimal("1.10")],
)
def test_whatever_is_recorded_reads_back_to_the_same_hash(value: object) -> None:
    services.record_now(action="thing.noted", subject=THING, by=None, value=value)
    assert not list(selectors.breaks())


def test_gathered_events_are_appended_in_order_behind_what_others_wrote_meanwhile() -> None:
    """The chain is locked at the end of the block alone, so another writer's event comes first."""
    with transaction.atomic(), services.gathered():
        services.record(action="thing.noted", subject=THING, by=None, number=1)
        services.record(action="thing.noted", subject=THING, by=None, number=2)
        assert not AuditEvent.objects.exists()
    assert [event.data["number"] for event in AuditEvent.objects.order_by("sequence")] == [1, 2]
    assert not list(selectors.breaks())


def test_a_gathering_that_fails_leaves_nothing_behind() -> None:
    def fail() -> None:
        with services.gathered():
            services.record(action="thing.noted", subject=THING, by=None, number=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fail()
    assert not AuditEvent.objects.exists()
    assert note(2).sequence == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_in_progress_makes_no_other_writer_wait() -> None:
    """Another connection writes while the block is open; one that had to wait for it would never end."""
    with transaction.atomic(), services.gathered():
        services.record(action="thing.noted", subject=THING, by=None, number=1)
        assert [event.sequence for event in at_once(lambda: note(2))] == [1]
    assert [event.data["number"] for event in AuditEvent.objects.order_by("sequence")] == [2, 1]
    assert not list(selectors.breaks())


@pytest.mark.django_db(transaction=True)
def test_writers_on_two_connections_keep_one_chain() -> None:
    def write() -> None:
        for _ in range(10):
            services.record_now(action="thing.noted", subject=THING, by=None)

    assert at_once(write, write) == [None, None]
    assert AuditEvent.objects.count() == 20
    assert not list(selectors.breaks())


def test_a_trail_tells_names_and_hides_them_from_strangers() -> None:
    case = cases.case()
    entry = selectors.entries(selectors.trail(case.subject, viewer=case.owner))[0]
    assert (entry.sentence, entry.actor, entry.subject) == ("Use case registered", str(case.owner), case.subject)
    case.owner.is_active = False
    assert not selectors.trail(case.subject, viewer=case.owner)
