"""The list as its readers meet it: narrowed by keyboard, kept under a name, and the same without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.functional.conftest import Visitor
from tests.functional.test_accessibility import violations
from tests.functional.test_pages import fits

Visit = Callable[..., Visitor]


def test_filters_open_and_narrow_by_keyboard_and_the_focus_stays(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open("/use-cases/")
    summary = page.locator(".filters > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#facet-stage")).to_be_visible()
    expect(page).to_have_url(f"{visitor.portal.url}/use-cases/?filters=open")
    expect(summary).to_be_focused()
    discover = page.get_by_label("Discover")
    discover.focus()
    page.keyboard.press("Space")
    expect(page.locator(".chip")).to_contain_text("Stage: Discover")
    expect(page).to_have_url(f"{visitor.portal.url}/use-cases/?stage=DISCOVER&filters=open")
    expect(discover).to_be_focused()
    expect(page.locator("#facets-chosen")).to_contain_text("1")
    assert not violations(page)
    page.reload()
    expect(page.get_by_label("Discover")).to_be_checked()
    assert not visitor.complaints, visitor.complaints


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_state_is_saved_under_a_name_opened_and_deleted(visit: Visit, scripts: bool) -> None:
    visitor = visit(scripts=scripts).sign_in("ai-engineer")
    page = visitor.open("/use-cases/?stage=DISCOVER")
    page.locator(".list-menus summary", has_text="Views").click()
    if not scripts:
        visitor.press("Saved views of this list")
    name = f"At discover {scripts}"
    page.get_by_label("Name").fill(name)
    visitor.press("Save view")
    expect(page.get_by_text(f"The view {name} is saved.")).to_be_visible()
    assert "stage=DISCOVER&view=" in page.url
    visitor.open("/views/?page=usecases:list")
    visitor.press(name)
    expect(page.locator(".chip")).to_contain_text("Stage: Discover")
    visitor.open("/views/?page=usecases:list")
    visitor.press(f"Delete {name}")
    expect(page.get_by_text(f"The view {name} is deleted.")).to_be_visible()
    assert not visitor.complaints, visitor.complaints


def test_everything_is_reached_without_scripts(visit: Visit) -> None:
    visitor = visit(scripts=False, width=390).sign_in()
    page = visitor.open("/use-cases/")
    page.locator(".filters > summary").click()
    visitor.press("Show the filters")
    page.get_by_label("Discover").check()
    visitor.press("Show")
    expect(page.locator(".chip")).to_contain_text("Stage: Discover")
    page.locator(".list-menus summary", has_text="Columns").click()
    page.get_by_label("Owner").last.uncheck()
    page.get_by_label("Compact").check()
    visitor.press("Apply")
    expect(page.locator(".chip")).to_contain_text("Stage: Discover")
    expect(page.locator("thead")).not_to_contain_text("Owner")
    expect(page.locator(".table-scroll.compact")).to_be_visible()
    visitor.press("Reference")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Reference↑")
    assert fits(page)


@pytest.mark.parametrize("form", ["CSV", "XLSX"])
def test_a_list_is_taken_along_as_a_file(visit: Visit, form: str) -> None:
    page = visit().sign_in().open("/use-cases/")
    page.locator(".list-menus summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=form).click()
    assert download.value.suggested_filename.endswith(f".{form.lower()}")


@pytest.mark.parametrize(("density", "height"), [("comfortable", 44), ("compact", 32)])
def test_rows_are_as_high_as_was_chosen(visit: Visit, density: str, height: int) -> None:
    page = visit(width=1440).sign_in().open(f"/models/?density={density}&columns=name,kind")
    heights = page.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => row.offsetHeight)")
    assert min(heights) == height


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_axe_finds_nothing_on_a_list_in_any_state(visit: Visit, theme: str, width: int) -> None:
    visitor = visit(theme=theme, width=width).sign_in()
    for query in (
        "filters=open",
        "q=zebra&stage=RETIRED",
        "wrong=1&sort=x",
        "density=compact&columns=title,sponsor,topic",
    ):
        page = visitor.open(f"/use-cases/?{query}")
        assert not violations(page), query
        assert fits(page), query
