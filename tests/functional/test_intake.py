"""From an idea to a submitted case: what is like it in view, a draft that is kept, and a record in short sections."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.functional import walk
from tests.functional.conftest import Visitor

Visit = Callable[..., Visitor]
TITLE = "Check the arithmetic on invoices of suppliers"
PURPOSE = "Clerks add up invoices by hand. A model that checks each sum finds the mistakes earlier."


def test_what_is_like_it_shows_while_one_types_and_the_draft_is_kept(visit: Visit) -> None:
    visitor = visit().sign_in("ai-engineer")
    page = visitor.open("/use-cases/register")
    why = page.get_by_label("Why is this new")
    expect(why).to_be_hidden()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Problem and benefit").fill(PURPOSE)
    expect(page.locator("#similar-cases li").first).to_contain_text("UC-000001")
    expect(why).to_be_visible()
    page.get_by_label("Problem and benefit").press("Tab")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    visitor.press("Continue")
    expect(page.locator("#error-summary")).to_contain_text("Say what is new here")
    page = visitor.open("/my-work")
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    visitor.open("/use-cases/register")
    expect(page.get_by_label("Title")).to_have_value(TITLE)
    visitor.press("Ask to join UC-000001")
    page.get_by_label("What you would do there").fill("I know the invoices.")
    visitor.press("Ask to join")
    expect(page.get_by_text("is asked.", exact=False)).to_be_visible()
    visitor.open("/use-cases/register")
    visitor.press("Discard the draft")
    expect(visitor.open("/use-cases/register").get_by_label("Title")).to_have_value("")
    assert not visitor.complaints, visitor.complaints


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_case_goes_from_idea_to_submitted_section_by_section(visit: Visit, scripts: bool) -> None:
    visitor = visit(scripts=scripts).sign_in()
    walk.begin(visitor.open("/use-cases/register"), title=TITLE, purpose=PURPOSE)
    case = walk.finish(visitor.page)
    page = visitor.page
    expect(page.get_by_text("Needed now")).to_have_count(4)
    visitor.press("What it does by itself")
    page.get_by_label("4. Announces: acts unless a person stops it in time").check()
    visitor.press("Save and go on")
    page.get_by_label("No system: people carry out what it says").check()
    page.get_by_label("No value, because: Human oversight").select_option("pending")
    page.get_by_label("What happens while it is switched off, or wrong?").fill("Clerks add up by hand.")
    visitor.press("Save and go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("Its data")
    expect(visitor.open(case).get_by_role("button", name="Submit for gate G1")).to_be_disabled()
    expect(page.locator(".needs")).to_contain_text("answers in the record")
    walk.Hand(visitor).answer(case)
    visitor.open(case)
    visitor.press("Submit for gate G1")
    expect(page.locator(".kind .badge").first).to_have_text("In review")
    assert not visitor.complaints, visitor.complaints
