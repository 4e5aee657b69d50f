"""Acting on many rows of a list: what is selected, previewed, refused and carried out, for exactly whom."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Role, Team, User
from apps.audit.models import AuditEvent
from apps.core import lists, replies
from apps.core.lists import bulk
from apps.core.models import IdempotentReply
from apps.usecases.models import Stage, UseCase
from tests.factories import cases, shelves
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db
LIST = "/use-cases/"
OTHERS = "Only its team"


@pytest.fixture
def letters() -> Team:
    """The team that is given things."""
    return team("Letters")


@pytest.fixture
def owner(client: Client, letters: Team) -> User:
    """A signed-in person of that team, who owns cases."""
    user = person(Role.BUSINESS_OWNER, team=letters)
    client.force_login(user)
    return user


def told(response: Any) -> str:
    """The page, or what it leads to, as text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def select(client: Client, *rows: Any, query: str = "", **more: Any) -> Any:
    """The preview for some rows."""
    return client.post(LIST + query, {"bulk": "give", "row": [str(getattr(row, "pk", row)) for row in rows], **more})


def confirm(client: Client, letters: Team, *rows: Any, query: str = "", **more: Any) -> Any:
    """The confirmed form, and the page of results that it leads to."""
    given = {"values-team": letters.pk, "values-audience": "organisation", "once": str(uuid4())}
    response = select(client, *rows, query=query, **{**given, **more})
    assert response.status_code == 302, response.content.decode()
    return client.get(response["Location"])


def given() -> int:
    """How often something was given."""
    return AuditEvent.objects.filter(action="owner.assigned").count()


def teams() -> dict[str, str]:
    """Title → team of every case that has one."""
    return {case.title: str(case.team) for case in UseCase.objects.exclude(team=None)}


def test_only_lists_with_actions_have_boxes(client: Client, owner: User) -> None:
    cases.submitted(cases.pinned(cases.case(by=owner, title="One <b>")))
    page = client.get(LIST).content.decode()
    assert 'aria-label="Select One &lt;b&gt;"' in page
    assert "Select all 1 matching" in page
    for path in ("/prompts/", "/models/"):
        assert 'name="row"' in client.get(path).content.decode(), path
    assert 'name="row"' not in client.get("/reviews/").content.decode()


def test_the_preview_changes_nothing_and_names_who_refuses(client: Client, owner: User, letters: Team) -> None:
    mine, foreign = cases.case(by=owner, title="Mine"), cases.case(title="Foreign")
    preview = select(client, mine, foreign)
    assert preview.status_code == 200
    text = told(preview)
    assert "1 row will be changed." in text
    assert "1 row will stay as it is" in text
    assert OTHERS in text
    assert (teams(), given()) == ({}, 0)


def test_selected_rows_are_given_and_others_are_not(client: Client, owner: User, letters: Team) -> None:
    made = [cases.case(by=owner, title=title) for title in ("One", "Two", "Three")]
    page = confirm(client, letters, *made[:2])
    assert "2 rows changed." in told(page)
    assert teams() == {"One": "Letters", "Two": "Letters"}
    assert given() == 2
    assert AuditEvent.objects.filter(action="owner.assigned", actor_id=str(owner.pk)).count() == 2


def test_all_matching_are_those_of_the_address_that_the_person_may_see(
    client: Client, owner: User, letters: Team
) -> None:
    for title, stage in (("One", Stage.PLAY), ("Two", Stage.PLAY), ("Three", Stage.DISCOVER)):
        cases.case(by=owner, title=title, stage=stage)
    hidden = cases.case(title="Hidden", stage=Stage.PLAY)
    UseCase.objects.filter(pk=hidden.pk).update(team=team("Others"), audience="team")
    preview = select(client, query="?stage=PLAY&sort=title", all="1")
    assert "2 rows will be changed." in told(preview)
    assert "Hidden" not in told(preview)
    assert 'href="/use-cases/?stage=PLAY&amp;sort=title"' in preview.content.decode()
    # Asked again when it is confirmed: what matches by then is meant too.
    cases.case(by=owner, title="Four", stage=Stage.PLAY)
    page = confirm(client, letters, query="?stage=PLAY&sort=title", all="1")
    assert "3 rows changed." in told(page)
    assert teams() == {"One": "Letters", "Two": "Letters", "Four": "Letters", "Hidden": "Others"}
    assert 'href="/use-cases/?stage=PLAY&amp;sort=title"' in page.content.decode()


