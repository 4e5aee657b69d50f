"""Who sees what: by membership, by shares with one's team, and as one of the thing's people."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts import access, kinds
from apps.accounts import services as accounts
from apps.accounts.models import Audience, BusinessUnit, Lane, Role, Team, TeamOwned, User
from apps.compute import selectors as compute
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.core.refs import Ref
from apps.evaluations import selectors as evaluations
from apps.evaluations import services as evaluation_services
from apps.prompts import selectors as prompts
from apps.prompts import services as prompt_services
from apps.reviews import selectors as reviews
from apps.search import selectors as searching
from apps.search import services as search
from apps.usecases import selectors as usecases
from apps.usecases import services as case_services
from tests.factories import cases, shelves
from tests.factories.people import person, team, unit

pytestmark = pytest.mark.django_db
MADE: dict[str, Callable[..., Any]] = {
    "use_case": lambda: cases.case(),
    "prompt": lambda: shelves.prompt().prompt,
    "dataset": lambda: shelves.dataset().dataset,
    "endpoint": lambda: shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]),
}


@pytest.fixture
def ours() -> Team:
    """The team that the restricted things belong to."""
    return team("Ours", within=unit("Retail"))


def restricted(kind: str, to: Team) -> Any:
    """A thing of this kind that only one team may see."""
    thing = MADE[kind]()
    accounts.assign(kind=kind, thing=thing, team=to, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    thing.refresh_from_db()
    return thing


def sees(who: User, kind: str, thing: TeamOwned) -> bool:
    """Whether the kind's own list has it."""
    return kinds.of(kind).visible(who).filter(pk=thing.pk).exists()


@pytest.mark.parametrize("kind", MADE)
def test_everyone_of_the_organisation_sees_what_is_not_restricted(kind: str) -> None:
    assert sees(person(), kind, MADE[kind]())


@pytest.mark.parametrize("kind", MADE)
def test_a_restricted_thing_shows_to_its_team_alone(kind: str, ours: Team) -> None:
    thing = restricted(kind, ours)
    assert sees(person(Role.AI_ENGINEER, team=ours), kind, thing)
    strangers = [
        person(),
        person(Role.AI_ENGINEER, team=team()),
        person(Role.AI_ENGINEER, unit=ours.unit),
        person(Role.BUSINESS_OWNER),
        person(Role.ARCHITECT, unit=unit("Risk")),
        person(Role.REVIEWER, lane=Lane.SECURITY, unit=unit("Risk")),
    ]
    assert [sees(who, kind, thing) for who in strangers] == [False] * len(strangers)


@pytest.mark.parametrize("role", sorted(access.GOVERNING))
def test_governing_roles_see_what_is_restricted_in_their_unit_and_below(role: Role, ours: Team) -> None:
    thing, lane = restricted("prompt", ours), Lane.PRIVACY
    below = accounts.add_unit(name="Cards", parent=ours.unit, by=None)
    lower = restricted("dataset", team("Lower", within=below))
    here, everywhere = person(role, unit=ours.unit, lane=lane), person(role, lane=lane)
    beneath = person(role, unit=below, lane=lane)
    assert sees(here, "prompt", thing)
    assert sees(here, "dataset", lower)
    assert sees(everywhere, "prompt", thing)
    assert not sees(beneath, "prompt", thing)


def test_a_unit_whose_name_begins_alike_is_another_unit(ours: Team) -> None:
    other = accounts.add_unit(name=f"{ours.unit.name} Banking", parent=None, by=None)
    thing = restricted("prompt", team("Elsewhere", within=other))
    assert not sees(person(Role.STEWARD, unit=ours.unit), "prompt", thing)


def test_owner_and_sponsor_see_their_restricted_case_wherever_they_are(ours: Team) -> None:
    case = restricted("use_case", ours)
    assert sees(case.owner, "use_case", case)


def test_a_leaver_sees_nothing(ours: Team) -> None:
    member = person(Role.AI_ENGINEER, team=ours)
    thing = restricted("prompt", ours)
    accounts.change_user(user=member, by=None, is_active=False)
    assert not sees(User.objects.get(pk=member.pk), "prompt", thing)
    assert not sees(User.objects.get(pk=member.pk), "prompt", shelves.prompt().prompt)


