"""Two ways through the portal: by keyboard alone, and with a pointer where scripts are off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.functional.conftest import Visitor

# "" where the focus can be seen; else what cannot. The page itself shows none, nor does what is merely scrolled to.
_UNSEEN = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  // The admin's way past its head is nowhere until it has the focus.
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return ring || at.matches('body, .skip-to-content-link') ? '' : at.outerHTML.slice(0, 120);
}"""
Words = str | re.Pattern[str]
_MOST_STEPS, _PATIENCE = 250, 10_000  # milliseconds


class Hands:
    """Uses the pages of a visitor by names and labels, as they are read."""

    def __init__(self, visitor: Visitor, *, keys: bool) -> None:
        self.visitor, self.page, self.keys = visitor, visitor.page, keys
        self.page.set_default_timeout(_PATIENCE)

    def open(self, path: str) -> Page:
        """Go to a page."""
        return self.visitor.open(path)

    def called(self, name: Words) -> Locator:
        """The visible link, button or summary of that name."""
        page, exact = self.page, True
        found = page.get_by_role("button", name=name, exact=exact).or_(page.get_by_role("link", name=name, exact=exact))
        return found.or_(page.locator("summary", has_text=name)).locator("visible=true").first

    def reach(self, target: Locator) -> None:
        """Press Tab until the target has the focus, which can be seen all the way."""
        expect(target).to_be_visible()
        for _ in range(_MOST_STEPS):
            if target.evaluate("e => e === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            assert not (hidden := self.page.evaluate(_UNSEEN)), f"the focus cannot be seen at {hidden}"
        pytest.fail(f"Tab never reaches {target}.")

    def press(self, name: Words, *, key: str = "Enter", stays: bool = False) -> None:
        """Press what is called that; another page comes, unless it `stays`."""
        target = self.called(name)
        if self.keys:
            self.reach(target)
        act: Callable[[], None] = (lambda: self.page.keyboard.press(key)) if self.keys else target.click
        if stays:
            act()
        else:
            with self.page.expect_navigation():
                act()
        self.visitor.settled()

    def sent(self, name: Words) -> None:
        """Press what changes a part of the page with scripts, and the page without; the focus is not lost by it."""
        self.press(name, stays=self.keys)
        if self.keys:
            expect(self.page.locator("body")).not_to_be_focused()

    def write(self, label: str, text: str) -> None:
        """Write into the field."""
        field = self._field(label)
        if not self.keys:
            field.fill(text)
            return
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of the field by its words."""
        field = self._field(label)
        if not self.keys:
            field.select_option(label=option)
            return
        self.reach(field)
        self.page.keyboard.type(option)
        assert field.evaluate("e => e.selectedOptions[0].label.trim()") == option

    def _field(self, label: str) -> Locator:
        whole = re.compile(rf"^\s*{re.escape(label)}\s*(\(optional\))?\s*$")
        return self.page.get_by_label(whole).locator("visible=true").first

    def tick(self, label: Words) -> None:
        """Tick a box, or take one of several."""
        box = self.page.get_by_label(label, exact=True).locator("visible=true").first
        if not self.keys:
            box.click()
            return
        group = box.evaluate("e => e.type === 'radio' ? e.name : ''")
        self.reach(self._entrance(box, group))
        for _ in range(20 if group and not box.is_checked() else 0):
            self.page.keyboard.press("ArrowDown")
            if box.is_checked():
                break
        if not group:
            self.page.keyboard.press("Space")

    def _entrance(self, box: Locator, group: str) -> Locator:
        """Where Tab enters: the box, or of several the one that is taken, else the first."""
        if not group:
            return box
        several = self.page.locator(f"input[type=radio][name={group}]")
        taken = several.and_(self.page.locator(":checked"))
        return taken.first if taken.count() else several.first