def test_an_address_that_is_not_understood_means_no_rows(client: Client, owner: User) -> None:
    cases.case(by=owner)
    response = select(client, query="?stage=NOWHERE", all="1")
    assert response.status_code == 400
    assert "Nothing was changed, because" in told(response)


def test_the_way_back_keeps_the_page_of_the_list(client: Client, owner: User) -> None:
    made = [cases.case(by=owner, title=f"Case {n}") for n in range(51)]
    address = re.search(r'rel="next" href="([^"]+)"', client.get(f"{LIST}?sort=title").content.decode())
    assert address
    there = client.get(address[1].replace("&amp;", "&")).content.decode()
    action = re.search(r'class="bulk" method="post" action="([^"]+)"', there)
    assert action
    assert "place=" in action[1]
    preview = client.post(action[1].replace("&amp;", "&"), {"bulk": "give", "row": str(made[0].pk)})
    assert f'href="{action[1]}"' in preview.content.decode()


def test_the_preview_tells_rows_of_one_title_apart(client: Client, owner: User) -> None:
    twins = [cases.case(by=owner, title="Sort letters") for _ in range(2)]
    preview = told(select(client, *twins))
    assert all(f"Sort letters, {case.ref}" in preview for case in twins)


@pytest.mark.parametrize("wrong", ["nothing", "6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "1", "\x00", "'; --"])
def test_what_is_not_there_is_counted_and_never_told_apart(
    client: Client, owner: User, letters: Team, wrong: str
) -> None:
    mine, hidden = cases.case(by=owner, title="Mine"), cases.case(title="Hidden")
    UseCase.objects.filter(pk=hidden.pk).update(team=team("Others"), audience="team")
    assert "1 row will be changed. 2 rows are no longer there." in told(select(client, mine, hidden, wrong))
    page = confirm(client, letters, mine, hidden, wrong)
    assert "1 row changed. 2 rows are no longer there." in told(page)
    assert "Hidden" not in told(page)
    assert teams() == {"Mine": "Letters", "Hidden": "Others"}
    alone = client.post(LIST, {"bulk": "give", "row": [str(hidden.pk)]}, follow=True)
    missing = client.post(LIST, {"bulk": "give", "row": [wrong]}, follow=True)
    assert "1 row is no longer there." in told(alone)
    assert "1 row is no longer there." in told(missing)


def test_with_nothing_selected_the_list_says_so(client: Client, owner: User) -> None:
    cases.case(by=owner)
    response = client.post(f"{LIST}?stage=DISCOVER", {"bulk": "give"}, follow=True)
    assert response.redirect_chain == [(f"{LIST}?stage=DISCOVER", 302)]
    assert "No row is selected." in told(response)


@pytest.mark.parametrize("selection", [{"all": "1"}, {"row": [str(uuid4()) for _ in range(3)]}])
def test_too_many_rows_are_refused_in_words(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch, selection: dict[str, Any]
) -> None:
    monkeypatch.setattr(bulk, "MOST_ROWS", 2)
    for _ in range(3):
        cases.case(by=owner)
    response = client.post(LIST, {"bulk": "give", **selection})
    assert response.status_code == 400
    assert "the most that one action takes" in told(response)


@pytest.mark.parametrize("wrong", [{"bulk": "burn"}, {"bulk": ""}, {}, {"bulk": "give", "once": "nothing"}])
def test_a_form_that_the_list_did_not_write_is_refused(client: Client, owner: User, wrong: dict[str, str]) -> None:
    response = client.post(LIST, {"row": str(cases.case(by=owner).pk), **wrong})
    assert response.status_code == 400
    assert given() == 0


def test_without_its_token_a_form_does_nothing(owner: User, letters: Team) -> None:
    strict, case = Client(enforce_csrf_checks=True), cases.case(by=owner)
    strict.force_login(owner)
    body = {"bulk": "give", "row": str(case.pk), "once": str(uuid4()), "values-audience": "organisation"}
    assert strict.post(LIST, body).status_code == 403
    assert given() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"values-audience": ""},
        {"values-audience": "everybody"},
        {"values-team": ""},
        {"values-team": str(uuid4())},
    ],
)
def test_a_wrong_value_is_said_once_and_nothing_is_done(
    client: Client, owner: User, letters: Team, wrong: dict[str, str]
) -> None:
    once = str(uuid4())
    right: dict[str, Any] = {"once": once, "values-team": letters.pk, "values-audience": "organisation"}
    case = cases.case(by=owner)
    refused = select(client, case, **{**right, **wrong})
    assert refused.status_code == 422
    assert "There is a problem" in told(refused)
    assert f'value="{once}"' in refused.content.decode()
    assert given() == 0
    assert select(client, case, **right).status_code == 302
    assert given() == 1


