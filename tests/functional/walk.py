"""Every page of the site with real things in its places, and a careful look at each."""

import re
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.factories import cases
from tests.functional.conftest import Visitor

# Route → the things in its places, in order.
PAGES = {
    "home": "", "my_work": "", "my_work_waiting": "", "my_work_done": "", "reports": "", "saved-views": "",
    "search": "",
    "profile": "", "password": "", "keyboard": "", "gallery": "", "api-docs": "",
    "usecases:list": "", "usecases:register": "", "usecases:import": "", "usecases:import_report": "import",
    "usecases:detail": "case", "usecases:record": "case", "usecases:section": "case section",
    "usecases:rows": "case part", "usecases:row": "case part row", "usecases:tier": "case",
    "usecases:raise_tier": "case", "usecases:lower_tier": "case", "usecases:decline_tier": "case",
    "usecases:route": "case", "usecases:retire": "case", "usecases:join": "case",
    "usecases:evidence": "case",
    "usecases:evaluations": "case", "usecases:discussion": "case", "usecases:history": "case", "usecases:edit": "case",
    "catalog:list": "", "catalog:new": "", "catalog:detail": "model", "catalog:runs": "model",
    "catalog:discussion": "model", "catalog:history": "model",
    "prompts:list": "", "prompts:new": "", "prompts:detail": "prompt", "prompts:compare": "prompt",
    "prompts:discussion": "prompt", "prompts:history": "prompt", "prompts:new_version": "prompt",
    "evaluations:datasets": "", "evaluations:new_dataset": "", "evaluations:dataset": "dataset",
    "evaluations:dataset_runs": "dataset", "evaluations:dataset_discussion": "dataset",
    "evaluations:dataset_history": "dataset", "evaluations:list": "", "evaluations:new": "",
    "evaluations:detail": "run", "evaluations:discussion": "run", "evaluations:history": "run",
    "discussions:panel": "kind key", "discussions:edit": "comment",
    "notifications:inbox": "", "notifications:preferences": "",
    "webhooks:list": "", "webhooks:new": "", "webhooks:detail": "webhook", "webhooks:edit": "webhook",
    "webhooks:remove": "webhook",
    "reviews:list": "", "reviews:detail": "review", "reviews:changes": "review",
    "reviews:conditions": "", "reviews:delegations": "",
    "egress:list": "", "egress:new": "", "egress:remove": "rule", "egress:set_secret": "",
    "egress:remove_secret": "secret",
    "accounts:tokens": "", "accounts:new_token": "", "accounts:share": "kind key",
    "people:list": "", "people:new": "", "people:detail": "person", "people:grant": "person",
    "people:units": "", "people:new_unit": "", "people:unit": "unit", "people:change_unit": "unit",
    "people:unit_term": "unit", "people:teams": "", "people:new_team": "", "people:team": "team",
    "people:change_team": "team", "people:add_member": "team",
    "people:service_accounts": "", "people:new_service_account": "", "people:service_account": "program",
    "people:change_service_account": "program", "people:new_service_token": "program",
    "audit:list": "", "audit:detail": "event",
}  # fmt: skip