def test_rights_end_with_the_role(ours: Team) -> None:
    member, thing = person(Role.AI_ENGINEER, team=ours), restricted("prompt", ours)
    assert sees(member, "prompt", thing)
    accounts.revoke(membership=member.memberships.get(), by=None)
    assert not sees(User.objects.get(pk=member.pk), "prompt", thing)


@pytest.mark.parametrize("kind", MADE)
def test_a_share_shows_it_to_the_other_team_until_it_is_taken_back(kind: str, ours: Team) -> None:
    thing, theirs = restricted(kind, ours), team("Theirs")
    guest, host = person(Role.AI_ENGINEER, team=theirs), person(Role.AI_ENGINEER, team=ours)
    accounts.share(kind=kind, thing=thing, team=theirs, level=access.READ, by=host)
    assert access.shares_of(thing) == [(theirs, access.READ)]
    assert sees(guest, kind, thing)
    assert not access.may_on(guest, thing, Role.AI_ENGINEER)
    accounts.share(kind=kind, thing=thing, team=theirs, level=access.CHANGE, by=host)
    assert access.shares_of(thing) == [(theirs, access.CHANGE)]
    assert access.may_on(guest, thing, Role.AI_ENGINEER)
    assert not access.may_on(guest, thing, Role.ARCHITECT)
    accounts.unshare(kind=kind, thing=thing, team=theirs, by=host)
    assert not sees(guest, kind, thing)


def test_only_its_team_its_people_and_administrators_share_it(ours: Team) -> None:
    case, theirs = restricted("use_case", ours), team("Theirs")
    for who in (person(Role.ARCHITECT, unit=ours.unit), person(Role.AI_ENGINEER, team=theirs)):
        with pytest.raises(NotAllowedError, match="Only its team"):
            accounts.share(kind="use_case", thing=case, team=theirs, level=access.READ, by=who)
    accounts.share(kind="use_case", thing=case, team=theirs, level=access.READ, by=case.owner)
    assert access.shares_of(case) == [(theirs, access.READ)]


def test_a_wrong_share_is_refused_in_words(ours: Team) -> None:
    prompt, host = restricted("prompt", ours), person(Role.AI_ENGINEER, team=ours)
    closed = accounts.close_team(team=team("Closed"), by=None)
    share: dict[str, Any] = {"kind": "prompt", "thing": prompt, "by": host}
    with pytest.raises(InvalidError, match="not shared"):
        accounts.share(team=team(), level="own", **share)
    with pytest.raises(ConflictError, match="closed"):
        accounts.share(team=closed, level=access.READ, **share)
    with pytest.raises(InvalidError) as refused:
        accounts.share(team=ours, level=access.READ, **share)
    assert refused.value.fields == {"team": ["This team has it already."]}
    assert access.shares_of(prompt) == []


def test_a_thing_is_given_to_ones_own_team_only(ours: Team) -> None:
    writer = person(Role.AI_ENGINEER, team=ours)
    text: dict[str, Any] = {"name": "P", "description": "", "system": "", "user": "{{q}}", "by": writer}
    made = prompt_services.create_prompt(slug="ours", team=ours, audience=Audience.TEAM, **text)
    assert made.prompt.is_restricted
    with pytest.raises(InvalidError, match="not saved"):
        prompt_services.create_prompt(slug="theirs", team=team(), **text)
    with pytest.raises(InvalidError) as refused:
        prompt_services.create_prompt(slug="nobodys", audience=Audience.TEAM, **text)
    assert refused.value.fields == {"team": ["Choose the team that alone may see it."]}


def test_a_role_in_another_team_does_not_write_here(ours: Team) -> None:
    prompt = restricted("prompt", ours)
    accounts.assign(
        kind="prompt", thing=prompt, team=ours, audience=Audience.ORGANISATION, by=person(Role.ADMINISTRATOR)
    )
    text: dict[str, Any] = {"prompt": prompt, "system": "", "user": "{{q}} again", "note": ""}
    with pytest.raises(NotAllowedError, match="of its team or unit"):
        prompt_services.add_version(by=person(Role.AI_ENGINEER, team=team()), **text)
    assert prompt_services.add_version(by=person(Role.AI_ENGINEER, team=ours), **text).number == 2
    with pytest.raises(NotAllowedError):
        prompt_services.set_label(
            version=prompt.versions.get(number=2), name="x", by=person(Role.ARCHITECT, team=team())
        )


