"""My work, Home and the rail: what each person is shown, and how many questions that costs."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role, User
from apps.portal import selectors
from apps.reviews import services as reviews
from apps.reviews.lanes import LANES
from apps.reviews.models import Outcome
from tests.factories import cases
from tests.factories.people import person, team, unit
from tests.integration.test_evaluations import planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Somebody who owns cases."""
    return person(Role.BUSINESS_OWNER)


@pytest.fixture
def steward() -> User:
    """Somebody who decides at the first gate."""
    return person(Role.STEWARD)


def page(client: Client, path: str) -> str:
    """The page at `path`, which must be there."""
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_an_open_review_needs_its_reviewer_and_keeps_its_asker_waiting(owner: User, steward: User) -> None:
    request = cases.submitted(cases.case(by=owner))
    assert [need.url for need in selectors.needs(steward)] == [f"/reviews/{request.pk}/"]
    assert not selectors.needs(owner)
    (waits,) = selectors.waiting(owner)
    assert waits.why == "Steward must decide gate G1"
    assert not selectors.waiting(steward)


def test_a_decided_review_is_done_for_asker_and_decider_alone(owner: User, steward: User) -> None:
    request = cases.submitted(cases.case(by=owner))
    reviews.decide(
        request_id=request.pk, lane="steward", outcome=Outcome.APPROVE, reason="Clear.",
        content_hash=request.content_hash, by=steward,
    )  # fmt: skip
    assert [need.why for need in selectors.done(owner)] == ["Gate G1: Clear."]
    assert [need.why for need in selectors.done(steward)] == ["Gate G1: Clear."]
    assert not selectors.done(person(Role.STEWARD))
    assert not selectors.needs(steward)


def test_a_case_that_came_back_needs_its_owner(owner: User) -> None:
    case = cases.case(by=owner)
    cases.decided(cases.submitted(case), Outcome.REQUEST_CHANGES)
    (need,) = selectors.needs(owner)
    assert (need.verb, need.url) == ("Mend and submit", f"/use-cases/{case.ref}/")


def test_a_run_that_goes_is_waited_for_by_whoever_started_it() -> None:
    engineer = person(Role.AI_ENGINEER)
    run = planned(by=engineer)
    assert [need.url for need in selectors.waiting(engineer)] == [f"/evaluations/{run.pk}/"]


def test_the_counter_counts_what_the_queue_lists(owner: User, steward: User) -> None:
    cases.submitted(cases.case(by=owner))
    cases.decided(cases.submitted(cases.case(by=owner)), Outcome.REJECT)
    for someone in (owner, steward):
        assert selectors.open_count(someone) == len(selectors.needs(someone)) == 1


@pytest.mark.parametrize(
    ("path", "label"),
    [("/my-work", "Needs me"), ("/my-work/waiting", "Waiting on others"), ("/my-work/done", "Done in 30 days")],
)
def test_each_queue_has_an_address_and_says_when_it_is_empty(
    client: Client, owner: User, path: str, label: str
) -> None:
    client.force_login(owner)
    found = page(client, path)
    assert f'href="{path}" aria-current="page">{label}<' in found
    assert 'class="empty"' in found


@pytest.mark.parametrize("path", ["/my-work/needs-me", "/my-work/nonsense"])
def test_there_is_no_other_queue(client: Client, owner: User, path: str) -> None:
    client.force_login(owner)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (Role.BUSINESS_OWNER, {"My use cases", "Newest evaluations"}, {"The registry", "Production is behind"}),
        (Role.AI_ENGINEER, {"Production is behind", "From a program"}, {"The registry", "Newest models"}),
        (Role.ARCHITECT, {"The registry", "Newest models"}, {"Production is behind", "My use cases"}),
        (Role.AUDITOR, {"The registry"}, {"Newest models", "My use cases"}),
    ],
)
def test_home_shows_what_the_role_asks_for(client: Client, role: Role, shown: set[str], hidden: set[str]) -> None:
    client.force_login(person(role))
    found = page(client, "/")
    assert all(words in found for words in shown)
    assert not any(words in found for words in hidden)


