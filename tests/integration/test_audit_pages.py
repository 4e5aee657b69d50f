"""The auditors' page: who may read the trail, how it is narrowed, taken away and proved there."""

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, User
from apps.audit import selectors, services
from apps.audit.models import AuditEvent, Verification
from apps.core.errors import NotAllowedError
from apps.core.refs import Ref
from apps.portal.selectors import KINDS_WITH_PAGES
from apps.prompts import services as prompts
from tests.architecture.test_roles import Things
from tests.factories import cases, people, shelves, told
from tests.integration import audit_edits

pytestmark = pytest.mark.django_db
LIST = reverse("audit:list")


def signed_in(user: User) -> Client:
    """A browser of that person."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def auditor() -> Client:
    """An auditor's browser."""
    return signed_in(people.person(Role.AUDITOR))


def shown(client: Client, query: str) -> list[int]:
    """The numbers of the events that the list shows at `query`."""
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [event.sequence for event in page.context["table"].window.rows]


@pytest.mark.parametrize("role", list(Role))
def test_only_auditors_and_administrators_read_the_trail(role: Role) -> None:
    services.record_now(action="thing.noted", subject=Ref("thing", "1"), by=None)
    client = signed_in(people.person(role))
    expected = 200 if role in (Role.AUDITOR, Role.ADMINISTRATOR) else 403
    detail = reverse("audit:detail", args=[AuditEvent.objects.first().pk])  # type: ignore[union-attr]  # there is one
    api = [reverse("api-audit-events"), reverse("api-audit-event", args=[1])]
    assert {client.get(path).status_code for path in (LIST, detail, *api)} == {expected}


def test_an_auditor_of_one_unit_does_not_read_the_trail_of_all() -> None:
    local = people.person(Role.AUDITOR, unit=people.unit())
    assert signed_in(local).get(LIST).status_code == 403
    with pytest.raises(NotAllowedError):
        selectors.events(viewer=local)


@pytest.mark.usefixtures("contexts")
def test_the_list_is_narrowed_by_action_kind_actor_subject_day_and_words(auditor: Client) -> None:
    by = people.person()
    services.record_now(action="thing.noted", subject=Ref("thing", "t-1"), by=by, word="needle")
    number = AuditEvent.objects.order_by("-sequence").first().pk  # type: ignore[union-attr]  # there is one
    day = AuditEvent.objects.get(pk=number).at.date()
    for query in (
        "action=thing.noted", "kind=thing", f"actor={by.pk}", "subject=thing:t-1", "subject=t-1", "q=needle", "q=t-1",
        f"action=thing.noted&since={day}",
    ):  # fmt: skip
        assert shown(auditor, query) == [number], query
    assert shown(auditor, f"action=thing.noted&before={day}") == []
    assert shown(auditor, "subject=prompt:t-1") == []


def test_a_day_that_is_none_is_said_and_not_used(auditor: Client) -> None:
    page = auditor.get(f"{LIST}?since=yesterday&before=2026-13-45")
    assert "was ignored" in page.content.decode()


def test_every_line_leads_to_a_page_or_nowhere(auditor: Client) -> None:
    things = Things(people.person(*[role for role in Role if role != Role.REVIEWER]))
    for ref in (Ref("prompt_version", str(things.prompt.pk)), Ref("list", "audit:list"), Ref("sign_in", "unknown")):
        services.record_now(action="thing.noted", subject=ref, by=None)
    assert set(AuditEvent.objects.values_list("subject_kind", flat=True)) > KINDS_WITH_PAGES
    pages = [auditor.get(f"{LIST}?view=all&size=100&page={number}").content.decode() for number in (1, 2)]
    links = set(re.findall(r'href="(/go/[^"]+)"', "".join(pages)))
    assert {link.split("/")[2] for link in links} == KINDS_WITH_PAGES
    for account in (things.other, things.leaver, things.robot):
        assert f"/go/user/{account.pk}" in links
    assert [link for link in links if auditor.get(link, follow=True).status_code != 200] == []


def test_a_reference_leads_only_to_what_its_reader_may_see(auditor: Client) -> None:
    ours = people.team()
    member, stranger = people.person(Role.AI_ENGINEER, team=ours), people.person()
    paths = [f"/go/team/{ours.pk}", f"/go/webhook/{told.webhook('http://127.0.0.1:9', team=ours).endpoint.pk}"]
    assert {signed_in(member).get(path).status_code for path in paths} == {302}
    assert {signed_in(stranger).get(path).status_code for path in [*paths, "/go/user/x", "/go/unit/x"]} == {404}
    assert signed_in(stranger).get(f"/go/user/{member.pk}")["Location"] == f"/people/{member.username}/"


def test_the_list_is_taken_away_as_csv_and_that_is_recorded(auditor: Client) -> None:
    answer = auditor.get(f"{LIST}?format=csv&q=secret+name&kind=user")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    assert "What happened" in text
    event = AuditEvent.objects.get(action="list.exported")
    assert (event.subject_id, event.data["format"], event.data["query"]) == ("audit:list", "csv", "kind=user")
    assert "secret" not in str(event.data)


