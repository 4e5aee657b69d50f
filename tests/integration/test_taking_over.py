"""Who may say whose a thing is: neither a share, nor a role elsewhere, nor a program takes anything over."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import access, selectors, services
from apps.accounts.forms import OwnerForm, ShareForm
from apps.accounts.models import Audience, Role, Team, User
from apps.core.errors import InvalidError
from apps.reviews import selectors as reviews
from apps.reviews.models import Decision, RequestState
from apps.usecases import services as usecases
from apps.usecases.models import UseCase
from tests.factories import cases, shelves
from tests.factories.people import person, team, unit
from tests.integration.calls import Caller
from tests.integration.test_visibility import MADE

pytestmark = pytest.mark.django_db
MINE: dict[str, Any] = {"team": "Payments", "audience": "team", "shares": []}


@pytest.fixture
def ours() -> Team:
    """The team that things belong to, of the unit Retail."""
    return team("Letters", within=unit("Retail"))


@pytest.fixture
def theirs() -> Team:
    """Another team, of the unit Risk."""
    return team("Payments", within=unit("Risk"))


def made(kind: str, owner: Team | None, audience: Audience = Audience.ORGANISATION) -> Any:
    """A thing of this kind that `owner` answers for."""
    thing = MADE[kind]()
    services.assign(kind=kind, thing=thing, team=owner, audience=audience, by=person(Role.ADMINISTRATOR))
    thing.refresh_from_db()
    return thing


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("level", [access.READ, access.CHANGE])
def test_whom_it_is_shared_with_does_not_take_it_over(kind: str, level: str, ours: Team, theirs: Team) -> None:
    thing = made(kind, ours, Audience.TEAM)
    services.share(kind=kind, thing=thing, team=theirs, level=level, by=person(Role.ADMINISTRATOR))
    caller = Caller(person(Role.ADMINISTRATOR, Role.ARCHITECT, team=theirs))
    assert caller("PUT", f"shares/{kind}/{thing.pk}/", MINE, 403)["code"] == "not-allowed"
    thing.refresh_from_db()
    assert (thing.team, access.shares_of(thing)) == (ours, [(theirs, level)])


@pytest.mark.parametrize("kind", MADE)
def test_what_is_the_organisations_stays_so_unless_its_administrators_give_it_away(kind: str, theirs: Team) -> None:
    thing = made(kind, None)
    for place in ({"team": theirs}, {"unit": theirs.unit}):
        Caller(person(Role.ADMINISTRATOR, **place))("PUT", f"shares/{kind}/{thing.pk}/", MINE, 403)
    assert Caller(person(Role.ADMINISTRATOR))("PUT", f"shares/{kind}/{thing.pk}/", MINE)["team"] == "Payments"


@pytest.mark.parametrize("kind", MADE)
def test_administrators_of_its_team_and_unit_say_whose_it_is(kind: str, ours: Team) -> None:
    thing = made(kind, ours)
    said = {"team": "Letters", "audience": "organisation", "shares": []}
    for place in ({"team": ours}, {"unit": ours.unit}):
        assert Caller(person(Role.ADMINISTRATOR, **place))("PUT", f"shares/{kind}/{thing.pk}/", said)


def test_a_case_without_a_team_is_given_away_by_who_administers_its_unit(ours: Team) -> None:
    case = cases.case(business_unit=ours.unit)
    said = {"team": "Letters", "audience": "team", "shares": []}
    Caller(person(Role.ADMINISTRATOR, team=ours))("PUT", f"shares/use_case/{case.pk}/", said, 403)
    Caller(person(Role.ADMINISTRATOR, unit=ours.unit))("PUT", f"shares/use_case/{case.pk}/", said)


def test_a_thing_is_given_to_teams_that_one_belongs_to_or_administers(ours: Team, theirs: Team) -> None:
    retail, everywhere = person(Role.ADMINISTRATOR, unit=ours.unit), person(Role.ADMINISTRATOR)
    member, auditor, root = person(Role.AUDITOR, team=ours), person(Role.AUDITOR), person()
    services.change_user(user=root, by=None, is_superuser=True)
    expected = {retail: {ours}, everywhere: {ours, theirs}, member: {ours}, auditor: set(), root: set()}
    for who, teams in expected.items():
        assert set(selectors.receiving_teams(viewer=who)) == teams
        assert set(OwnerForm(viewer=who, now=None).fields["team"].queryset) == teams  # type: ignore[attr-defined]
        for given in {ours, theirs} - teams:
            with pytest.raises(InvalidError, match="not saved"):
                services.check_owner(team=given, audience=Audience.TEAM, by=who)
    services.close_team(team=ours, by=None)
    with pytest.raises(InvalidError):
        services.check_owner(team=ours, audience=Audience.TEAM, by=everywhere)


def test_any_open_team_may_be_named_to_share_with_and_its_page_stays_hidden(ours: Team, theirs: Team) -> None:
    member = person(Role.AI_ENGINEER, team=ours)
    assert theirs in ShareForm(viewer=member).fields["team"].queryset  # type: ignore[attr-defined]
    assert theirs not in Team.objects.visible_to(member)
    services.close_team(team=theirs, by=None)
    assert theirs not in selectors.nameable_teams(viewer=member)
    services.deactivate(user=member, by=None)
    assert not selectors.nameable_teams(viewer=User.objects.get(pk=member.pk)).exists()


@pytest.fixture
def owned(ours: Team) -> UseCase:
    """A case under review of somebody who administers its team."""
    owner = person(Role.ADMINISTRATOR, Role.BUSINESS_OWNER, team=ours)
    case = cases.case(by=owner, business_unit=ours.unit)
    cases.submitted(case)
    return case


def test_a_program_decides_nothing_whatever_its_roles(owned: UseCase, ours: Team) -> None:
    owner = owned.owner
    robot = services.add_service_account(
        username="robot", display_name="", responsible=owner, team=ours, by=User.objects.get(pk=owner.pk)
    )
    for role in (Role.STEWARD, Role.ARCHITECT):
        services.grant(user=robot, role=role, team=ours, by=owner)
    _, text = services.issue_token(owner=robot, name="x", scopes=["all:read", "all:write"], by=owner)
    request = reviews.requests(viewer=owner).get()
    headers = {"Authorization": f"Bearer {text}"}
    path = f"/api/v1/reviews/{request.pk}/"
    client = Client()
    said = {"lane": "steward", "outcome": "approve", "reason": "Fine.", "content_hash": request.content_hash}
    etag = client.get(path, headers=headers)["ETag"]
    answer = client.post(f"{path}decide/", said, "application/json", headers={**headers, "If-Match": etag})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert "a person does" in answer.json()["detail"]
    assert client.get("/api/v1/me/", headers=headers).json()["lanes"] == []
    assert not reviews.waiting_for(robot).exists()
    assert not reviews.holds(robot, request, "steward")
    assert not Decision.objects.exists()
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW
    assert reviews.holds(person(Role.STEWARD, team=ours), request, "steward")


def test_whoever_answers_for_a_program_does_not_decide_on_what_it_edited(ours: Team) -> None:
    answering, steward = person(Role.ADMINISTRATOR, Role.STEWARD, team=ours), person(Role.STEWARD, team=ours)
    robot = services.add_service_account(
        username="robot", display_name="", responsible=answering, team=ours, by=User.objects.get(pk=answering.pk)
    )
    services.grant(user=robot, role=Role.AI_ENGINEER, team=ours, by=answering)
    case = cases.case(by=person(Role.BUSINESS_OWNER, team=ours), business_unit=ours.unit)
    services.assign(
        kind="use_case", thing=case, team=ours, audience=Audience.ORGANISATION, by=person(Role.ADMINISTRATOR)
    )
    endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
    case = usecases.edit(use_case=case, version=UseCase.objects.get(pk=case.pk).version, endpoint=endpoint, by=robot)
    cases.submitted(case)
    assert not reviews.waiting_for(answering).exists()
    assert reviews.waiting_for(steward).exists()
