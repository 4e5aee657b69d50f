"""What axe finds, and what it cannot: the way through a page by keyboard alone."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.functional.conftest import Visitor
from tests.functional.test_pages import PAGES, address

Visit = Callable[..., Visitor]
# Swagger UI's own markup is not ours to mend.
CHECKED = [name for name in PAGES if name != "api"]
_RINGLESS = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2;
}"""


def violations(page: Page) -> list[str]:
    """What axe objects to on the page as it is now."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']} at {[node['target'] for node in rule['nodes'][:3]]}" for rule in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visit: Visit, theme: str) -> None:
    visitor = visit(theme=theme).sign_in()
    found = {name: violations(visitor.open(address(visitor, name))) for name in CHECKED}
    assert not {name: problems for name, problems in found.items() if problems}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_of_trouble(visit: Visit, theme: str) -> None:
    visitor = visit(theme=theme, width=390)
    assert not violations(visitor.open("/accounts/login/"))
    visitor.sign_in()
    visitor.open("/use-cases/register")
    visitor.press("Register")
    assert not violations(visitor.page)
    assert not violations(visitor.open("/use-cases/UC-999999/"))
    assert not violations(visitor.open("/no-such-page"))


@pytest.mark.parametrize("name", ["home", "use cases", "use case", "register", "evaluation"])
def test_the_keyboard_reaches_everything_in_order_with_a_visible_ring(visit: Visit, name: str) -> None:
    visitor = visit().sign_in()
    page = visitor.open(address(visitor, name))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    seen = 1
    while page.evaluate("document.activeElement !== document.body") and seen < 200:
        assert not page.evaluate(_RINGLESS), page.evaluate("document.activeElement.outerHTML")
        page.keyboard.press("Tab")
        seen += 1
    assert 10 < seen < 200, "the focus never came to the end of the page"


def test_every_target_is_large_enough_to_hit(visit: Visit) -> None:
    page = visit(width=390).sign_in().open("/use-cases/UC-000001/")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, input:not([type=hidden]), .button, nav a')]
          .filter((e) => e.checkVisibility() && (e.offsetHeight < 24 || e.offsetWidth < 24))
          .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert not small
