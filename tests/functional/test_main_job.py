"""From an idea to a cleared case in the browser, as different people; the reviewer uses the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.functional import walk
from tests.functional.conftest import Visitor

Visit = Callable[..., Visitor]
TITLE = "Sort letters to the town hall by office"


def _register(visitor: Visitor) -> str:
    purpose = "Letters wander between offices for days before somebody answers."
    walk.begin(visitor.open("/use-cases/register"), title=TITLE, purpose=purpose)
    path = walk.finish(visitor.page, topic="internal")
    walk.Hand(visitor).answer(path)
    visitor.open(path)
    return path


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(80):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {selector}.")


def test_a_case_is_cleared_by_another_person_with_the_keyboard_alone(visit: Visit) -> None:
    owner = visit().sign_in("business-owner")
    path = _register(owner)
    owner.press("Submit for gate G1")

    reviewer = visit().sign_in("reviewer")
    page = reviewer.open("/admin/reviews/reviewrequest/?state__exact=in_review")
    page.get_by_role("link", name=TITLE).first.press("Enter")
    expect(page.locator("table.frozen").first).to_contain_text("Letters wander between offices")
    _tab_to(page, "input[name=outcome]")
    page.keyboard.press("Space")
    _tab_to(page, "textarea[name=reason]")
    page.keyboard.type("A plain problem, worth a try.")
    _tab_to(page, "input[name=_save]")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Your decision is recorded.")

    page = owner.open(path)
    expect(page.locator(".kind .badge").first).to_contain_text("Cleared")
    owner.press("Move to Play")
    expect(page.get_by_text("a pinned prompt version", exact=False).first).to_be_visible()
    assert not owner.complaints, owner.complaints
    assert not reviewer.complaints, reviewer.complaints


def test_the_example_shows_its_evidence_and_its_trail(visit: Visit) -> None:
    page = visit().sign_in("business-owner").open("/use-cases/UC-000001/")
    expect(page.locator(".kind .badge").first).to_contain_text("Cleared")
    expect(page.get_by_text("32 of 40 right by final number").first).to_be_visible()
    page = visit().sign_in("business-owner").open("/use-cases/UC-000001/history")
    for step in ("Use case registered", "Review requested", "Evidence published", "Review decided"):
        expect(page.get_by_text(step).first).to_be_visible()


@pytest.mark.parametrize("account", ["business-owner", "ai-engineer"])
def test_whoever_holds_no_lane_does_not_get_into_the_review_desk(visit: Visit, account: str) -> None:
    page = visit().sign_in(account).open("/admin/reviews/reviewrequest/")
    assert "/admin/login/" in page.url