# Where people work in Django's own admin; the rest of it only shows rows, by the same templates.
ADMIN_PAGES = {
    "admin:index": "", "admin:password_change": "", "admin:reviews_reviewrequest_changelist": "",
    "admin:reviews_reviewrequest_change": "review", "admin:reviews_reviewrequest_history": "review",
    "admin:audit_auditevent_changelist": "", "admin:audit_auditevent_change": "event",
    "admin:accounts_user_changelist": "", "admin:accounts_user_change": "user",
    "admin:accounts_businessunit_changelist": "", "admin:accounts_businessunit_change": "unit",
    "admin:accounts_team_changelist": "", "admin:accounts_team_change": "team",
    "admin:accounts_membership_changelist": "",
}  # fmt: skip
QUERIES = {"saved-views": "?page=usecases:list", "search": "?q=invoices", "evaluations:new": "?use_case=UC-000001"}
# List → a question that nothing answers.
LISTS = {
    "usecases:list": "q=zebra", "catalog:list": "q=zebra", "prompts:list": "q=zebra",
    "evaluations:datasets": "q=zebra", "evaluations:list": "use_case=UC-999999", "reviews:list": "q=zebra",
    "webhooks:list": "kind=teams", "people:list": "q=zebra", "people:units": "q=zebra", "people:teams": "q=zebra",
    "people:service_accounts": "q=zebra", "audit:list": "q=zebra", "search": "q=zebra",
}  # fmt: skip
EMPTY = (
    "home", "my_work", "my_work_waiting", "my_work_done", "reports", "saved-views", "profile", "reviews:list",
    "reviews:conditions", "reviews:delegations",
    "evaluations:list", "notifications:inbox", "webhooks:list", "accounts:tokens", "people:list", "people:teams",
    "people:service_accounts",
)  # fmt: skip
# Forms that want something; the others are content with nothing, or show what is kept.
FORMS = (
    "password",
    "usecases:register",
    "usecases:import",
    "usecases:edit",
    "usecases:rows",
    "usecases:row",
    "usecases:raise_tier",
    "usecases:lower_tier",
    "usecases:decline_tier",
    "catalog:new",
    "prompts:new",
    "prompts:new_version",
    "evaluations:new_dataset",
    "evaluations:new",
    "discussions:panel",
    "discussions:edit",
    "notifications:preferences",
    "webhooks:new",
    "webhooks:edit",
    "egress:new",
    "egress:set_secret",
    "accounts:new_token",
    "accounts:share",
    "people:new",
    "people:grant",
    "people:new_unit",
    "people:change_unit",
    "people:new_team",
    "people:change_team",
    "people:add_member",
    "people:new_service_account",
    "people:change_service_account",
    "people:new_service_token",
    "saved-views",
)  # fmt: skip
# Whose page it is where it is not the administrator's.
AS = {
    "prompts:new": "ai-engineer", "prompts:new_version": "ai-engineer", "evaluations:new_dataset": "ai-engineer",
    "evaluations:new": "ai-engineer", "admin:reviews_reviewrequest_change": "reviewer",
    "admin:reviews_reviewrequest_history": "reviewer", "usecases:raise_tier": "reviewer",
    "usecases:lower_tier": "reviewer", "usecases:decline_tier": "reviewer",
}  # fmt: skip
# Verbs, which answer with a page of the list above; files; parts of pages; addresses that only lead on; machines'.
NO_PAGES = {
    "report_values", "choices", "save-view", "default-view", "delete-view", "go", "bundle",
    "usecases:submit", "usecases:advance", "usecases:save_draft", "usecases:discard_draft", "usecases:remove_row",
    "usecases:confirm_tier", "usecases:similar", "usecases:start_import", "usecases:import_csv",
    "evaluations:dataset_runs_csv", "evaluations:chart_csv", "evaluations:cancel", "prompts:set_production",
    # Pages of one form, or of one condition, for whom there is none here: test_reviews_doors.py, test_forms_offered.py,
    # test_decide_stage.py and test_glass_of_cases.py in tests/integration.
    "usecases:decide_stage", "usecases:break_glass",
    "reviews:recuse", "reviews:revoke", "reviews:overturn", "reviews:condition", "reviews:decide",
    "reviews:end_delegation",
    "reviews:withdraw", "discussions:remove", "notifications:count", "notifications:read_all", "notifications:follow",
    "webhooks:switch", "webhooks:add_secret", "webhooks:drop_secret", "webhooks:replay", "accounts:revoke_token",
    "accounts:unshare", "accounts:assign", "people:close_team", "people:remove_member", "people:deactivate",
    "people:reactivate", "people:revoke", "oidc_login", "oidc_callback", "logout", "healthz", "readyz", "metrics",
    "csp-report",
}  # fmt: skip
PASSWORD = "a long pass phrase of one's own"
_UUID = "([0-9a-f]{8}-[0-9a-f-]{27})"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Colours on their way from one theme to the other are neither; and axe loads style sheets in a way that ours forbid.
_MEASURE = """async (only) => {
  await Promise.allSettled(document.getAnimations().map((moving) => moving.finished));
  const found = await axe.run({resultTypes: ['violations'], preload: false, ...(only && {runOnly: only})});
  return found.violations.map((rule) => `${rule.id} at ${rule.nodes.slice(0, 3).map((node) => node.target.join(' '))}`);
}"""
# Each theme, and the rules of axe that are asked in it, None for all: nothing but colours differs between the two.
_THEMES: tuple[tuple[Any, Any], ...] = (("light", None), ("dark", ["color-contrast", "link-in-text-block"]))
_EMPTY_AND_SEND = """(form) => {
  for (const part of form.elements) {
    if (part.type === 'checkbox' || part.type === 'radio') part.checked = false;
    else if (part.tagName === 'SELECT') part.selectedIndex = -1;
    else if (part.type !== 'hidden' && part.tagName !== 'BUTTON') part.value = '';
  }
  form.requestSubmit();
}"""