def test_the_rail_shows_administration_to_those_who_may(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert "Administration" not in page(client, "/help/keyboard")
    client.force_login(person(Role.ADMINISTRATOR))
    found = page(client, "/help/keyboard")
    assert "Administration" in found
    assert 'href="/audit/"' in found


ALL = {"People", "Teams", "Units", "Service accounts"}
# Who holds what where → which of the pages about the organisation the rail shows them.
RAIL: list[tuple[str, Role | None, set[str]]] = [
    *(("everywhere", role, ALL) for role in Role if role not in (Role.AUDITOR, Role.ADMINISTRATOR)),
    *(("everywhere", role, ALL | {"Egress", "Webhooks", "Audit"}) for role in (Role.AUDITOR, Role.ADMINISTRATOR)),
    *(("unit", role, ALL) for role in (Role.AI_ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR)),
    *(("team", role, ALL | {"Webhooks"}) for role in (Role.AI_ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR)),
    ("nowhere", None, ALL),
]


@pytest.mark.parametrize(("where", "role", "shown"), RAIL)
@pytest.mark.usefixtures("contexts")
def test_the_rail_shows_each_what_they_may_open(client: Client, where: str, role: Role | None, shown: set[str]) -> None:
    places: dict[str, Any] = {"unit": {"unit": unit()}, "team": {"team": team()}}
    client.force_login(person(*[role] if role else [], **places.get(where, {})))
    items = client.get("/help/keyboard").context["navigation"]["items"]
    assert {item.label for item in items if item.group in ("Organisation", "Administration")} == shown
    assert {item.label: client.get(item.url, follow=True).status_code for item in items} == {
        item.label: 200 for item in items
    }


def test_the_rail_marks_where_the_reader_is(client: Client, owner: User) -> None:
    client.force_login(owner)
    case = cases.case(by=owner)
    assert 'href="/use-cases/" aria-current="true"' in page(client, f"/use-cases/{case.ref}/history")
    assert 'href="/use-cases/" aria-current="page"' in page(client, "/use-cases/")


def test_home_costs_as_many_questions_for_many_cases_as_for_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    everything = person(*[lane.role for lane in LANES.values() if lane.role], Role.AI_ENGINEER, Role.BUSINESS_OWNER)
    client.force_login(everything)
    counts = []
    for _ in range(2):
        for _ in range(2):
            cases.submitted(cases.case())
            cases.case(by=everything)
        with django_assert_max_num_queries(25) as seen:
            page(client, "/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_detail_page_costs_at_most_twenty_questions(
    client: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = cases.pinned(cases.case(by=owner))
    cases.submitted(case)
    client.force_login(owner)
    for part in ("", "evidence", "evaluations", "discussion", "history"):
        with django_assert_max_num_queries(20):
            page(client, f"/use-cases/{case.ref}/{part}")


def test_reports_count_what_is_there_and_download(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert "There is nothing to draw yet." in page(client, "/reports")
    cases.decided(cases.submitted(cases.case(by=owner)))
    found = page(client, "/reports")
    assert "Use cases by stage" in found
    assert "median under a day" in found
    answer = client.get("/reports/funnel.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert b"Discover,1,0,0,0" in answer.content
    assert b"0 to 2,1" in client.get("/reports/cycle.csv").content
    assert client.get("/reports/nonsense.csv").status_code == 404


def test_the_finder_offers_pages_first_and_then_what_fits(client: Client, owner: User) -> None:
    client.force_login(owner)
    headers = {"HX-Request": "true", "HX-Target": "found"}
    empty = client.get("/search", headers=headers).content.decode()
    assert 'role="option"' in empty
    assert "Use cases" in empty
    assert "<html" not in empty
    nothing = client.get("/search?q=zebra%22%3E", headers=headers).content.decode()
    assert "Nothing fits; search for" in nothing
    assert 'zebra">' not in nothing


def test_a_wrong_present_password_changes_nothing_and_a_right_one_keeps_the_session(
    client: Client, owner: User
) -> None:
    client.force_login(owner)
    new = {"new_password1": "another long pass phrase", "new_password2": "another long pass phrase"}
    refused = client.post("/account/password", {"old_password": "wrong", **new})
    assert refused.status_code == 422
    changed = client.post("/account/password", {"old_password": "a long enough pass phrase", **new})
    assert changed.status_code == 302
    assert page(client, "/account")
    owner.refresh_from_db()
    assert owner.check_password("another long pass phrase")


def test_the_account_page_names_roles_and_where_they_hold(client: Client, owner: User) -> None:
    client.force_login(owner)
    found = page(client, "/account")
    assert "Business owner" in found
    assert "in the whole organisation" in found
    client.force_login(person())
    assert "You hold no role yet" in page(client, "/account")


@pytest.mark.parametrize("path", ["/gallery", "/help/keyboard"])
def test_pages_of_help_open_for_everybody(client: Client, path: str) -> None:
    client.force_login(person())
    assert page(client, path)


def test_the_gallery_has_a_dialog_and_a_field_with_suggestions(client: Client) -> None:
    client.force_login(person())
    found = page(client, "/gallery")
    assert 'aria-haspopup="dialog" hx-get="/gallery" hx-target="#dialog-body"' in found
    assert 'id="id_empty-team-suggestions"' in found
    part = client.get("/gallery", headers={"HX-Request": "true", "HX-Target": "dialog-body"}).content.decode()
    assert 'id="dialog-title"' in part
    assert "<html" not in part