@pytest.mark.parametrize("part", ["prompt", "dataset", "endpoint", "use_case"])
def test_a_run_and_its_job_show_to_those_alone_who_see_all_its_parts(part: str, ours: Team) -> None:
    prompt, data, case = shelves.prompt(), shelves.dataset(), cases.case()
    endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
    run = evaluation_services.start_run(
        prompt_version=prompt, endpoint=endpoint, dataset_version=data, scorers=["numeric"], gate_scorer="numeric",
        threshold=Decimal("0.5"), use_case=case, by=case.owner,
    )  # fmt: skip
    stranger = person(Role.AI_ENGINEER, team=team())
    assert evaluations.runs(viewer=stranger).filter(pk=run.pk).exists()
    assert compute.jobs(viewer=stranger).filter(pk=run.job_id).exists()
    thing = {"prompt": prompt.prompt, "dataset": data.dataset, "endpoint": endpoint, "use_case": case}[part]
    by = person(Role.ADMINISTRATOR)
    accounts.assign(kind=part, thing=thing, team=ours, audience=Audience.TEAM, by=by)
    assert not evaluations.runs(viewer=stranger).filter(pk=run.pk).exists()
    assert not compute.jobs(viewer=stranger).filter(pk=run.job_id).exists()
    assert evaluations.runs(viewer=person(Role.AI_ENGINEER, team=ours)).filter(pk=run.pk).exists()


def test_search_counts_and_pages_say_nothing_of_what_is_hidden(ours: Team) -> None:
    case = restricted("use_case", ours)
    search.reindex()
    stranger, member = person(Role.BUSINESS_OWNER, team=team()), person(Role.BUSINESS_OWNER, team=ours)
    assert [hit.object.pk for hit in searching.search(case.ref, viewer=member)] == [case.pk]
    assert searching.search(case.ref, viewer=stranger) == []
    assert usecases.use_cases(viewer=stranger).count() == 0
    with pytest.raises(NotFoundError) as hidden:
        usecases.use_case(case.ref, viewer=stranger)
    with pytest.raises(NotFoundError) as missing:
        usecases.use_case("UC-999999", viewer=stranger)
    assert hidden.value.message == missing.value.message.replace("UC-999999", case.ref)


def test_a_review_is_seen_with_its_subject_and_decided_within_reach(ours: Team) -> None:
    case = cases.case()
    accounts.change_unit(unit=case.business_unit, name="Retail desk", parent=None, by=None)
    here = BusinessUnit.objects.get(pk=case.business_unit_id)
    case_services.submit(use_case=case, by=case.owner)
    request = reviews.requests(viewer=person()).get()
    steward, other = person(Role.STEWARD, unit=here), person(Role.STEWARD, unit=unit("Elsewhere"))
    assert list(reviews.waiting_for(steward)) == [request]
    assert list(reviews.waiting_for(other)) == []
    assert reviews.holds(steward, request, "steward")
    assert not reviews.holds(other, request, "steward")
    accounts.assign(kind="use_case", thing=case, team=ours, audience=Audience.TEAM, by=person(Role.ADMINISTRATOR))
    assert not reviews.requests(viewer=other).exists()
    assert reviews.requests(viewer=person(Role.AI_ENGINEER, team=ours)).exists()


def test_a_lane_reviewer_decides_in_the_lane_and_no_other() -> None:
    case = cases.case()
    case_services.submit(use_case=case, by=case.owner)
    right, wrong = person(Role.REVIEWER, lane=Lane.STEWARD), person(Role.REVIEWER, lane=Lane.SECURITY)
    assert reviews.waiting_for(right).count() == 1
    assert reviews.waiting_for(wrong).count() == 0


def test_a_reference_of_no_known_kind_or_no_id_is_not_there() -> None:
    for ref in (Ref("use_case", "none"), Ref("nothing", "1"), Ref("prompt", "00000000-0000-0000-0000-000000000000")):
        with pytest.raises(NotFoundError):
            kinds.find(ref, viewer=person(Role.ADMINISTRATOR))


def test_a_public_case_cannot_pin_what_only_a_team_may_see(ours: Team) -> None:
    case, prompt = cases.case(), restricted("prompt", ours)
    version = prompts.versions(viewer=person(Role.ADMINISTRATOR)).get(prompt=prompt)
    with pytest.raises(InvalidError) as refused:
        case_services.edit(use_case=case, version=case.version, prompt_version=version, by=case.owner)
    assert "prompt_version" in refused.value.fields
