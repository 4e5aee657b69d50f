"""Acting on many rows of a list in a real browser: by keyboard, without scripts, narrow, and in both themes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.functional.conftest import Visitor
from tests.functional.hands import Hands
from tests.functional.test_accessibility import violations
from tests.functional.test_pages import fits

Visit = Callable[..., Visitor]
EVERYBODY = "Everyone in the organisation"


def team_of(page: Page) -> str:
    """The first team that can be chosen."""
    return page.get_by_label("Team", exact=True).locator("option").nth(1).inner_text().strip()


def test_rows_are_given_by_keyboard_and_the_bar_counts(visit: Visit) -> None:
    visitor = visit().sign_in("administrator")
    hands = Hands(visitor, keys=True)
    page = hands.open("/prompts/?sort=name")
    bar = page.locator(".bulk-bar")
    expect(bar).to_be_hidden()
    box = page.locator("tbody .tick input").first
    hands.reach(box)
    page.keyboard.press("Space")
    expect(bar).to_contain_text("1 selected")
    expect(page.locator("#live")).to_have_text("1 selected")
    hands.tick(re.compile("Select all .* matching"))
    expect(bar).to_contain_text(re.compile(r"All \S+ selected"))
    hands.reach(box)
    page.keyboard.press("Space")
    expect(page.locator("[name=all]")).not_to_be_checked()
    page.keyboard.press("Space")
    expect(page.locator("[data-select-page]")).to_be_checked()
    hands.press("Give to a team")
    expect(page.get_by_role("heading", level=1)).to_have_text("Give to a team")
    expect(page.locator(".lede")).to_contain_text("will be changed.")
    hands.press("Confirm")
    expect(page.locator("#error-summary")).to_be_focused()
    hands.choose("Team", team_of(page))
    hands.tick(EVERYBODY)
    hands.press("Confirm")
    expect(page.locator(".banner.tone-good")).to_contain_text("changed.")
    hands.press("Back to the list")
    # It is the usual order, which an address need not say.
    assert page.url.endswith("/prompts/?view=all")
    assert not visitor.complaints, visitor.complaints


def test_the_box_in_the_head_takes_the_page_and_a_narrowed_list_starts_anew(visit: Visit) -> None:
    visitor = visit().sign_in("administrator")
    page = visitor.open("/use-cases/")
    page.locator("[data-select-page]").check()
    boxes = page.locator("tbody .tick input")
    expect(page.locator(".bulk-bar")).to_contain_text(f"{boxes.count()} selected")
    boxes.first.uncheck()
    assert page.locator("[data-select-page]").evaluate("box => box.indeterminate") or boxes.count() == 1
    page.locator("#list-q").fill("UC-000001")
    expect(boxes).to_have_count(1)
    expect(page.locator(".bulk-bar")).to_be_hidden()
    boxes.first.check()
    expect(page.locator(".bulk-bar")).to_contain_text("1 selected")
    visitor.press("Give to a team")
    visitor.press("Back")
    assert page.url.endswith("/use-cases/?q=UC-000001")
    assert not visitor.complaints, visitor.complaints


def test_rows_are_given_without_scripts(visit: Visit) -> None:
    visitor = visit(scripts=False, width=390).sign_in("administrator")
    page = visitor.open("/models/")
    expect(page.locator("[data-select-page]")).to_be_hidden()
    visitor.press("Give to a team")
    expect(page.locator(".banner").first).to_contain_text("No row is selected.")
    page.locator("tbody .tick input").first.check()
    visitor.press("Give to a team")
    expect(page.locator(".lede")).to_contain_text("1 row will be changed.")
    visitor.press("Confirm")
    expect(page.locator("#error-summary")).to_be_visible()
    assert fits(page)
    page.get_by_label("Team", exact=True).select_option(team_of(page))
    page.get_by_label(EVERYBODY).check()
    visitor.press("Confirm")
    expect(page.locator(".banner.tone-good")).to_contain_text("1 row changed.")
    page.reload()
    expect(page.locator(".banner.tone-good")).to_contain_text("1 row changed.")
    visitor.open("/models/")
    page.locator("[name=all]").check()
    visitor.press("Give to a team")
    expect(page.locator(".lede")).to_contain_text("will be changed.")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_axe_finds_nothing_on_the_way(visit: Visit, theme: str, width: int) -> None:
    visitor = visit(theme=theme, width=width).sign_in("administrator")
    page = visitor.open("/use-cases/")
    box = page.locator("tbody .tick label").first.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    page.locator("[data-select-page]").check()
    assert (violations(page), fits(page)) == ([], True)
    visitor.press("Give to a team")
    assert (violations(page), fits(page)) == ([], True)
    visitor.press("Confirm")
    assert (violations(page), fits(page)) == ([], True)
    page.get_by_label("Team", exact=True).select_option(team_of(page))
    page.get_by_label(EVERYBODY).check()
    visitor.press("Confirm")
    expect(page.get_by_text("Back to the list")).to_be_visible()
    assert (violations(page), fits(page)) == ([], True)


def test_axe_finds_nothing_where_rows_are_refused(visit: Visit) -> None:
    visitor = visit(width=390).sign_in("ai-engineer")
    page = visitor.open("/models/")
    page.locator("[data-select-page]").check()
    visitor.press("Give to a team")
    expect(page.locator(".bulk-rows").first).to_contain_text("Only its team")
    assert (violations(page), fits(page)) == ([], True)