class Hand:
    """Sends forms as a signed-in visitor does, without drawing the pages."""

    def __init__(self, visitor: Visitor) -> None:
        self.request, self.url = visitor.page.request, visitor.portal.url

    def text(self, path: str) -> str:
        """What the page says, as HTML."""
        answer = self.request.get(self.url + path)
        assert answer.ok, (path, answer.status)
        return answer.text()

    def find(self, path: str, pattern: str) -> str:
        """What `pattern` catches on the page."""
        found = re.search(pattern, self.text(path))
        assert found, (path, pattern)
        return found[1]

    def send(self, path: str, form: str = "", **fields: str) -> str:
        """Send the form at `path`, with the token of the page `form` or its own; returns the page that answers."""
        token = self.find(form or path, _TOKEN.pattern)
        answer = self.request.post(self.url + path, form={"csrfmiddlewaretoken": token, **fields})
        assert answer.ok, (path, answer.status, re.findall(r"<li>[^<]*</li>|<li><a href=.#.*", answer.text()))
        return answer.text()

    def answer(self, case: str) -> None:
        """Answer all that the gates ask of the case at this address, as a program of its owner's would."""
        path = f"{self.url}/api/v1{case}answers/"
        match = self.request.get(path).headers["etag"]
        headers = {"If-Match": match, "X-CSRFToken": self.find(f"{case}edit", _TOKEN.pattern)}
        answer = self.request.patch(path, data={"answers": cases.COMPLETE}, headers=headers)
        assert answer.ok, answer.text()

    def upload(self, path: str, content: bytes, **fields: str) -> str:
        """Send a file by the form at `path`; returns the address of the page that answers."""
        file = {"name": "file.csv", "mimeType": "text/csv", "buffer": content}
        sent: dict[str, Any] = {"csrfmiddlewaretoken": self.find(path, _TOKEN.pattern), "file": file, **fields}
        answer = self.request.post(self.url + path, multipart=sent)
        assert answer.ok, (path, answer.status)
        return str(answer.url)


