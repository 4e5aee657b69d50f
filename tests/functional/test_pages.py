"""Every page as its readers meet it: in a real browser, wide and narrow, with and without JavaScript."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.functional import walk
from tests.functional.conftest import SCREENSHOTS, Visitor

Visit = Callable[..., Visitor]
PAGES = {
    "home": "/",
    "search": "/search?q=invoices",
    "use cases": "/use-cases/",
    "no use case found": "/use-cases/?q=zebra&stage=RETIRED",
    "register": "/use-cases/register",
    "use case": "/use-cases/UC-000001/",
    "edit": "/use-cases/UC-000001/edit",
    "models": "/models/",
    "model": "/models/sandbox/",
    "prompts": "/prompts/",
    "prompt": "/prompts/invoice-arithmetic/",
    "new prompt": "/prompts/new",
    "new version": "/prompts/invoice-arithmetic/new-version",
    "datasets": "/datasets/",
    "dataset": "/datasets/invoice-arithmetic/",
    "upload": "/datasets/new",
    "evaluations": "/evaluations/",
    "evaluation": "evaluation",
    "start an evaluation": "/evaluations/new?use_case=UC-000001",
    "reviews": "/reviews/",
    "review": "review",
    "api": "/api/docs/",
}
OF_THE_AUDITOR = {"audit": "/audit/"}
TITLE = "Answer questions about parking permits"
PURPOSE = "People wait a week for an answer that is in the rules. A drafted answer lets a clerk reply the same day."


def address(visitor: Visitor, name: str) -> str:
    """The path of a page; a run or review is reached through its list."""
    path = (PAGES | OF_THE_AUDITOR)[name]
    if path.startswith("/"):
        return path
    page = visitor.open(f"/{name}s/")
    found = page.locator("tbody a").last.get_attribute("href")
    assert found
    return found


def fits(page: Page) -> bool:
    """Whether nothing makes the whole page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(("account", "names"), [("business-owner", PAGES), ("auditor", OF_THE_AUDITOR)])
def test_every_page_opens_without_complaint_and_fits(
    visit: Visit, width: int, account: str, names: dict[str, str]
) -> None:
    visitor = visit(width=width).sign_in(account)
    SCREENSHOTS.mkdir(exist_ok=True)
    wide = []
    for name in names:
        page = visitor.open(address(visitor, name))
        assert page.locator("main > h1, main > .heading h1").count() == 1, name
        assert page.title().endswith("CoE Portal"), name
        page.screenshot(path=SCREENSHOTS / f"{name.replace(' ', '-')}-{width}.png", full_page=True)
        wide += [] if fits(page) else [name]
    assert not wide
    assert not visitor.complaints, visitor.complaints


def test_a_missing_page_says_so_and_leads_home(visit: Visit) -> None:
    visitor = visit().sign_in()
    for path, heading in {"/use-cases/UC-999999/": "Not found", "/no-such-page": "There is no such page"}.items():
        page = visitor.open(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.get_by_role("link", name="Home").last).to_be_visible()


def registered(visitor: Visitor, *, title: str = TITLE) -> str:
    """The address of a new case of which everything is answered, opened."""
    walk.begin(visitor.open("/use-cases/register"), title=title, purpose=PURPOSE)
    path = walk.finish(visitor.page)
    walk.Hand(visitor).answer(path)
    visitor.open(path)
    return path