def test_the_page_says_how_the_last_verification_ended(auditor: Client) -> None:
    assert "Not verified yet" in auditor.get(f"{LIST}?view=all").content.decode()
    audit_edits.run("SET CONSTRAINTS ALL IMMEDIATE")
    services.verify()
    assert "The trail is whole" in auditor.get(f"{LIST}?view=all").content.decode()
    Verification.objects.update(found="events from sequence 5: missing. Event 5 is gone.")
    page = auditor.get(f"{LIST}?view=all").content.decode()
    assert "not as written" in page
    assert "Event 5 is gone" in page


@pytest.mark.django_db(transaction=True)
def test_an_event_shows_what_its_transaction_changed() -> None:
    engineer = people.person(Role.AI_ENGINEER)
    first = shelves.prompt()
    prompts.set_label(version=first, name="production", by=engineer)
    later = prompts.add_version(prompt=first.prompt, system="", user="Other {{question}}", note="", by=engineer)
    prompts.set_label(version=later, name="production", by=engineer)
    event = AuditEvent.objects.filter(action="prompt.labelled").order_by("-sequence").first()
    assert event is not None
    (change,) = selectors.changes(event)
    assert (change.deed, change.kind) == ("Changed", "Prompt label")
    assert change.fields == [("Version", str(first.pk), str(later.pk))]
    page = signed_in(people.person(Role.AUDITOR)).get(reverse("audit:detail", args=[event.pk]))
    assert str(later.pk) in page.content.decode()
    assert not list(selectors.breaks())


@pytest.mark.django_db(transaction=True)
def test_what_an_event_changed_costs_as_many_questions_for_many_rows_as_for_two() -> None:
    engineer, costs = people.person(Role.AI_ENGINEER), []
    versions = [shelves.prompt() for _ in range(6)]
    for some in (versions[:2], versions):
        with transaction.atomic():
            for version in some:
                prompts.set_label(version=version, name=f"label-{len(some)}", by=engineer)
        event = AuditEvent.objects.filter(action="prompt.labelled").order_by("-sequence").first()
        assert event is not None
        with CaptureQueriesContext(connection) as asked:
            found = selectors.changes(event)
        assert len([change for change in found if change.kind == "Prompt label"]) == len(some)
        costs.append(len(asked))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_history_names_the_person_and_the_request_it_came_from() -> None:
    engineer = people.person(Role.AI_ENGINEER)
    version = shelves.prompt()
    client = signed_in(engineer)
    path = reverse("api-prompt-versions", args=[version.prompt.slug])
    answer = client.post(
        path, {"user": "Other {{question}}"}, content_type="application/json",
        headers={"X-Request-ID": "request-1234"},
    )  # fmt: skip
    assert answer.status_code == 201
    kept: Any = type(version).history.rel.related_model  # type: ignore[attr-defined]  # pghistory adds it
    assert kept.objects.order_by("-pk").first().pgh_context == {"user": str(engineer.pk), "request": "request-1234"}


def test_looking_at_a_restricted_thing_is_recorded_once_an_hour() -> None:
    team = people.team()
    member = people.person(Role.BUSINESS_OWNER, team=team)
    case = cases.case(by=member)
    client = signed_in(member)
    paths = [reverse("usecases:detail", args=[case.ref]), reverse("api-use-case", args=[case.ref])]
    seen = AuditEvent.objects.filter(action="record.viewed")
    assert {client.get(path).status_code for path in paths} == {200}
    assert not seen.exists()
    accounts.assign(kind="use_case", thing=case, team=team, audience=Audience.TEAM, by=member)
    assert {client.get(path).status_code for path in [*paths, *paths]} == {200}
    assert [(event.subject_id, event.actor_id) for event in seen] == [(str(case.pk), str(member.pk))]
    client.get(reverse("usecases:list"))
    assert seen.count() == 1
    assert not selectors.trail(case.subject, viewer=member).filter(action="record.viewed").exists()


def test_sessions_are_recorded_from_sign_in_to_sign_out_and_failures_too() -> None:
    clerk = people.person()
    client = Client()
    client.post(reverse("login"), {"username": clerk.username, "password": "wrong"})
    client.post(reverse("login"), {"username": clerk.username, "password": people.PASSWORD})
    client.post(reverse("logout"))
    found = AuditEvent.objects.filter(subject_id=str(clerk.pk)).order_by("sequence").values_list("action", flat=True)
    assert list(found) == ["user.created", "sign_in.failed", "user.signed_in", "user.signed_out"]


def test_the_nightly_job_verifies_keeps_the_heads_and_checks_them_next_time(
    settings: Any, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    services.record_now(action="thing.noted", subject=Ref("thing", "1"), by=None)
    services.verify_daily()
    assert "events 1:" in (tmp_path / "heads").read_text()
    services.verify_daily()
    assert Verification.objects.order_by("-at").first().heads == 1  # type: ignore[union-attr]  # there are two
    (tmp_path / "heads").write_text(f"events 9:{'0' * 64}\n")
    services.verify_daily()
    assert "cut" in Verification.objects.order_by("-at").first().found  # type: ignore[union-attr]  # there are three
    assert "not as written" in caplog.text
