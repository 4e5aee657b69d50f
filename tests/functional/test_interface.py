"""The frame of every page in a real browser: finder, tabs, differences, charts, gallery, first view, print."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.functional.conftest import Visitor
from tests.functional.test_accessibility import violations
from tests.functional.test_pages import address, fits

Visit = Callable[..., Visitor]
# What came over the wire and not out of the browser's own store.
_FETCHED = "performance.getEntriesByType('resource').filter((e) => e.transferSize > 0).map((e) => e.name)"
MOST_BYTES, MOST_SCRIPT, MOST_STYLE = 80_000, 25_000, 20_000


def test_the_gallery_opens_at_its_top(visit: Visit) -> None:
    page = visit().sign_in().open("/gallery")
    expect(page.locator("#error-summary").first).to_be_attached()
    assert page.evaluate("[scrollY, document.activeElement === document.body]") == [0, True]


def test_the_finder_opens_by_key_finds_and_goes(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open("/models/")
    page.get_by_role("button", name="Help").focus()
    page.keyboard.press("Control+k")
    finder = page.get_by_role("dialog", name="Find and go")
    expect(finder).to_be_visible()
    expect(finder.get_by_role("option", name="Use cases")).to_be_visible()
    assert not violations(page)
    page.keyboard.type("supplier reminders")
    expect(finder.get_by_role("option", selected=True)).to_contain_text("Draft replies to supplier reminders")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    chosen = page.locator("#finder-words").get_attribute("aria-activedescendant")
    assert page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.wait_for_url("**/use-cases/UC-000002/")
    assert not visitor.complaints, visitor.complaints


def test_escape_closes_the_finder_and_gives_the_focus_back(visit: Visit) -> None:
    page = visit().sign_in().open("/models/")
    page.get_by_role("button", name="Help").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#finder-words")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Find and go")).to_be_hidden()
    expect(page.get_by_role("button", name="Help")).to_be_focused()


def test_no_single_letter_does_anything(visit: Visit) -> None:
    page = visit().sign_in().open("/use-cases/")
    page.evaluate("document.activeElement.blur()")
    before = page.url
    for letter in "abcdefghijklmnopqrstuvwxyz/?":
        page.keyboard.press(letter)
    assert page.url == before
    expect(page.get_by_role("dialog", name="Find and go")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_cases_tabs_are_pages(visit: Visit, scripts: bool) -> None:
    visitor = visit(scripts=scripts).sign_in()
    page = visitor.open("/use-cases/UC-000001/")
    tabs = page.get_by_role("navigation", name="Parts of")
    for name in ("Evidence", "Evaluations", "History", "Overview"):
        with page.expect_navigation():
            tabs.get_by_role("link", name=name).click()
        expect(tabs.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("heading", level=1)).to_have_text("Check the arithmetic of incoming invoices")
    assert not visitor.complaints, visitor.complaints


def test_the_menu_of_further_verbs_closes_by_escape_and_by_looking_elsewhere(visit: Visit) -> None:
    page = visit().sign_in().open("/use-cases/UC-000001/")
    more = page.locator("summary", has_text="More")
    more.press("Enter")
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()
    expect(more).to_be_focused()
    more.click()
    page.locator("h1").click()
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()


def test_two_versions_stand_beside_one_another_where_there_is_room(visit: Visit) -> None:
    engineer = visit(width=1440).sign_in("ai-engineer")
    page = engineer.open("/prompts/new")
    page.get_by_label("Name", exact=True).fill("Compared")
    page.get_by_label("Short name").fill("compared")
    page.get_by_label("User message").fill("Answer {{question}} at length.")
    engineer.press("Save version 1")
    engineer.press("New version")
    page.get_by_label("User message").fill("Answer {{question}} briefly.")
    engineer.press("Save version 2")
    page = engineer.open("/prompts/compared/compare")
    expect(page.locator("del")).to_have_text("at length")
    expect(page.locator("ins")).to_have_text("briefly")
    assert _side_by_side(page)
    assert not violations(page)
    narrow = visit(width=390).sign_in("ai-engineer").open("/prompts/compared/compare")
    assert not _side_by_side(narrow)
    assert fits(narrow)


def _side_by_side(page: Page) -> bool:
    old, new = page.locator(".changed > .old").bounding_box(), page.locator(".changed > .new").bounding_box()
    assert old
    assert new
    return old["y"] == new["y"]


def test_a_runs_charts_tell_in_pictures_words_tables_and_csv(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open(address(visitor, "evaluation"))
    charts = page.locator("figure.chart")
    assert charts.count() >= 2
    for chart in charts.all():
        assert chart.locator("svg > title").text_content()
        chart.locator("summary").click()
        expect(chart.locator("tbody tr").first).to_be_visible()
        link = chart.get_by_role("link", name="Download as CSV").get_attribute("href")
        answer = page.request.get(f"{visitor.portal.url}{link}")
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.text().count("\n") >= 2
    assert page.locator("figure.chart [style]").count() == 0


def test_the_gallery_shows_every_part_in_both_schemes(visit: Visit) -> None:
    page = visit().sign_in().open("/gallery")
    grounds = {
        page.locator(f"#scheme-{name}").evaluate("e => getComputedStyle(e).backgroundColor")
        for name in ("light", "dark")
    }
    assert grounds == {"rgb(255, 255, 255)", "rgb(18, 22, 27)"}
    assert page.locator("figure.chart").count() == 16


def test_the_first_view_is_light_and_the_next_asks_for_almost_nothing(visit: Visit) -> None:
    visitor = visit().sign_in()
    with_cookies = visitor.context.cookies()
    fresh = visit()
    fresh.context.add_cookies(with_cookies)  # type: ignore[arg-type]  # what another window had
    seen: list[Response] = []
    fresh.page.on("response", lambda response: seen.append(response))
    fresh.open("/use-cases/UC-000001/")
    fresh.page.wait_for_load_state("networkidle")
    sizes = {response.url: len(gzip.compress(response.body())) for response in seen}
    kinds = {kind: sum(size for url, size in sizes.items() if f".{kind}" in url) for kind in ("js", "css")}
    assert len(seen) <= 6, list(sizes)
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    assert kinds["js"] <= MOST_SCRIPT, sizes
    assert kinds["css"] <= MOST_STYLE, sizes
    fresh.open("/models/")
    fresh.page.wait_for_load_state("networkidle")
    again = fresh.page.evaluate(_FETCHED)
    # The page itself is one more.
    assert len(again) <= 1, again


def test_a_review_prints_with_addresses_in_full_and_its_hash(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open(address(visitor, "review"))
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.get_by_text("Content SHA-256")).to_be_visible()
    expect(page.locator(".print-only")).to_have_text(f"Printed from {page.url}")
    shown = page.locator("aside a").first.evaluate("e => getComputedStyle(e, '::after').content")
    assert f'"{visitor.portal.url}"' in shown or visitor.portal.url in shown


def test_forced_colours_keep_what_colour_alone_would_say(visit: Visit) -> None:
    page = visit().sign_in().open("/gallery")
    page.emulate_media(forced_colors="active")
    ins = page.locator(".diff ins").first
    assert ins.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert ins.evaluate("e => getComputedStyle(e).textDecorationLine") == "underline"


def test_reduced_motion_stops_every_transition(visit: Visit) -> None:
    page = visit().sign_in().page
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.body).transitionDuration") in ("0s", "")
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_portal_is_walked_without_scripts(visit: Visit) -> None:
    visitor = visit(scripts=False).sign_in("reviewer")
    page = visitor.open("/my-work")
    expect(page.get_by_role("link", name="Read and decide").first).to_be_visible()
    page.get_by_label("Search the portal").fill("supplier reminders")
    with page.expect_navigation():
        page.get_by_label("Search the portal").press("Enter")
    expect(page.get_by_role("link", name="Draft replies to supplier reminders").first).to_be_visible()
    visitor.open("/reports")
    page.locator("summary", has_text="Values as a table").first.click()
    expect(page.locator("figure.chart tbody tr").first).to_be_visible()
    assert not visitor.complaints, visitor.complaints


def test_people_change_their_own_password_and_stay_signed_in(visit: Visit) -> None:
    visitor = visit().sign_in("auditor")
    username, old = visitor.portal.accounts["auditor"]
    page = visitor.open("/account/password")
    visitor.press("Change it")
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_label("Present password").fill(old)
    page.get_by_label("New password", exact=True).fill("a new and longer pass phrase")
    page.get_by_label("New password once more").fill("a new and longer pass phrase")
    visitor.press("Change it")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page = visitor.open("/account/password")
    page.get_by_label("Present password").fill("a new and longer pass phrase")
    page.get_by_label("New password", exact=True).fill(old)
    page.get_by_label("New password once more").fill(old)
    visitor.press("Change it")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    assert username