def test_a_registration_with_missing_fields_names_them_and_keeps_what_was_written(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open("/use-cases/register")
    page.get_by_label("Title").fill(TITLE)
    visitor.press("Continue")
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(1)
    assert page.title().startswith("Error: ")
    expect(page.get_by_label("Title")).to_have_value(TITLE)
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Problem and benefit")).to_be_focused()
    walk.begin(page, title=TITLE, purpose=PURPOSE)
    visitor.press("Register")
    expect(summary.get_by_role("link")).to_have_count(2)
    assert not visitor.complaints, visitor.complaints


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_case_is_registered_edited_under_review_and_its_pending_decision_voided(visit: Visit, scripts: bool) -> None:
    visitor = visit(scripts=scripts).sign_in()
    registered(visitor)
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    visitor.press("Submit for gate G1")
    expect(page.locator(".kind .badge").first).to_have_text("In review")
    visitor.press("Edit")
    page.get_by_label("Problem and benefit").fill(PURPOSE + " Permits for residents come first.")
    visitor.press("Save")
    expect(page.get_by_text("The pending decision was voided")).to_be_visible()
    expect(page.get_by_role("button", name="Submit for gate G1")).to_be_visible()
    assert not visitor.complaints, visitor.complaints


def test_a_withdrawn_review_can_be_asked_for_again(visit: Visit) -> None:
    visitor = visit().sign_in()
    registered(visitor, title="Withdraw me")
    visitor.press("Submit for gate G1")
    page = visitor.press("Withdraw the review")
    expect(page.get_by_role("button", name="Submit for gate G1")).to_be_visible()


def test_a_stale_edit_is_refused_and_nothing_typed_is_lost(visit: Visit) -> None:
    first, second = visit().sign_in(), visit().sign_in()
    path = registered(first, title="Edited by two") + "edit"
    first.open(path).get_by_label("Title").fill("Edited by the first")
    second.open(path).get_by_label("Title").fill("Edited by the second")
    first.press("Save")
    page = second.press("Save")
    expect(page.locator("#error-summary")).to_contain_text("Someone else saved this case")
    expect(page.get_by_label("Title")).to_have_value("Edited by the second")


def test_the_list_narrows_as_one_types_and_its_state_is_in_the_address(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open("/use-cases/")
    page.get_by_label("Search", exact=True).fill("supplier reminders")
    expect(page.locator(".chip")).to_contain_text("supplier reminders")
    expect(page).to_have_url(f"{visitor.portal.url}/use-cases/?q=supplier%20reminders")
    expect(page.get_by_label("Search", exact=True)).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Use cases: 1 result")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert not visitor.complaints, visitor.complaints


def test_the_list_narrows_without_scripts(visit: Visit) -> None:
    visitor = visit(scripts=False).sign_in()
    page = visitor.open("/use-cases/")
    page.get_by_label("Search", exact=True).fill("supplier reminders")
    visitor.press("Show")
    expect(page.locator("tbody tr")).to_have_count(1)


def upload(visitor: Visitor, slug: str, items: int) -> None:
    """Upload a dataset of sums, which the sandbox works out."""
    lines = [json.dumps({"input": {"question": f"What is {n} + {n}?"}, "expected": str(2 * n)}) for n in range(items)]
    page = visitor.open("/datasets/new")
    page.get_by_label("Name", exact=True).fill(f"Sums {slug}")
    page.get_by_label("Short name").fill(slug)
    page.get_by_label("File").set_input_files(
        {"name": "sums.jsonl", "mimeType": "application/jsonl", "buffer": "\n".join(lines).encode()}
    )
    visitor.press("Upload")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Sums {slug}")


def start_run(visitor: Visitor, slug: str) -> None:
    """Start a run of the demonstration's prompt over the dataset `slug`."""
    page = visitor.open("/evaluations/new")
    page.get_by_label("Prompt", exact=True).select_option(index=1)
    page.get_by_label("Model endpoint").select_option(label="Sandbox calculator")
    page.get_by_label("Dataset").select_option(label=f"Sums {slug} v1")
    visitor.press("Start")


def test_a_run_shows_its_progress_and_then_its_result_without_a_reload(visit: Visit) -> None:
    visitor = visit().sign_in("ai-engineer")
    upload(visitor, "watched", 2000)
    start_run(visitor, "watched")
    page = visitor.page
    expect(page.locator("#progress[data-poll]")).to_be_visible()
    expect(page.locator("#progress progress")).to_be_visible()
    expect(page.locator("#progress .badge")).to_have_text("Passed", timeout=18_000)
    expect(page.locator("#progress[data-poll]")).to_have_count(0)
    expect(page.locator("#results .results-bar")).to_contain_text("2,000 rows")
    expect(page.get_by_text("95 % interval (Wilson)").first).to_be_visible()
    assert not visitor.complaints, visitor.complaints


def test_a_run_can_be_cancelled_from_its_page(visit: Visit) -> None:
    visitor = visit().sign_in("ai-engineer")
    upload(visitor, "stopped", 8_000)
    start_run(visitor, "stopped")
    page = visitor.press("Cancel the run")
    expect(page.locator("#progress .badge")).to_have_text("Cancelled", timeout=60_000)


def test_a_faulty_file_is_refused_line_by_line(visit: Visit) -> None:
    visitor = visit().sign_in("ai-engineer")
    page = visitor.open("/datasets/new")
    page.get_by_label("Name", exact=True).fill("Faulty")
    page.get_by_label("Short name").fill("faulty")
    content = b'{"input": {"question": "1"}, "expected": "1"}\nno json\n{"input": {}, "expected": "1"}\n'
    page.get_by_label("File").set_input_files({"name": "f.jsonl", "mimeType": "text/plain", "buffer": content})
    visitor.press("Upload")
    expect(page.locator("#error-summary")).to_contain_text("Line 2: this is not JSON.")
    expect(page.locator("#error-summary")).to_contain_text("Line 3:")


def test_a_prompt_gets_a_second_version_and_production_moves(visit: Visit) -> None:
    visitor = visit().sign_in("ai-engineer")
    page = visitor.open("/prompts/new")
    page.get_by_label("Name", exact=True).fill("Greeting")
    page.get_by_label("Short name").fill("greeting")
    page.get_by_label("User message").fill("Greet {{name}}.")
    visitor.press("Save version 1")
    visitor.press("New version")
    page.get_by_label("User message").fill("Greet {{name}} warmly.")
    visitor.press("Save version 2")
    visitor.press("Put into production version 2")
    expect(page.locator(".queue li").first).to_contain_text("Production")


def test_a_reviewer_is_led_from_home_to_the_review_desk(visit: Visit) -> None:
    visitor = visit().sign_in("reviewer")
    expect(visitor.page.locator("#needs .count")).to_be_visible()
    visitor.press("Read and decide")
    page = visitor.press("Decide in the review desk")
    assert "/admin/reviews/reviewrequest/" in page.url
    expect(page.get_by_label("Reason")).to_be_visible()
    assert not visitor.complaints, visitor.complaints


def test_every_line_of_the_audit_trail_leads_to_a_page(visit: Visit) -> None:
    visitor = visit().sign_in("auditor")
    page = visitor.open("/audit/")
    links = {link.get_attribute("href") for link in page.locator("tbody th a").all()}
    assert len(links) > 5
    dead = [link for link in links if page.request.get(f"{visitor.portal.url}{link}").status != 200]
    assert not dead


def test_the_menu_and_the_account_open_on_a_narrow_screen_by_keyboard(visit: Visit) -> None:
    page = visit(width=390).sign_in().page
    page.get_by_role("button", name="Menu").press("Enter")
    expect(page.get_by_role("navigation", name="Portal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Portal")).to_be_hidden()
    expect(page.get_by_role("button", name="Menu")).to_be_focused()
    page.get_by_role("button", name="Account").press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_theme_is_chosen_and_kept(visit: Visit) -> None:
    page = visit(theme="light").sign_in().page
    page.get_by_role("button", name="Account").click()
    switch = page.get_by_role("button", name="Colour theme")
    switch.click()
    switch.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") == "rgb(18, 22, 27)"


def test_an_expired_session_leads_htmx_to_the_login_page(visit: Visit) -> None:
    visitor = visit().sign_in()
    page = visitor.open("/use-cases/")
    visitor.context.clear_cookies()
    page.get_by_label("Search", exact=True).fill("anything")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
