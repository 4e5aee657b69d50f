"""Registering a case step by step: drafts, what is like it, and joining that instead."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.notifications.models import Notification
from apps.outbox import services as outbox
from apps.portal.reactions import REACTIONS
from apps.search import services as search
from apps.usecases import selectors, services
from apps.usecases.models import IntakeDraft, UseCase
from tests.factories import cases
from tests.factories.people import person, unit
from tests.integration.case_pages import HTMX, owner, page, send

__all__ = ["owner"]
pytestmark = pytest.mark.django_db
IDEA = {"title": "Answer letters about parking permits", "purpose": "People wait a week for an answer in the rules."}


def rest(owner: User) -> dict[str, str]:
    """What the second step asks."""
    unit_key = str(unit().pk)
    return {"owner": str(owner.pk), "business_unit": unit_key, "topic_area": "services", "audience": "organisation"}


def test_a_case_is_registered_in_two_steps_and_the_draft_goes(client: Client, owner: User) -> None:
    at = reverse("usecases:register")
    first = client.get(at).content.decode()
    assert "Step 1 of 2" in first
    assert 'name="owner"' not in first
    assert client.post(at, {**IDEA, "step": "idea"})["Location"] == f"{at}?step=owner"
    assert IntakeDraft.objects.get(person=owner).values["title"] == IDEA["title"]
    second = client.get(f"{at}?step=owner").content.decode()
    assert "Step 2 of 2" in second
    assert f'type="hidden" name="title" value="{IDEA["title"]}"' in second
    more = rest(owner)
    answer = client.post(at, {**IDEA, **more, "step": "owner"})
    case = UseCase.objects.get()
    assert answer["Location"] == f"/use-cases/{case.ref}/record"
    assert (case.title, case.owner) == (IDEA["title"], owner)
    assert not IntakeDraft.objects.exists()


def test_the_second_step_is_not_reached_before_the_first(client: Client, owner: User) -> None:
    assert "Step 1 of 2" in client.get(reverse("usecases:register"), {"step": "owner"}).content.decode()


def test_what_is_missing_is_named_step_by_step(client: Client, owner: User) -> None:
    at = reverse("usecases:register")
    first = client.post(at, {"title": IDEA["title"], "step": "idea"})
    assert first.status_code == 422
    assert 'href="#id_purpose"' in first.content.decode()
    second = client.post(at, {**IDEA, "step": "owner"}).content.decode()
    assert 'href="#id_owner"' in second
    assert 'href="#id_purpose"' not in second
    carried = client.post(at, {"title": " ", "step": "owner"}).content.decode()
    assert '<input type="text" name="title"' in carried


def test_a_draft_is_kept_as_it_is_typed_and_can_be_discarded(client: Client, owner: User) -> None:
    at = reverse("usecases:save_draft")
    told = client.post(at, {"title": "Half a thou\x00ght", "csrf": "no", "owner": "x"}, headers=HTMX).content.decode()
    draft = IntakeDraft.objects.get()
    assert told.strip().endswith(f"Draft saved {draft.saved_at:%H:%M} UTC")
    assert draft.values == {"title": "Half a thou\ufffdght", "owner": "x"}
    client.post(at, {"purpose": "Some"}, headers=HTMX)
    assert "Half a thou" in client.get(reverse("usecases:register")).content.decode()
    assert client.post(at, {"purpose": "More"})["Location"] == reverse("my_work")
    assert IntakeDraft.objects.get().values["purpose"] == "More"
    client.post(reverse("usecases:discard_draft"))
    assert not IntakeDraft.objects.exists()


def test_a_draft_is_the_persons_alone_and_goes_with_them(client: Client, owner: User) -> None:
    other = person()
    services.save_draft(values={"title": "A secret idea"}, by=other)
    assert "secret" not in client.get(reverse("usecases:register")).content.decode()
    accounts.erase_person(user=other, by=None)
    assert not IntakeDraft.objects.exists()


def test_a_draft_that_is_too_long_or_a_programs_is_refused(client: Client, owner: User) -> None:
    assert client.post(reverse("usecases:save_draft"), {"purpose": "x" * 40_001}, headers=HTMX).status_code == 422
    assert not IntakeDraft.objects.exists()


def test_a_case_like_another_says_why_it_is_new(client: Client, owner: User) -> None:
    other = cases.case(title=IDEA["title"], purpose=IDEA["purpose"])
    search.index(kind="use_case", id=str(other.pk))
    at = reverse("usecases:register")
    refused = client.post(at, {**IDEA, "step": "idea"})
    told = refused.content.decode()
    assert refused.status_code == 422
    assert other.ref in told
    assert reverse("usecases:join", args=[other.ref]) in told
    why = {**IDEA, "why_new": "Ours is for residents."}
    assert client.post(at, {**why, "step": "idea"}).status_code == 302
    more = rest(owner)
    assert client.post(at, {**IDEA, **more}).status_code == 422
    assert client.post(at, {**why, **more}).status_code == 302
    case = UseCase.objects.first()
    assert case
    assert {"field": "Why new", "value": "Ours is for residents."} in selectors.revision(case)
    assert "Ours is for residents." in page(client, case, "detail")


def test_however_much_is_typed_what_is_like_it_is_found(client: Client, owner: User) -> None:
    other = cases.case(title=IDEA["title"], purpose=IDEA["purpose"])
    search.index(kind="use_case", id=str(other.pk))
    told = client.post(reverse("usecases:similar"), {**IDEA, "purpose": IDEA["purpose"] + " " * 9_000}, headers=HTMX)
    assert other.ref in told.content.decode()
    assert client.get(reverse("usecases:similar"), IDEA).content == told.content


def test_a_case_of_which_nobody_asked_why_freezes_nothing_about_it() -> None:
    assert "Why new" not in [entry["field"] for entry in selectors.revision(cases.case())]


def test_asking_to_join_tells_the_owner_once_a_day(client: Client, owner: User) -> None:
    case = cases.case()
    for _ in range(2):
        send(client, case, "join", words="I know the rules.")
    outbox.drain(REACTIONS)
    told = Notification.objects.get(person=case.owner, event="use_case.join_asked")
    assert told.title == f"{owner} asks to join {case}: I know the rules."
    assert told.url == reverse("usecases:rows", args=[case.ref, "contributors"])


def test_who_has_a_part_in_a_case_cannot_ask_to_join_it(client: Client, owner: User) -> None:
    case = cases.case(by=owner)
    assert "You have a part in" in send(client, case, "join", words="I know them.", status=422)
    assert "at most 300 characters" in send(client, cases.case(), "join", words="x" * 301, status=422)