def things(hand: Hand, name: str) -> dict[str, str]:
    """What stands in the places: things of the demonstration, and some that are made here under `name`."""
    unit, team = (hand.find(f"/people/{kind}/", f"/people/{kind}/{_UUID}/") for kind in ("units", "teams"))
    hand.send("/people/new", username=name, display_name=f"Person {name}", password=PASSWORD)
    hand.send(
        "/people/service-accounts/new",
        username=f"svc-{name}",
        display_name="Nightly import",
        team=team,
        responsible="administrator",
    )
    hand.send("/egress/new", scheme="https", host=f"{name}.example.org", purpose="models", note="For the walk.")
    hand.send("/egress/secrets/set", name=name, value="not much of a secret")
    hand.send("/webhooks/new", name=name, kind="signed", address=f"{hand.url}/nowhere", events="use_case.changed")
    report = hand.upload("/use-cases/import", cases.FILE.replace(b"Play", b""), profile="plain")
    key = hand.find("/use-cases/UC-000001/discussion", '/discussions/use_case/([^/"]+)/')
    hand.send(f"/discussions/use_case/{key}/", body="Which invoices are *not* in it?")
    rows = "/use-cases/UC-000001/rows/frameworks"
    version = hand.find(rows, r'name="version" value="(\d+)"')
    hand.send(rows, version=version, framework="ISO/IEC 42001", control=f"A.5.2 {name}", edition="2023")
    return {
        "case": "UC-000001", "section": "law", "part": "frameworks", "row": hand.find(rows, f'{rows}/{_UUID}"'),
        "kind": "use_case", "key": key, "model": "sandbox", "prompt": "invoice-arithmetic",
        "dataset": "invoice-arithmetic", "event": "1", "person": name, "program": f"svc-{name}",
        "unit": unit, "team": team,
        "run": hand.find("/evaluations/", f"/evaluations/{_UUID}/"),
        "review": hand.find("/reviews/", f"/reviews/{_UUID}/"),
        "comment": hand.find(f"/discussions/use_case/{key}/", f"/discussions/comments/{_UUID}/edit"),
        "secret": name, "import": report.rpartition("/")[2],
        "webhook": hand.find("/webhooks/", f"/webhooks/{_UUID}/"),
        "rule": hand.find("/egress/", f"/egress/{_UUID}/remove"),
        "user": hand.find(f"/admin/accounts/user/?q={name}", f"/admin/accounts/user/{_UUID}/change"),
    }  # fmt: skip


def address(name: str, places: dict[str, str]) -> str:
    """The path of a page."""
    path = reverse(name, args=[places[part] for part in {**PAGES, **ADMIN_PAGES}[name].split()])
    return path + QUERIES.get(name, "")


def begin(page: Page, *, title: str, purpose: str) -> None:
    """Say what a case is, and why it is new, on the first page of registering; the second comes next."""
    page.get_by_label("Title").fill(title)
    page.get_by_label("Problem and benefit").fill(purpose)
    # Where scripts run it shows once there is something like it.
    new = page.locator("#id_why_new")
    new.evaluate("(box) => { box.value = 'Another office asks.' }")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Business unit")).to_be_visible()


def finish(page: Page, *, topic: str = "services") -> str:
    """Say whose the case is, on the second page; the case's address."""
    page.get_by_label("Business unit").select_option(index=1)
    page.get_by_label("Topic area", exact=True).select_option(topic)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/record")
    return urlsplit(page.url).path.removesuffix("record")


class Look:
    """A careful look at page after page in one window; each method returns what is wrong."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        # Half a megabyte: sent to the browser once instead of once a page.
        visitor.context.add_init_script(AXE_SCRIPT)

    def at(self, path: str, status: int = 200) -> list[str]:
        """Open a page and look at it."""
        self.visitor.complaints.clear()
        answer = self.visitor.page.goto(self.visitor.portal.url + path)
        assert answer
        assert answer.status == status, (path, answer.status)
        # Chromium calls the status that was asked for an error.
        self.visitor.complaints = [text for text in self.visitor.complaints if f"status of {status} " not in text]
        return self.here()

    def refused(self, form: str = "main form.form", status: int = 422) -> list[str]:
        """Send the page's form with nothing in it, and look at the answer, which must name what is missing."""
        page = self.visitor.page
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            page.locator(form).first.evaluate(_EMPTY_AND_SEND)
        assert sent.value.status == status, (page.url, sent.value.status)
        expect(page.locator(".banner.tone-bad li").first).to_be_attached()
        page.wait_for_load_state()
        return self.here()

    def here(self) -> list[str]:
        """Look at the page as it is: axe in both themes, a narrow window, and what the browser complained about."""
        page = self.visitor.settled()
        found = []
        for theme, only in _THEMES:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {problem}" for problem in page.evaluate(_MEASURE, only)]
        page.set_viewport_size({"width": 320, "height": 640})
        if not fits(page):
            found.append("it scrolls sideways at 320 px")
        page.set_viewport_size({"width": 1440, "height": 900})
        return found + self.visitor.complaints


def fits(page: Page) -> bool:
    """Whether nothing makes the whole page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
