"""Teams and audiences over the API: giving a new thing to a team, and saying who sees what there is."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, User
from apps.audit.models import AuditEvent
from apps.prompts.models import Prompt
from tests.factories import cases, shelves
from tests.factories.people import person, team, unit
from tests.integration.calls import Caller

pytestmark = pytest.mark.django_db
OPEN: dict[str, Any] = {"team": None, "audience": "organisation", "shares": []}


@pytest.fixture
def ours() -> Team:
    """A team of Operations."""
    return team("Letters")


@pytest.fixture
def theirs() -> Team:
    """A team of another unit."""
    return team("Payments", within=unit("Risk"))


@pytest.fixture
def member(ours: Team) -> User:
    """A person of the team who may write what teams can answer for."""
    return person(Role.AI_ENGINEER, Role.ARCHITECT, Role.BUSINESS_OWNER, team=ours)


NEW: dict[str, dict[str, Any]] = {
    "use-cases/": {"title": "T", "purpose": "P", "business_unit": "Operations", "topic_area": "internal"},
    "prompts/": {"slug": "new", "name": "New", "user": "{{question}}"},
    "endpoints/": {"slug": "new", "name": "New", "kind": "recorded", "answers": [{"input": {"a": 1}, "text": "4"}]},
    "datasets/": {"slug": "new", "name": "New", "items": [{"input": {"a": 1}, "expected": "4"}]},
}


@pytest.mark.parametrize("path", NEW)
def test_a_new_thing_is_given_to_a_team_that_alone_sees_it(path: str, member: User, theirs: Team) -> None:
    caller, stranger = Caller(member), Caller(person(team=theirs))
    made = caller.post(path, {**NEW[path], "team": "Letters", "audience": "team"})
    detail = f"{path}{made.get('slug') or made['ref'].partition('@')[0]}/"
    assert (caller.get(detail)["team"], caller.get(detail)["audience"]) == ("Letters", "team")
    listed = caller.get(path)["results"]
    assert [(row["team"], row["audience"]) for row in listed] == [("Letters", "team")]
    assert stranger.get(path)["results"] == []
    stranger.get(detail, status=404)


@pytest.mark.parametrize("path", NEW)
def test_a_new_thing_belongs_to_the_organisation_unless_said_otherwise(path: str, member: User) -> None:
    Caller(member).post(path, NEW[path])
    [row] = Caller(person()).get(path)["results"]
    assert (row["team"], row["audience"]) == (None, "organisation")


@pytest.mark.parametrize("path", NEW)
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"team": "Payments"}, "team"), ({"audience": "team"}, "team"), ({"team": "Nobody"}, "team"),
        ({"audience": "world"}, "audience"), ({"team": 7.5}, "team"), ({"audience": None}, "audience"),
    ],
)  # fmt: skip
def test_a_team_that_is_not_ones_own_or_a_wrong_audience_is_a_fault_of_its_field(
    path: str, said: dict[str, Any], field: str, member: User, theirs: Team
) -> None:
    refused = Caller(member).post(path, {**NEW[path], **said}, status=422)
    assert list(refused["errors"]) == [field]


def test_an_edit_of_a_case_does_not_take_them(member: User) -> None:
    case = cases.case(by=member)
    refused = Caller(member)("PATCH", f"use-cases/{case.ref}/", {"team": "Letters"}, 422)
    assert refused["errors"] == {"team": ["There is no such field here."]}


def at(thing: Any, kind: str = "prompt") -> str:
    """The address of who sees a thing."""
    return f"shares/{kind}/{thing.pk}/"


@pytest.fixture
def prompt(member: User, ours: Team) -> Prompt:
    """A prompt of the team that everybody sees."""
    found = shelves.prompt().prompt
    accounts.assign(
        kind="prompt", thing=found, team=ours, audience=Audience.ORGANISATION, by=person(Role.ADMINISTRATOR)
    )
    return found


def test_whoever_sees_a_thing_reads_who_else_does(prompt: Prompt) -> None:
    shown = Caller(person()).get(at(prompt))
    assert shown == {"subject": f"prompt:{prompt.pk}", "team": "Letters", "audience": "organisation", "shares": []}


def test_its_team_restricts_it_shares_it_and_takes_the_share_back(prompt: Prompt, member: User, theirs: Team) -> None:
    caller, other = Caller(member), Caller(person(Role.AI_ENGINEER, team=theirs))
    said = {"team": "Letters", "audience": "team", "shares": [{"team": "Payments", "level": "view"}]}
    assert caller("PUT", at(prompt), said) == {"subject": f"prompt:{prompt.pk}", **said}
    assert other.get(at(prompt))["shares"] == said["shares"]
    said["shares"] = [{"team": "Payments", "level": "change"}]
    assert caller("PUT", at(prompt), said)["shares"] == said["shares"]
    assert caller("PUT", at(prompt), {**said, "shares": []})["shares"] == []
    other.get(at(prompt), status=404)
    actions = AuditEvent.objects.filter(subject_id=str(prompt.pk), actor_id=member.pk).order_by("sequence")
    assert [event.action for event in actions if not event.action.startswith("record.")] == [
        "owner.assigned", "share.granted", "share.granted", "share.revoked",
    ]  # fmt: skip


def test_saying_again_what_is_so_already_changes_nothing(prompt: Prompt, member: User, theirs: Team) -> None:
    caller = Caller(member)
    said = {"team": "Letters", "audience": "team", "shares": [{"team": "Payments", "level": "view"}]}
    first = caller("PUT", at(prompt), said)
    count = AuditEvent.objects.count()
    accounts.close_team(team=theirs, by=person(Role.ADMINISTRATOR))
    before = AuditEvent.objects.count()
    assert count < before
    assert caller("PUT", at(prompt), said) == first
    assert AuditEvent.objects.count() == before


def test_whoever_gives_a_thing_away_is_told_what_it_is_now(theirs: Team) -> None:
    keeper, found = person(Role.ADMINISTRATOR, unit=unit()), shelves.prompt().prompt
    everywhere = Caller(person(Role.ADMINISTRATOR))
    said = {"team": "Payments", "audience": "team", "shares": []}
    assert everywhere("PUT", at(found), said)["team"] == "Payments"
    Caller(keeper).get(at(found), status=404)


def test_others_may_not_say_who_sees_it(prompt: Prompt, theirs: Team) -> None:
    for who in (person(), person(Role.AI_ENGINEER, team=theirs), person(Role.AUDITOR)):
        assert Caller(who)("PUT", at(prompt), OPEN, 403)["code"] == "not-allowed"
    prompt.refresh_from_db()
    assert prompt.team is not None


def test_it_wants_the_etag_that_was_read(prompt: Prompt, member: User) -> None:
    caller = Caller(member)
    before = caller.etag(at(prompt))
    assert caller.bare("PUT", at(prompt), b"{}").status_code == 428
    assert caller("PUT", at(prompt), OPEN, If_Match=before)["team"] is None
    again = {"team": "Letters", "audience": "team", "shares": []}
    assert caller("PUT", at(prompt), again, 412, If_Match=before)["code"] == "stale"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"team": "Nobody"}, "team"), ({"team": None, "audience": "team"}, "team"), ({"team": "Payments"}, "team"),
        ({"audience": ""}, "audience"), ({"shares": None}, "shares"), ({"shares": [{}]}, "shares.0.team"),
        ({"shares": [{"team": "Payments", "level": "own"}]}, "shares.0.level"),
        ({"shares": [{"team": "Payments", "level": level} for level in ("view", "change")]}, "shares"),
        ({"shares": [{"team": "Letters", "level": "view"}]}, "team"), ({"more": 1}, "more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_done(
    prompt: Prompt, member: User, theirs: Team, said: dict[str, Any], field: str
) -> None:
    now = {"team": "Letters", "audience": "organisation", "shares": []}
    refused = Caller(member)("PUT", at(prompt), {**now, **said}, 422)
    assert field in refused["errors"]
    assert Caller(member).get(at(prompt)) == {"subject": f"prompt:{prompt.pk}", **now}


@pytest.mark.parametrize("field", OPEN)
def test_nothing_may_be_left_out(prompt: Prompt, member: User, field: str) -> None:
    said = {name: value for name, value in OPEN.items() if name != field}
    assert list(Caller(member)("PUT", at(prompt), said, 422)["errors"]) == [field]


@pytest.mark.parametrize("path", ["prompt/none/", "nothing/{}/", "prompt/00000000-0000-0000-0000-000000000000/", ""])
def test_what_is_not_there_or_belongs_to_no_team_is_not_found(prompt: Prompt, member: User, path: str) -> None:
    Caller(member).get(f"shares/{path.format(prompt.pk)}", status=404)
    Caller(member).get(f"shares/prompt_version/{prompt.versions.get().pk}/", status=404)


def test_no_token_reads_or_says_who_sees_what(prompt: Prompt, member: User) -> None:
    _, text = accounts.issue_token(owner=member, name="all", scopes=["all:read", "all:write"], by=member)
    headers = {"Authorization": f"Bearer {text}"}
    for method in ("GET", "PUT"):
        answer = Client().generic(method, f"/api/v1/{at(prompt)}", b"{}", "application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