def test_a_team_of_others_cannot_be_given_to(client: Client, owner: User) -> None:
    body: dict[str, Any] = {"once": str(uuid4()), "values-team": team("Others").pk, "values-audience": "organisation"}
    assert select(client, cases.case(by=owner), **body).status_code == 422


def test_a_form_that_is_sent_twice_acts_once_and_shows_the_same_results(
    client: Client, owner: User, letters: Team
) -> None:
    case, once = cases.case(by=owner, title="Once"), str(uuid4())
    first = confirm(client, letters, case, once=once)
    UseCase.objects.update(team=None)
    second = confirm(client, letters, case, once=once)
    assert "1 row changed." in told(first)
    assert "1 row changed." in told(second)
    assert (teams(), given()) == ({}, 1)


def test_results_that_are_still_to_come_say_so(client: Client, owner: User) -> None:
    once = str(uuid4())
    slot = {"caller": f"list:{owner.pk}", "key": f"usecases:list:{once}", "fingerprint": ""}
    replies.keep(**slot, status=202, headers={}, body="")
    assert "still being carried out" in told(client.get(f"{LIST}?done={once}"))


def test_results_are_told_to_whoever_acted_alone_and_for_a_day(client: Client, owner: User, letters: Team) -> None:
    once = str(uuid4())
    confirm(client, letters, cases.case(by=owner), once=once)
    other = Client()
    other.force_login(person(Role.ADMINISTRATOR))
    for wrong in (once, "nothing", "", "\x00"):
        assert other.get(LIST, {"done": wrong}).status_code == 404
    assert client.get(f"/prompts/?done={once}").status_code == 404
    assert client.get(f"{LIST}?done={once}").status_code == 200
    IdempotentReply.objects.all().delete()
    assert client.get(f"{LIST}?done={once}").status_code == 404


def test_one_row_that_fails_takes_no_other_along(
    client: Client, owner: User, letters: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {title: cases.case(by=owner, title=title) for title in ("Fine", "Refused", "Broken", "Gone", "Good")}
    original = accounts.assign

    def assign(*, thing: UseCase, **values: Any) -> None:
        if thing.title == "Refused":
            UseCase.objects.filter(pk=thing.pk).update(owner=person(), sponsor=None)
        if thing.title == "Broken":
            raise DatabaseError
        if thing.title == "Gone":
            raise UseCase.DoesNotExist
        original(thing=thing, **values)

    monkeypatch.setattr(accounts, "assign", assign)
    page = confirm(client, letters, *made.values())
    text = told(page)
    assert "2 rows changed. 3 rows stayed as they were." in text
    for words in (OTHERS, "It could not be saved.", "It is no longer there."):
        assert words in text
    assert teams() == {"Fine": "Letters", "Good": "Letters"}


def test_prompts_models_and_datasets_are_given_too(client: Client, letters: Team) -> None:
    client.force_login(person(Role.ADMINISTRATOR))
    made = {
        "/prompts/": shelves.prompt().prompt,
        "/models/": shelves.recorded_endpoint([({"question": "?"}, "4")]),
        "/datasets/": shelves.dataset().dataset,
    }
    for path, row in made.items():
        body = {"bulk": "give", "row": str(row.pk), "once": str(uuid4()), "values-team": letters.pk,
                "values-audience": "team"}  # fmt: skip
        sent = client.post(path, body)
        assert sent.status_code == 302, sent.content.decode()
        assert "1 row changed." in told(client.get(sent["Location"]))
        row.refresh_from_db()
        assert (row.team, row.audience) == (letters, "team")


def test_an_action_without_a_form_only_asks_to_confirm(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    plain = lists.Bulk(
        "note", "Note them", check=lambda row, by: "", carry_out=lambda row, by, **values: done.append(row.title)
    )
    listing = lists.page_named("usecases:list")
    assert listing
    monkeypatch.setitem(vars(listing), "bulks", [plain])
    case = cases.case(by=owner, title="Noted")
    body = {"bulk": "note", "row": str(case.pk)}
    assert "Confirm" in told(client.post(LIST, body))
    assert client.post(LIST, {**body, "once": str(uuid4())}).status_code == 302
    assert done == ["Noted"]


def test_an_action_that_nobody_may_take_offers_no_confirmation(client: Client, owner: User) -> None:
    text = told(select(client, cases.case(title="Foreign")))
    assert "No row will be changed." in text
    assert "Confirm" not in text
