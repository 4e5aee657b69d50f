"""The share dialog in a real browser: opened and closed by keyboard, refusing and refreshing in its place."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.functional import walk
from tests.functional.conftest import Visitor

Visit = Callable[..., Visitor]
EXAMPLE = "/use-cases/UC-000001/"


@pytest.fixture
def administrator(visit: Visit) -> Visitor:
    """Who may share everything."""
    found: Visitor = visit().sign_in("administrator")
    return found


def opened(visitor: Visitor, path: str = EXAMPLE) -> Locator:
    """The dialog, opened by keys alone."""
    page = visitor.open(path)
    page.locator("summary", has_text="More").press("Enter")
    page.get_by_role("link", name="Share", exact=True).press("Enter")
    dialog = page.get_by_role("dialog", name="Share")
    expect(dialog).to_be_visible()
    visitor.settled()
    return dialog


def letters(visitor: Visitor) -> str:
    """A new team."""
    hand, name = walk.Hand(visitor), f"Letters {uuid4().hex[:6]}"
    unit = hand.find("/people/teams/new", '<option value="([0-9a-f-]{36})"')
    hand.send("/people/teams/new", name=name, unit=unit)
    return name


def test_it_opens_at_its_heading_and_escape_gives_the_focus_back(administrator: Visitor) -> None:
    dialog, page = opened(administrator), administrator.page
    expect(dialog.get_by_role("heading").first).to_be_focused()
    assert page.url.endswith(EXAMPLE)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Share", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading").first).to_be_focused()
    dialog.get_by_role("button", name="Close").press("Enter")
    expect(page.get_by_role("link", name="Share", exact=True)).to_be_focused()
    assert not administrator.complaints, administrator.complaints


def test_tab_stays_within_it(administrator: Visitor) -> None:
    opened(administrator)
    page = administrator.page
    # The browser's own frame has a turn, where the body stands for it.
    inside = "document.activeElement.closest('#dialog') !== null || document.activeElement === document.body"
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(inside), page.evaluate("document.activeElement.outerHTML")


def test_a_refusal_is_said_inside_and_the_shares_are_refreshed_there(administrator: Visitor) -> None:
    team = letters(administrator)
    dialog, page = opened(administrator), administrator.page
    dialog.get_by_label("Team", exact=True).evaluate("select => { select.selectedIndex = -1; }")
    dialog.get_by_role("button", name="Share it").press("Enter")
    expect(dialog.locator("#error-summary")).to_be_focused()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Team", exact=True).select_option(label=team)
    dialog.get_by_role("button", name="Share it").press("Enter")
    expect(dialog.get_by_text(f"It is shared with {team}.")).to_be_visible()
    expect(dialog.locator(".banner.tone-good")).to_be_focused()
    dialog.get_by_role("button", name=f"Stop sharing with {team}").press("Enter")
    expect(dialog.get_by_text(f"It is no longer shared with {team}.")).to_be_visible()
    expect(dialog.get_by_role("button", name=f"Stop sharing with {team}")).to_have_count(0)
    assert page.url.endswith(EXAMPLE)
    assert not administrator.complaints, administrator.complaints


def test_saying_whose_it_is_leads_back_to_the_thing(administrator: Visitor) -> None:
    dialog, page = opened(administrator, f"{EXAMPLE}history"), administrator.page
    with page.expect_navigation():
        dialog.get_by_role("button", name="Save").press("Enter")
    assert page.url.endswith(EXAMPLE)
    expect(page.locator(".banner.tone-good")).to_contain_text("Saved.")


def test_what_could_not_be_sent_may_be_sent_again(administrator: Visitor) -> None:
    team = letters(administrator)
    dialog, page = opened(administrator), administrator.page
    page.route("**/share/**", lambda route: route.abort())
    dialog.get_by_label("Team", exact=True).select_option(label=team)
    dialog.get_by_role("button", name="Share it").press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("could not be refreshed")
    page.unroute("**/share/**")
    dialog.get_by_role("button", name="Share it").press("Enter")
    expect(dialog.get_by_text(f"It is shared with {team}.")).to_be_visible()
    expect(dialog.get_by_role("status")).to_be_empty()


def test_without_scripts_it_is_a_page(visit: Visit) -> None:
    visitor = visit(scripts=False).sign_in("administrator")
    team = letters(visitor)
    page: Page = visitor.open(EXAMPLE)
    page.locator("summary", has_text="More").click()
    with page.expect_navigation():
        page.get_by_role("link", name="Share", exact=True).click()
    assert "/share/use_case/" in page.url
    page.get_by_label("Team", exact=True).select_option(label=team)
    visitor.press("Share it")
    expect(page.get_by_text(f"It is shared with {team}.")).to_be_visible()
    visitor.press(f"Stop sharing with {team}")
    expect(page.get_by_text(f"It is no longer shared with {team}.")).to_be_visible()
    visitor.press("Back")
    assert page.url.endswith(EXAMPLE)


@pytest.mark.parametrize("refused", [False, True], ids=["opened", "refused"])
@pytest.mark.parametrize("width", [1440, 320])
def test_axe_finds_nothing_in_it(administrator: Visitor, refused: bool, width: int) -> None:
    look, page = walk.Look(administrator), administrator.page
    dialog = opened(administrator)
    page.set_viewport_size({"width": width, "height": 640})
    if refused:
        dialog.get_by_label("Team", exact=True).evaluate("select => { select.selectedIndex = -1; }")
        dialog.get_by_role("button", name="Share it").press("Enter")
        expect(dialog.locator("#error-summary")).to_be_focused()
    assert dialog.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert not look.here()
