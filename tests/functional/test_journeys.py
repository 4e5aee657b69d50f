"""Twelve journeys, each person at their own work: by keyboard alone, and once more with scripts off."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.functional import walk
from tests.functional.conftest import Visitor
from tests.functional.hands import Hands

Sit = Callable[[str], Hands]
PURPOSE = "Letters wander between offices for days before somebody answers."
EXAMPLE = "/use-cases/UC-000001/"


@pytest.fixture(params=[True, False], ids=["keyboard", "no-scripts"])
def sit(request: pytest.FixtureRequest, visit: Callable[..., Visitor]) -> Sit:
    """Seats somebody: `sit(account)`."""
    return lambda account: Hands(visit(scripts=request.param).sign_in(account), keys=request.param)


def fresh(words: str) -> str:
    """A name that nothing has yet."""
    return f"{words} {uuid4().hex[:6]}"


def submitted(hands: Hands, title: str) -> None:
    """Register a case, with a first attempt that forgets everything, and submit it once its record is answered."""
    hands.open("/use-cases/")
    hands.press("Register a use case")
    hands.press("Continue")
    expect(hands.page.locator("#error-summary")).to_be_focused()
    hands.write("Title", title)
    hands.write("Problem and benefit", PURPOSE)
    hands.press("Continue")
    if hands.page.locator("#error-summary").count():
        hands.write("Why is this new", "Another office asks.")
        hands.press("Continue")
    hands.choose("Business unit", "Operations")
    hands.choose("Topic area", "Internal operations")
    hands.press("Register")
    case = urlsplit(hands.page.url).path.removesuffix("record")
    walk.Hand(hands.visitor).answer(case)
    hands.open(case)
    hands.press("Submit for gate G1")


def test_a_business_owner_registers_a_case_and_submits_it(sit: Sit) -> None:
    hands, title = sit("business-owner"), fresh("Sort the town hall's letters")
    submitted(hands, title)
    expect(hands.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(hands.page.locator(".kind .badge").first).to_have_text("In review")


def test_a_business_owner_comments_and_is_answered(sit: Sit) -> None:
    hands, words = sit("business-owner"), fresh("Who checks the totals")
    hands.open(EXAMPLE)
    hands.press("Discussion")
    if not hands.keys:
        hands.press("Read and write comments")
    hands.write("Comment", f"@ai-engineer {words}?")
    hands.sent("Comment")
    comment = hands.page.locator(".comment", has_text=words)
    expect(comment).to_be_visible()
    if hands.keys:
        expect(comment).to_be_focused()


def test_somebody_reads_what_they_were_told(sit: Sit) -> None:
    words = fresh("Look at the totals")
    hand = walk.Hand(sit("business-owner").visitor)
    panel = hand.find(f"{EXAMPLE}discussion", '"(/discussions/use_case/[^/"]+/)"')
    hand.send(panel, body=f"@ai-engineer {words}.")
    hands = sit("ai-engineer")
    hands.open("/notifications/")
    hands.press(re.compile("^Unread"))
    expect(hands.page.locator(".queue > .unread").first).to_be_visible()
    hands.press("Mark all as read")
    hands.press(re.compile("^Unread"))
    expect(hands.page.get_by_text("Everything is read.")).to_be_visible()


def test_an_engineer_writes_a_second_version_and_compares(sit: Sit) -> None:
    hands, slug = sit("ai-engineer"), fresh("greeting").replace(" ", "-")
    hands.open("/prompts/")
    hands.press("Write a prompt")
    hands.write("Name", slug)
    hands.write("Short name", slug)
    hands.write("User message", "Greet the caller at length.")
    hands.press("Save version 1")
    hands.press("New version")
    hands.write("User message", "Greet the caller briefly.")
    hands.press("Save version 2")
    hands.press("Compare versions")
    expect(hands.page.locator("del")).to_have_text("at length")
    expect(hands.page.locator("ins")).to_have_text("briefly")


def test_an_engineer_starts_an_evaluation_and_reads_the_values_of_a_chart(sit: Sit) -> None:
    hands = sit("ai-engineer")
    hands.open("/evaluations/")
    hands.press("Start an evaluation")
    hands.choose("Prompt", "Invoice arithmetic v1")
    hands.choose("Model endpoint", "Sandbox calculator")
    hands.choose("Dataset", "Invoice arithmetic v1")
    hands.press("Start")
    expect(hands.page.locator("#progress")).to_be_visible()
    done = hands.page.locator("#progress .badge", has_text="Passed")
    for _ in range(60):
        if done.count():
            break
        hands.page.reload()
    hands.press("Values as a table", stays=True)
    expect(hands.page.locator("figure.chart tbody tr").first).to_be_visible()


def test_a_reviewer_finds_a_request_and_decides_it_at_the_desk(sit: Sit) -> None:
    owner, title = sit("business-owner"), fresh("Answer the phone")
    submitted(owner, title)
    hands = sit("reviewer")
    hands.open("/my-work")
    hands.press(re.compile(f"^UC.*{title}"))
    hands.press("More", stays=True)
    hands.press("Decide in the review desk")
    hands.tick("Approve")
    hands.write("Reason:", "A plain problem, worth a try.")
    hands.press("Record the decision")
    expect(hands.page.locator(".messagelist")).to_contain_text("Your decision is recorded.")


def test_an_auditor_narrows_the_trail_and_takes_it_along(sit: Sit) -> None:
    hands = sit("auditor")
    hands.open("/audit/")
    hands.press("Filters", stays=True)
    if not hands.keys:
        hands.press("Show the filters")
    hands.tick(re.compile("^User signed in"))
    if not hands.keys:
        hands.press("Show")
    expect(hands.page.locator(".chip")).to_contain_text("User signed in")
    hands.press("Export", stays=True)
    with hands.page.expect_download() as download:
        hands.press("CSV", stays=True)
    lines = download.value.path().read_text().splitlines()
    assert len(lines) > 1
    assert all("User signed in" in line for line in lines[1:])


def test_an_administrator_adds_a_person_founds_a_team_and_grants_a_role(sit: Sit) -> None:
    hands, name, team = sit("administrator"), fresh("Person").replace(" ", "-"), fresh("Letters")
    hands.open("/people/")
    hands.press("Add a person")
    hands.write("User name", name)
    hands.write("Name", name)
    hands.press("Add")
    expect(hands.page.get_by_role("heading", level=1)).to_have_text(name)
    hands.open("/people/teams/")
    hands.press("Found a team")
    hands.write("Name", team)
    hands.press("Save")
    hands.open(f"/people/{name}/")
    hands.press("Grant a role")
    hands.choose("Role", "Steward")
    hands.choose("Or in a team", team)
    hands.press("Grant")
    expect(hands.page.locator("main")).to_contain_text(f"is Steward in {team}")


def test_an_administrator_shares_a_case_with_another_team(sit: Sit) -> None:
    hands, team = sit("administrator"), fresh("Auditing")
    hand = walk.Hand(hands.visitor)
    unit = hand.find("/people/teams/new", '<option value="([0-9a-f-]{36})"')
    hand.send("/people/teams/new", name=team, unit=unit)
    hands.open(EXAMPLE)
    hands.press("More", stays=True)
    hands.sent("Share")
    hands.choose("Team", team)
    hands.sent("Share it")
    expect(hands.page.get_by_text(f"It is shared with {team}.")).to_be_visible()
    hands.sent(f"Stop sharing with {team}")
    expect(hands.page.get_by_text(f"It is no longer shared with {team}.")).to_be_visible()


def test_anybody_searches_and_goes_there(sit: Sit) -> None:
    hands = sit("auditor")
    page = hands.open("/reports")
    if hands.keys:
        page.keyboard.press("Control+k")
        page.keyboard.type("supplier reminders")
        expect(page.get_by_role("option", selected=True)).to_contain_text("supplier reminders")
        page.keyboard.press("Enter")
    else:
        page.get_by_label("Search the portal").fill("supplier reminders")
        page.get_by_label("Search the portal").press("Enter")
        hands.press("UC-000002 Draft replies to supplier reminders")
    page.wait_for_url("**/use-cases/UC-000002/")


def test_anybody_arranges_a_list_and_keeps_it(sit: Sit) -> None:
    hands, name = sit("auditor"), fresh("Mine")
    page = hands.open("/use-cases/?q=invoices")
    hands.press("Columns", stays=True)
    hands.tick("Topic area")
    hands.tick("Compact")
    hands.press("Apply")
    expect(page.locator(".table-scroll.compact thead")).to_contain_text("Topic area")
    hands.press("Views", stays=True)
    if not hands.keys:
        hands.press("Saved views of this list")
    hands.write("Name", name)
    hands.press("Save view")
    expect(page.get_by_text(f"The view {name} is saved.")).to_be_visible()
    assert "density=compact" in page.url


def test_anybody_makes_a_token_and_revokes_it(sit: Sit) -> None:
    hands, name = sit("ai-engineer"), fresh("Nightly import")
    page = hands.open("/account")
    hands.open("/account/tokens")
    hands.press("Make a token")
    hands.write("Name", name)
    hands.tick(page.locator("input[name=scopes]").first.evaluate("e => e.labels[0].textContent.trim()"))
    hands.press("Make the token")
    assert page.get_by_label("Token", exact=True).input_value().startswith("coe_")
    hands.press("I have copied it")
    hands.press(f"Revoke {name}")
    expect(page.get_by_text(f"{name} is revoked.")).to_be_visible()
