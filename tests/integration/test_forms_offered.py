"""Forms of cases and reviews: shown to whoever may use them, in words that fit, and what was written stays."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.reviews import services as reviews
from apps.reviews.models import Outcome, ReviewRequest
from tests.factories import cases
from tests.factories.people import person
from tests.integration.case_pages import now, owner, page, send

__all__ = ["owner"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("at", ["raise_tier", "lower_tier", "decline_tier", "decide_stage", "break_glass"])
def test_a_form_is_not_shown_to_who_may_not_use_it(client: Client, owner: User, at: str) -> None:
    page(client, cases.case(by=owner), at, status=403)


def test_the_stage_is_asked_of_nobody_where_no_import_left_it_open(client: Client) -> None:
    client.force_login(person(Role.STEWARD))
    assert "No import asks for the stage" in page(client, cases.case(), "decide_stage", status=409)
    assert "Decide the stage" in page(client, cases.stageless(), "decide_stage")


def test_raising_the_tier_says_what_it_does_to_the_review_and_why_that_ended(client: Client) -> None:
    case, steward = cases.weighed(cases.case()), person(Role.STEWARD)
    client.force_login(steward)
    assert "is voided" not in page(client, case, "raise_tier")
    request = cases.submitted(now(case))
    assert "The review that is under way is voided by it" in page(client, case, "raise_tier")
    send(client, case, "raise_tier", to="HIGH", reason="It is close to people.")
    request.refresh_from_db()
    assert request.closed_reason.startswith(f"It was raised to tier High by {steward} after it was submitted")


def handed_in() -> tuple[Any, User]:
    """A condition that was handed in, and who verifies it."""
    verifier, request = person(), cases.submitted(cases.case())
    asked = cases.condition(verifier=verifier)
    reviews.decide(
        request_id=request.pk, lane="steward", outcome=Outcome.APPROVE_WITH_CONDITIONS, reason="Train them.",
        content_hash=request.content_hash, by=cases.decider("steward"), conditions=[asked],
    )  # fmt: skip
    condition = request.decisions.get().conditions.get()
    return reviews.meet_condition(condition_id=condition.pk, evidence="Trained.", by=asked.owner), verifier


def test_a_verdict_that_comes_too_late_says_so_and_keeps_its_words(client: Client) -> None:
    condition, verifier = handed_in()
    client.force_login(verifier)
    url = reverse("reviews:condition", args=[condition.pk])
    assert client.post(url, {"accepted": "yes", "reason": ""}).status_code == 302
    late = client.post(url, {"accepted": "no", "reason": "Two are missing."})
    told = late.content.decode()
    assert late.status_code == 422
    assert "There is nothing to verify: the condition is verified" in told
    assert "Two are missing." in told
    client.force_login(person())
    assert client.post(url, {"accepted": "yes", "reason": ""}).status_code == 403


def decision(request: ReviewRequest, **change: str) -> dict[str, str]:
    """What the page of the review sends."""
    return {
        "lane": "steward", "outcome": "approve", "reason": "Read.", "seen_hash": request.content_hash,
        "appeal": "Write to the board.", **change,
    }  # fmt: skip


def test_what_nobody_changes_is_not_asked_for(client: Client) -> None:
    request = cases.submitted(cases.case())
    client.force_login(cases.decider("steward"))
    url = reverse("reviews:detail", args=[request.pk])
    shown = client.get(url).content.decode()
    assert 'value="Title"' in shown
    assert 'value="Reference"' not in shown
    asked = decision(request, outcome="request_changes", changes="Reference")
    assert client.post(reverse("reviews:decide", args=[request.pk]), asked).status_code == 422


def test_a_condition_beside_a_plain_approval_is_asked_about(client: Client) -> None:
    request = cases.submitted(cases.case())
    client.force_login(cases.decider("steward"))
    answer = client.post(reverse("reviews:decide", args=[request.pk]), decision(request, text_1="Train the clerks."))
    told = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose to approve with conditions, or empty what you wrote" in told
    assert "Train the clerks." in told
    assert "A condition needs this" not in told


def test_conditions_are_reached_from_every_page(client: Client, owner: User) -> None:
    assert f'href="{reverse("reviews:conditions")}"' in client.get("/").content.decode()


def test_an_import_names_the_units_that_it_makes(client: Client) -> None:
    client.force_login(person(Role.STEWARD))
    line = b"Sort post,By hand it is slow.,Nowhere,Internal operations,Play\n"
    file = SimpleUploadedFile("cases.csv", cases.FILE.splitlines(keepends=True)[0] + line)
    report = client.post(reverse("usecases:import"), {"file": file, "profile": "plain"})["Location"]
    told = client.get(report).content.decode()
    assert "It makes new business units" in told
    assert "Nowhere. Where a name is mistyped" in told
    assert "Import 1 row<" in told


def test_nobody_is_offered_to_stand_in_for_themselves(client: Client) -> None:
    steward = person(Role.STEWARD)
    client.force_login(steward)
    shown = client.get(reverse("reviews:delegations")).content.decode()
    assert f'value="{steward.pk}"' not in shown
    assert f'value="{timezone.now():%Y-%m-%d}"' in shown


def test_who_has_a_part_reads_why_they_cannot_join_beside_their_words(client: Client, owner: User) -> None:
    told = send(client, cases.case(by=owner), "join", words="I know the rules.", status=422)
    assert "You have a part in" in told
    assert "I know the rules." in told
