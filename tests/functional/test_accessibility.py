"""What axe finds, and what it cannot: the way through a page by keyboard alone."""

from collections.abc import Callable
from functools import cache
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from tests.architecture.test_routes import routes
from tests.functional import walk
from tests.functional.conftest import Visitor
from tests.functional.test_pages import address

Visit = Callable[..., Visitor]
Reader = Callable[[str], walk.Look]
_RINGLESS = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2;
}"""


def violations(page: Page) -> list[str]:
    """What axe objects to on the page as it is now."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']} at {[node['target'] for node in rule['nodes'][:3]]}" for rule in found]


@pytest.fixture(scope="module")
def reader(keep_open: Visit) -> Reader:
    """The window of whoever reads a page; it stays open for the next."""
    return cache(lambda account: walk.Look(keep_open().sign_in(account)))


@pytest.fixture(scope="module")
def places(reader: Reader) -> dict[str, str]:
    """What stands in the places of the addresses."""
    return walk.things(walk.Hand(reader("administrator").visitor), f"walk-{uuid4().hex[:6]}")


@pytest.fixture(scope="module")
def newcomer(keep_open: Visit, places: dict[str, str]) -> walk.Look:
    """The window of somebody who came today and has nothing yet."""
    return walk.Look(keep_open().sign_in(places["person"], walk.PASSWORD))


def test_every_page_of_the_site_is_walked() -> None:
    known = walk.PAGES.keys() | walk.ADMIN_PAGES.keys() | walk.NO_PAGES | {"login", "admin:login"}
    names = {route.name for route in routes() if not route.is_api}
    # The rest of the admin lists and shows rows by the templates that are walked.
    assert not {name for name in names - known if not name.startswith("admin:")}, "Say in tests/functional/walk.py"
    assert not known - names, "gone"


@pytest.mark.parametrize("name", [*walk.PAGES, *walk.ADMIN_PAGES])
def test_nothing_is_wrong_with_a_full_page(reader: Reader, places: dict[str, str], name: str) -> None:
    assert not reader(walk.AS.get(name, "administrator")).at(walk.address(name, places))


@pytest.mark.parametrize("name", walk.LISTS)
def test_nothing_is_wrong_with_a_list_that_nothing_matches(reader: Reader, name: str) -> None:
    look = reader("administrator")
    assert not look.at(f"{reverse(name)}?{walk.LISTS[name]}&filters=open")
    assert look.visitor.page.locator(".empty").count()


@pytest.mark.parametrize("name", walk.EMPTY)
def test_nothing_is_wrong_with_a_page_of_somebody_who_has_nothing(newcomer: walk.Look, name: str) -> None:
    assert not newcomer.at(reverse(name) + walk.QUERIES.get(name, ""))


@pytest.mark.parametrize("name", walk.FORMS)
def test_nothing_is_wrong_with_a_refused_form(reader: Reader, places: dict[str, str], name: str) -> None:
    look = reader(walk.AS.get(name, "administrator"))
    look.visitor.open(walk.address(name, places))
    assert not look.refused()


def test_nothing_is_wrong_with_pages_of_trouble(newcomer: walk.Look, visit: Visit) -> None:
    assert not newcomer.at("/egress/", 403)
    assert not newcomer.at("/use-cases/UC-999999/", 404)
    assert not newcomer.at("/no-such-page", 404)
    stranger = walk.Look(visit())
    assert not stranger.at("/accounts/login/")
    assert not stranger.refused("main form", 200)
    assert not stranger.at("/admin/login/")


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
