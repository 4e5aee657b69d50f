"""Home lists failed runs that still need somebody: not those repeated since, not all of them, not for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role, User
from apps.compute import services as compute
from apps.compute.models import JobState
from apps.evaluations.models import EvaluationRun
from apps.portal import selectors
from tests.factories import cases
from tests.factories.people import person
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
