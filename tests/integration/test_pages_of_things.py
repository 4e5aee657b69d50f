"""The pages of things: each tab at an address of its own, one primary verb, and what a barred one lacks."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.prompts import services as prompts
from apps.reviews.models import Outcome
from apps.usecases import services as usecases
from apps.usecases.models import Stage
from tests.factories import cases, shelves
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Somebody who owns cases."""
    return person(Role.BUSINESS_OWNER)


def opened(client: Client, path: str, **headers: Any) -> str:
    """The page at `path`, which must be there."""
    response = client.get(path, headers=headers)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def test_every_tab_of_a_case_has_its_address_and_marks_itself(client: Client, owner: User) -> None:
    client.force_login(owner)
    case = cases.case(by=owner)
    for part in ("", "evidence", "evaluations", "discussion", "history"):
        path = f"/use-cases/{case.ref}/{part}"
        page = opened(client, path)
        assert f'href="{path}" aria-current="page"' in page
        assert f"<h1>{case.title}</h1>" in page


def test_a_barred_submission_says_what_it_needs(client: Client, owner: User) -> None:
    client.force_login(owner)
    case = cases.case(by=owner, stage=Stage.PLAY)
    page = opened(client, f"/use-cases/{case.ref}/")
    assert "disabled" in page.split("Submit for gate G2")[0][-120:]
    assert "a pinned prompt version" in page.split("<strong>Needs:</strong>")[1].split("</p>")[0]


def test_a_case_ready_for_its_gate_offers_one_primary_verb(client: Client, owner: User) -> None:
    client.force_login(owner)
    case = cases.case(by=owner)
    page = opened(client, f"/use-cases/{case.ref}/")
    assert page.count("button primary") == 1
    assert "Submit for gate G1" in page


def test_history_tells_changes_and_reviews_and_can_be_narrowed(client: Client, owner: User) -> None:
    client.force_login(owner)
    case = cases.case(by=owner)
    cases.submitted(case)
    everything = opened(client, f"/use-cases/{case.ref}/history")
    assert "Use case registered" in everything
    assert "Review requested" in everything
    narrowed = opened(client, f"/use-cases/{case.ref}/history?only=reviews")
    assert "Review requested" in narrowed
    assert "Use case registered" not in narrowed
    assert "Use case registered" in opened(client, f"/use-cases/{case.ref}/history?only=nonsense")


def test_two_versions_of_a_prompt_are_compared_word_by_word(client: Client) -> None:
    engineer = person(Role.AI_ENGINEER)
    first = shelves.prompt("Answer {{question}} at length.")
    prompts.add_version(prompt=first.prompt, system="", user="Answer {{question}} briefly.", note="", by=engineer)
    client.force_login(engineer)
    slug = first.prompt.slug
    page = opened(client, f"/prompts/{slug}/compare")
    assert "<del>at length</del>" in page
    assert "<ins>briefly</ins>" in page
    same = opened(client, f"/prompts/{slug}/compare?old=1&new=1")
    assert "<ins>" not in same
    opened(client, f"/prompts/{slug}/compare?old=9&new=zebra")


def test_a_review_shows_what_changed_since_the_one_before(client: Client, owner: User) -> None:
    case = cases.case(by=owner)
    first = cases.decided(cases.submitted(case), Outcome.REQUEST_CHANGES)
    case.refresh_from_db()
    changed = usecases.edit(use_case=case, version=case.version, by=owner, title="Sort incoming invoices quickly")
    second = cases.submitted(changed)
    client.force_login(owner)
    assert "This is the first review" in opened(client, f"/reviews/{first.pk}/changes")
    page = opened(client, f"/reviews/{second.pk}/changes")
    assert "<ins> quickly</ins>" in page
    assert "Problem and benefit" not in page.split('class="field-diff"', 1)[1].split("</section>")[0]


@pytest.mark.parametrize("part", ["", "evaluations", "discussion", "history"])
def test_every_tab_of_models_and_datasets_opens(client: Client, owner: User, part: str) -> None:
    client.force_login(owner)
    endpoint = shelves.recorded_endpoint([({"question": "1"}, "1")])
    data = shelves.dataset()
    opened(client, f"/models/{endpoint.slug}/{part}")
    opened(client, f"/datasets/{data.dataset.slug}/{part}")


def test_what_somebody_may_not_see_is_missing_on_every_tab(client: Client, owner: User) -> None:
    client.force_login(owner)
    for part in ("", "evidence", "evaluations", "discussion", "history"):
        assert client.get(f"/use-cases/UC-999999/{part}").status_code == 404
    for part in ("", "compare", "discussion", "history"):
        assert client.get(f"/prompts/none/{part}").status_code == 404
