"""What a case pins shows to whoever may see it, and a case is not shown to teams that may not."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, User
from apps.core.errors import InvalidError
from apps.prompts import selectors as prompts
from apps.reviews.models import ReviewRequest
from apps.usecases import selectors
from apps.usecases import services as usecases
from apps.usecases.models import Stage, UseCase
from tests.factories import cases
from tests.factories.people import person, team, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db
HIDDEN = ["prompt_version", "endpoint"]


@pytest.fixture
def ours() -> Team:
    """The team that alone may see the pins."""
    return team("Ours", within=unit("Retail"))


@pytest.fixture
def theirs() -> Team:
    """Another team."""
    return team("Theirs")


def restrict(kind: str, thing: Any, to: Team, audience: Audience = Audience.TEAM) -> None:
    """Show a thing to one team, or to everyone, from now on."""
    accounts.assign(kind=kind, thing=thing, team=to, audience=audience, by=person(Role.ADMINISTRATOR))
    thing.refresh_from_db()


def pinned_for(ours: Team, **fields: Any) -> UseCase:
    """A case that pins what only a team may see since."""
    case = cases.pinned(cases.case(**fields))
    assert case.prompt_version
    assert case.endpoint
    restrict("prompt", case.prompt_version.prompt, ours)
    restrict("endpoint", case.endpoint, ours)
    return case


def names(case: UseCase) -> tuple[str, str]:
    """What the pins are called."""
    assert case.prompt_version
    assert case.endpoint
    return case.prompt_version.prompt.name, case.endpoint.name


def page(who: User, path: str) -> str:
    """A page as somebody sees it."""
    client = Client()
    client.force_login(who)
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_pin_that_was_restricted_afterwards_is_named_to_its_team_alone(ours: Team) -> None:
    case = pinned_for(ours)
    member, stranger = person(Role.AI_ENGINEER, team=ours), person(Role.AI_ENGINEER)
    assert case.prompt_version
    assert case.endpoint
    seen, unseen = (Caller(who).get(f"use-cases/{case.ref}/") for who in (member, stranger))
    assert [seen[name] for name in (*HIDDEN, "hidden_pins")] == [case.prompt_version.ref, case.endpoint.slug, []]
    assert [unseen[name] for name in (*HIDDEN, "hidden_pins")] == [None, None, HIDDEN]
    assert all(name in page(member, f"/use-cases/{case.ref}/") for name in names(case))
    for part in ("", "edit", "evidence", "evaluations", "history"):
        shown = page(stranger, f"/use-cases/{case.ref}/{part}")
        assert not any(name in shown for name in names(case)), part
    shown = page(stranger, f"/use-cases/{case.ref}/")
    assert "A prompt you may not see" in shown
    assert "An endpoint you may not see" in shown


def test_a_case_without_pins_hides_none() -> None:
    found = Caller(person()).get(f"use-cases/{cases.case().ref}/")
    assert [found[name] for name in (*HIDDEN, "hidden_pins")] == [None, None, []]


def submitted_for(ours: Team) -> ReviewRequest:
    """The review of a case at its second gate, whose pins are restricted meanwhile."""
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    request = cases.submitted(case)
    assert case.prompt_version
    assert case.endpoint
    restrict("prompt", case.prompt_version.prompt, ours)
    restrict("endpoint", case.endpoint, ours)
    return request


def test_a_frozen_revision_names_a_pin_to_whoever_may_see_it(ours: Team) -> None:
    request = submitted_for(ours)
    frozen = {entry["field"]: entry["value"] for entry in request.revision}
    member, stranger = person(Role.AI_ENGINEER, team=ours), person()
    for who, words in ((member, (frozen["Prompt"], frozen["Endpoint"])), (stranger, tuple(selectors.UNSEEN.values()))):
        told = {row["field"]: row["value"] for row in Caller(who).get(f"reviews/{request.pk}/")["revision"]}
        assert (told["Prompt"], told["Endpoint"]) == words
        assert told["Title"] == frozen["Title"]
        shown = page(who, f"/reviews/{request.pk}/")
        assert (frozen["Prompt"] in shown) == (who is member)
        assert (frozen["Endpoint"] in shown) == (who is member)
    request.refresh_from_db()
    assert {entry["field"]: entry["value"] for entry in request.revision} == frozen


def test_changes_between_reviews_and_the_review_desk_name_no_hidden_pin(ours: Team) -> None:
    first = submitted_for(ours)
    case = UseCase.objects.get(pk=first.subject_id)
    usecases.edit(use_case=case, version=case.version, by=case.owner, title="Sort and pay incoming invoices")
    second = cases.submitted(UseCase.objects.get(pk=case.pk))
    reader = person(Role.ARCHITECT, staff=True, unit=unit("Risk"))
    for path in (f"/reviews/{second.pk}/changes", f"/admin/reviews/reviewrequest/{second.pk}/change/"):
        shown = page(reader, path)
        assert "pay incoming invoices" in shown
        assert not any(name in shown for name in names(case)), path


def test_an_edit_by_somebody_who_cannot_see_a_pin_keeps_it(ours: Team) -> None:
    case = pinned_for(ours)
    client = Client()
    client.force_login(case.owner)
    path = f"/use-cases/{case.ref}/edit"
    assert "A prompt you may not see" in page(case.owner, path)
    fields = {
        "title": "Sort letters", "purpose": case.purpose, "owner": case.owner_id, "topic_area": case.topic_area,
        "business_unit": case.business_unit_id, "version": case.version,
    }  # fmt: skip
    assert client.post(path, fields).status_code == 302
    kept = UseCase.objects.get(pk=case.pk)
    assert (kept.title, kept.prompt_version_id, kept.endpoint_id) == (
        "Sort letters", case.prompt_version_id, case.endpoint_id,
    )  # fmt: skip
    other = cases.pinned(cases.case())
    chosen = {**fields, "version": kept.version, "prompt_version": other.prompt_version_id}
    assert client.post(path, chosen).status_code == 302
    assert UseCase.objects.get(pk=case.pk).prompt_version_id == other.prompt_version_id
    Caller(case.owner)("PATCH", f"use-cases/{case.ref}/", {"endpoint": None})
    assert UseCase.objects.get(pk=case.pk).endpoint_id is None


def test_a_case_is_not_given_to_everyone_while_its_pins_are_not(ours: Team) -> None:
    case = pinned_for(ours)
    restrict("use_case", case, ours)
    everyone: dict[str, Any] = {"kind": "use_case", "thing": case, "team": ours, "audience": Audience.ORGANISATION}
    with pytest.raises(InvalidError, match="a pinned prompt version and a pinned model endpoint that these people"):
        accounts.assign(by=case.owner, **everyone)
    with pytest.raises(InvalidError, match="Let them see that first"):
        accounts.arrange(by=case.owner, shares={}, **everyone)
    body = {"team": "Ours", "audience": "organisation", "shares": []}
    path = f"shares/use_case/{case.pk}/"
    assert "Let them see that first" in Caller(case.owner)("PUT", path, body, 422)["detail"]
    case.refresh_from_db()
    assert case.audience == Audience.TEAM
    assert case.prompt_version
    assert case.endpoint
    restrict("prompt", case.prompt_version.prompt, ours, Audience.ORGANISATION)
    restrict("endpoint", case.endpoint, ours, Audience.ORGANISATION)
    accounts.assign(by=case.owner, **everyone)
    case.refresh_from_db()
    assert case.audience == Audience.ORGANISATION


def test_a_restricted_case_is_shared_with_who_may_see_its_pins(ours: Team, theirs: Team) -> None:
    case = pinned_for(ours)
    restrict("use_case", case, ours)
    share: dict[str, Any] = {"kind": "use_case", "thing": case, "team": theirs, "level": access.READ, "by": case.owner}
    with pytest.raises(InvalidError, match="Let them see that first"):
        accounts.share(**share)
    with pytest.raises(InvalidError, match="Let them see that first"):
        accounts.assign(kind="use_case", thing=case, team=theirs, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    assert access.shares_of(case) == []
    member = person(Role.AI_ENGINEER, team=ours)
    assert case.prompt_version
    assert case.endpoint
    for kind, thing in (("prompt", case.prompt_version.prompt), ("endpoint", case.endpoint)):
        accounts.share(kind=kind, thing=thing, team=theirs, level=access.READ, by=member)
    accounts.share(**share)
    assert access.shares_of(case) == [(theirs, access.READ)]


def test_a_case_may_be_restricted_further_and_shares_taken_back_whatever_it_pins(ours: Team, theirs: Team) -> None:
    case = pinned_for(ours)
    restrict("use_case", case, theirs)
    assert case.audience == Audience.TEAM
    accounts.unshare(kind="use_case", thing=case, team=ours, by=case.owner)


def test_a_restricted_case_pins_what_its_teams_may_see(ours: Team, theirs: Team) -> None:
    pins = pinned_for(ours)
    case = cases.case()
    restrict("use_case", case, theirs)
    edit: dict[str, Any] = {"use_case": case, "version": case.version, "prompt_version": pins.prompt_version}
    with pytest.raises(InvalidError) as refused:
        usecases.edit(by=case.owner, **edit)
    assert refused.value.fields.keys() == {"prompt_version"}
    assert pins.prompt_version
    member = person(Role.AI_ENGINEER, team=ours)
    accounts.share(kind="prompt", thing=pins.prompt_version.prompt, team=theirs, level=access.READ, by=member)
    assert usecases.edit(by=case.owner, **edit).prompt_version == pins.prompt_version


def test_what_is_pinned_already_stands_in_the_way_of_no_other_edit(ours: Team) -> None:
    case = pinned_for(ours)
    assert (
        usecases.edit(use_case=case, version=case.version, by=case.owner, title="Sort letters").title == "Sort letters"
    )
    assert case.prompt_version not in prompts.versions(viewer=case.owner)
