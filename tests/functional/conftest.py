"""A running demonstration and a browser to look at it with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect, sync_playwright

from coe_portal.bootstrap import ROOT
from coe_portal.local import cleanup
from coe_portal.local.ports import free_port

CHROMIUM = "/usr/bin/chromium"
SCREENSHOTS = ROOT / "screenshots"
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
# Chromium calls a refused form (422) an error, and a view transition that a quick reader overtook.
_HARMLESS = ("status of 422 (Unprocessable Entity)", "ViewTransition opt-in disabled")
_READY, _START_SECONDS, _STOP_SECONDS = "Everything is running", 300.0, 60.0


@dataclass(frozen=True)
class Portal:
    """Where the demonstration answers, (user name, password) by account name, and the cookies of who signed in."""

    url: str
    accounts: dict[str, tuple[str, str]]
    # By user name, and the width and the scripts of the window.
    sessions: dict[tuple[str, int, bool], Any] = field(default_factory=dict)


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A demonstration that has run its example, stopped after the browser tests."""
    home = tmp_path_factory.mktemp("portal")
    data, output, port = home / "data", home / "output.txt", free_port()
    command = [sys.executable, str(ROOT / "manage.py"), "demo", "--data-dir", str(data), "--port", str(port)]
    with output.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(process, output)
        passwords = json.loads((data / "accounts.json").read_text())
        yield Portal(f"http://127.0.0.1:{port}", {name: (name, passwords[name]) for name in passwords})
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_STOP_SECONDS)
        cleanup.end_leftovers(data)


def _wait_until_ready(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while _READY not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.2)


@pytest.fixture(scope="package")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright itself; one loop for all browser tests."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """Headless Chromium; without it the test is skipped at home and fails where a browser is required."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("COE_REQUIRE_BROWSER") == "1":
            pytest.fail(f"There is no {CHROMIUM}; install Chromium.")
        pytest.skip(f"There is no {CHROMIUM}, so nothing was looked at; install Chromium to run the browser tests.")
    found = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
    yield found
    found.close()


class Visitor:
    """A browser window that keeps what a careful reader would complain about."""

    def __init__(self, portal: Portal, context: BrowserContext, *, width: int, scripts: bool) -> None:
        self.portal, self.context, self._kind = portal, context, (width, scripts)
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        # Watched, and not routed: for what is routed Chromium keeps no cache. Other hosts are found nowhere anyway.
        context.on("request", self._watch)
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self._hear("error", str(error)))

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.portal.url, "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.endswith(_HARMLESS):
            self.complaints.append(f"{kind}: {text}")

    def open(self, path: str) -> Page:
        """Go to a page of the portal and let its parts load."""
        self.page.goto(self.portal.url + path)
        return self.settled()

    def settled(self) -> Page:
        """The page, once its parts have come."""
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        return self.page

    def sign_in(self, account: str = "business-owner", password: str = "") -> "Visitor":
        """Come to the home page as one of the demonstration accounts, or as somebody else with a password.

        Whoever signed in before, in such a window, goes on with that session while it lasts.
        """
        username, password = (account, password) if password else self.portal.accounts[account]
        sessions, key = self.portal.sessions, (username, *self._kind)
        self.context.add_cookies(sessions.get(key, []))
        page = self.open("/")
        if urlsplit(page.url).path != "/":
            page.get_by_label("Username").fill(username)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(self.portal.url + "/")
            sessions[key] = self.context.cookies()
        return self

    def press(self, name: str) -> Page:
        """Press the button or follow the link called `name`, if need be in the menu, and let the next page load."""
        found = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first
        menu = self.page.locator("details.overflow:not([open])", has=self.page.locator("a, button", has_text=name))
        if not found.is_visible() and menu.count():
            menu.locator("summary").click()
        with self.page.expect_navigation():
            found.click()
        return self.settled()


@contextmanager
def windows(portal: Portal, browser: Browser) -> Iterator[Any]:
    """Opens windows: `visit(width=…, theme=…, scripts=…)` returns a Visitor; closed at the end."""
    opened: list[BrowserContext] = []

    def window(*, width: int = 1440, theme: Any = "light", scripts: bool = True) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=scripts
        )
        opened.append(context)
        return Visitor(portal, context, width=width, scripts=scripts)

    yield window
    for context in opened:
        context.close()


@pytest.fixture
def visit(portal: Portal, browser: Browser) -> Iterator[Any]:
    """Windows of one test."""
    with windows(portal, browser) as visit:
        yield visit


@pytest.fixture(scope="module")
def keep_open(portal: Portal, browser: Browser) -> Iterator[Any]:
    """Windows that stay open for a whole module."""
    with windows(portal, browser) as visit:
        yield visit
