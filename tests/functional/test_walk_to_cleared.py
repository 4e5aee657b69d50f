"""A case goes from an idea to CLEARED on its pages: its owner asks, and people of several lanes answer."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.factories.cases import COMPLETE
from tests.functional import walk
from tests.functional.conftest import Visitor

Visit = Callable[..., Visitor]
PURPOSE = "Parcels wait at the gate until somebody finds out whose they are. A reader of labels says so at once."
RISK = {
    "How likely within a year": "rare", "How bad": "minor", "What is done about it": "accept",
    "What is left then": "low",
}  # fmt: skip
WATCHED = "At which point does which person look, and what can they stop?"
_SECTIONS, _RELOADS = 12, 60


def _fill(question: Locator, value: Any) -> None:
    """Answer one question of the record on its page."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    boxes = [question.locator(f'input[value="{one}"]') for one in (value if isinstance(value, list) else [value])]
    for box in boxes:
        if box.count():
            box.check()
        else:
            question.locator("textarea, input").first.fill(value)


def _answer(owner: Visitor, case: str) -> None:
    """Answer what the next gate asks, section by section, until the record says that nothing is needed now."""
    for _ in range(_SECTIONS):
        needed = owner.open(f"{case}record").locator(".queue li", has_text="Needed now")
        if not needed.count():
            return
        owner.press(needed.first.get_by_role("link").inner_text())
        for question in owner.page.locator(".question").all():
            if answer := COMPLETE.get(str(question.get_attribute("id")).removeprefix("q-")):
                _fill(question, answer["value"])
        owner.press("Save")
        expect(owner.page.locator("#error-summary")).to_have_count(0)
    pytest.fail("The record goes on asking.")


def _add_rows(owner: Visitor, case: str) -> None:
    """Follow what the second gate lacks to the value of the case and its risks, and add one of each."""
    page = owner.open(f"{case}rows/value")
    page.get_by_label("Metric").fill("Parcels an hour")
    page.get_by_label("Where it should go").fill("400")
    page.get_by_label("How it is measured").fill("The counter of the belt.")
    owner.press("Add")
    page = owner.open(f"{case}rows/risks")
    page.get_by_label("What could go wrong").fill("A parcel goes astray.")
    for label, value in RISK.items():
        page.get_by_label(label, exact=True).select_option(value)
    owner.press("Add")


def _evaluate(engineer: Visitor, case: str) -> None:
    """Pin the demonstration's prompt and endpoint, and show that they do: the evidence of the second gate."""
    page = engineer.open(f"{case}edit")
    page.get_by_label("Pinned prompt").select_option(label="Invoice arithmetic v1")
    page.get_by_label("Pinned model endpoint").select_option(label="Sandbox calculator")
    engineer.press("Save")
    engineer.open(f"{case}evaluations")
    engineer.press("Start an evaluation")
    page.get_by_label("Prompt", exact=True).select_option(label="Invoice arithmetic v1")
    page.get_by_label("Model endpoint").select_option(label="Sandbox calculator")
    page.get_by_label("Dataset").select_option(label="Invoice arithmetic v1")
    page.locator('input[name="scorers"][value="numeric"]').check()
    page.get_by_label("Scorer that decides").select_option("numeric")
    page.get_by_label("Threshold").fill("0.6")
    engineer.press("Start")
    for _ in range(_RELOADS):
        if page.locator("#progress .badge", has_text="Passed").count():
            return
        page.reload()
    pytest.fail("The evaluation does not end.")


def _decide(reviewer: Visitor, title: str, outcome: str, reason: str, *fields: str) -> None:
    """Find the review among what waits for this person, and decide on its page."""
    page = reviewer.open("/my-work")
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile(f"^UC.*{title}")).first.click()
    form = page.locator("section[aria-labelledby=decide]")
    form.get_by_label(outcome, exact=True).check()
    form.get_by_label("Reason").fill(reason)
    if fields:
        form.get_by_text("Fields that must change").first.click()
    for field in fields:
        form.get_by_label(field, exact=True).check()
    with page.expect_navigation():
        form.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Your decision is recorded.")).to_be_visible()


def _standing(visitor: Visitor, case: str) -> Locator:
    """What the case's page says of its standing."""
    return visitor.open(case).locator(".kind .badge").first


def _brought_to_play(owner: Visitor, steward: Visitor, engineer: Visitor, title: str) -> str:
    """A case that was registered by the guided intake, cleared for trying out, and evaluated; its address."""
    walk.begin(owner.open("/use-cases/register"), title=title, purpose=PURPOSE)
    # So that the team's engineer works on it, too.
    owner.page.get_by_label(re.compile(r"^\s*Team\b")).select_option(label="Invoice automation")
    case = walk.finish(owner.page, topic="internal")
    _answer(owner, case)
    owner.open(case)
    owner.press("Submit for gate G1")
    _decide(steward, title, "Approve", "A plain problem, worth a try.")
    expect(_standing(owner, case)).to_have_text("Cleared at G1")
    owner.press("Move to Play")
    _evaluate(engineer, case)
    _answer(owner, case)
    _add_rows(owner, case)
    return case


def test_a_case_is_changed_as_one_lane_asks_and_is_cleared_by_that_lane_and_another(visit: Visit) -> None:
    owner, architect = visit().sign_in("business-owner"), visit().sign_in("reviewer")
    security, privacy = visit().sign_in("security-reviewer"), visit().sign_in("privacy-reviewer")
    engineer = visit().sign_in("ai-engineer")
    title = f"Read the labels of parcels {uuid4().hex[:6]}"
    case = _brought_to_play(owner, architect, engineer, title)

    owner.open(case)
    owner.press("Submit for gate G2")
    expect(_standing(owner, case)).to_have_text("In review")
    _decide(privacy, title, "Approve", "No label leaves the house.")
    _decide(security, title, "Request changes", "Who stops it at night?", "Human oversight")

    expect(_standing(owner, case)).to_have_text("Changes requested")
    asked = owner.page.locator(".banner", has_text="Changes are requested")
    expect(asked).to_contain_text("Who stops it at night?")
    with owner.page.expect_navigation():
        asked.get_by_role("link", name="Human oversight").click()
    owner.page.get_by_label(WATCHED).fill("A clerk sees each parcel; at night the gate stays shut.")
    owner.press("Save")
    owner.open(case)
    owner.press("Submit for gate G2")

    # Privacy watches nothing that changed: it is not asked again, and the page says which review it decided in.
    expect(_standing(owner, case)).to_have_text("In review")
    again, before = owner.page.locator("article.review", has_text="Gate G2").all()
    carried = again.get_by_role("listitem").filter(has_text="Privacy")
    expect(carried).to_contain_text("Nothing that it watches has changed since that review.")
    older = before.get_by_role("link", name="Gate G2").get_attribute("href")
    assert carried.get_by_role("link", name="that review").get_attribute("href") == older

    _decide(security, title, "Approve", "The gate stays shut.")
    page = security.open(urlsplit(security.page.url).path + "changes")
    changed = page.locator(".field-diff", has_text="watched by this lane")
    expect(changed).to_contain_text("at night the gate stays shut")
    expect(_standing(owner, case)).to_have_text("In review")
    _decide(architect, title, "Approve", "What it rests on is pinned and evaluated.")

    for visitor in (owner, security, architect):
        expect(_standing(visitor, case)).to_have_text("Cleared at G2")
    expect(owner.open(case).get_by_role("button", name="Move to Develop")).to_be_enabled()
    for visitor in (owner, architect, security, privacy, engineer):
        assert not visitor.complaints, visitor.complaints
