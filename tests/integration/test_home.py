"""Home lists failed runs that still need somebody: not those repeated since, not all of them, not for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts import services as accounts
from apps.accounts.models import ApiToken, Role, User
from apps.compute import services as compute
from apps.compute.models import JobState
from apps.evaluations.models import EvaluationRun
from apps.portal import selectors
from tests.factories import cases
from tests.factories.people import person, team
from tests.integration.test_evaluations import planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer() -> User:
    """An AI engineer, who starts the runs."""
    return person(Role.AI_ENGINEER)


def failed(**plan: Any) -> EvaluationRun:
    """A run whose endpoint was down."""
    run = planned(**plan)
    attempt = compute.claim(job_id=run.job_id, worker="w")
    assert attempt
    compute.finish(attempt, state=JobState.FAILED, reason="The endpoint is down.")
    return run


def plan_of(run: EvaluationRun) -> dict[str, Any]:
    """What a further run of the same plan is started with."""
    names = ("use_case", "prompt_version", "endpoint", "dataset_version")
    return {**{name: getattr(run, name) for name in names}, "by": run.created_by}


def listed(engineer: User) -> list[str]:
    """The addresses of what Home says needs the engineer."""
    return [need.url for need in selectors.needs(engineer)]


def test_a_failed_run_is_listed_for_whoever_started_it(engineer: User) -> None:
    run = failed(by=engineer)
    (need,) = selectors.needs(engineer)
    assert (need.url, need.why) == (f"/evaluations/{run.pk}/", "The endpoint is down.")
    assert not selectors.needs(person(Role.AI_ENGINEER))


@pytest.mark.parametrize("with_case", [False, True])
def test_a_failed_run_that_was_repeated_needs_nobody(engineer: User, with_case: bool) -> None:
    run = failed(by=engineer, use_case=cases.case() if with_case else None)
    planned(**plan_of(run))
    assert not listed(engineer)


def test_of_failed_runs_of_one_plan_the_newest_is_listed(engineer: User) -> None:
    first = failed(by=engineer)
    second = failed(**plan_of(first))
    assert listed(engineer) == [f"/evaluations/{second.pk}/"]


def test_a_run_for_another_case_repeats_nothing(engineer: User) -> None:
    run = failed(by=engineer)
    planned(**{**plan_of(run), "use_case": cases.case()})
    assert listed(engineer) == [f"/evaluations/{run.pk}/"]


def test_the_newest_five_are_listed_oldest_first(engineer: User) -> None:
    runs = [failed(by=engineer) for _ in range(6)]
    assert listed(engineer) == [f"/evaluations/{run.pk}/" for run in runs[1:]]


def test_a_failed_run_of_long_ago_is_not_listed(engineer: User) -> None:
    run = failed(by=engineer)
    EvaluationRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert not listed(engineer)


def test_home_asks_as_many_questions_for_many_runs_as_for_one(
    client: Client, engineer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(engineer)
    counts = []
    for _ in range(2):
        failed(by=engineer)
        with django_assert_max_num_queries(25) as seen:
            client.get("/")
        counts.append(len(seen))
        failed(by=engineer)
    assert counts[0] == counts[1]


def test_home_tells_an_engineer_which_of_their_tokens_end_within_two_weeks(client: Client, engineer: User) -> None:
    client.force_login(engineer)
    assert "Tokens that end soon" not in client.get("/").content.decode()
    for name, days in (("nightly", 13), ("weekly", 3), ("yearly", 200), ("revoked", 5)):
        accounts.issue_token(owner=engineer, name=name, scopes=["me:read"], days=days, by=engineer)
    accounts.revoke_token(token=ApiToken.objects.get(name="revoked"), by=engineer)
    other = person(Role.AI_ENGINEER)
    accounts.issue_token(owner=other, name="foreign", scopes=["me:read"], days=1, by=other)
    page = client.get("/").content.decode()
    shown = page.split("Tokens that end soon")[1].split("</section>")[0]
    assert 'href="/account/tokens"' in shown
    assert not [name for name in ("yearly", "revoked", "foreign") if name in shown]
    assert shown.index("weekly") < shown.index("nightly")


def test_home_tells_nobody_else_of_tokens(client: Client) -> None:
    owner = person(Role.BUSINESS_OWNER)
    accounts.issue_token(owner=owner, name="nightly", scopes=["me:read"], days=3, by=owner)
    client.force_login(owner)
    assert "Tokens that end soon" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("roles", "in_team", "shown"),
    [
        ((Role.ADMINISTRATOR,), False, True), ((Role.AUDITOR,), False, True), ((Role.AI_ENGINEER,), True, True),
        ((Role.AI_ENGINEER,), False, False), ((), False, False),
    ],
)  # fmt: skip
def test_webhooks_are_in_the_rail_of_who_may_see_some(
    client: Client, roles: tuple[Role, ...], in_team: bool, shown: bool
) -> None:
    client.force_login(person(*roles, team=team() if in_team else None))
    assert ('href="/webhooks/"' in client.get("/").content.decode()) is shown
