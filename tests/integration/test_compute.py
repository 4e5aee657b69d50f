"""Jobs on real PostgreSQL: taken once, fenced when lost, ended once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.accounts.models import Role, User
from apps.compute import services
from apps.compute.models import Attempt, Job, JobState, Lease
from apps.compute.rules import FRUITLESS_ATTEMPTS
from apps.core.errors import ConflictError
from apps.outbox import services as outbox
from tests.factories.people import person
from tests.integration.together import at_once

pytestmark = pytest.mark.django_db
RUNG: list[tuple[str, dict[str, str], str | None]] = []


def ring(doorbell: str, ids: dict[str, str], queue: str | None) -> None:
    """The doorbell of these tests: remembers who rang."""
    RUNG.append((doorbell, ids, queue))


@pytest.fixture(autouse=True)
def _listen(settings: Settings) -> None:
    settings.DOORBELL = f"{__name__}.ring"
    RUNG.clear()


@pytest.fixture
def by() -> User:
    """Who wants the jobs done."""
    return person(Role.AI_ENGINEER)


def queued(by: User, *, subject_id: str = "1") -> Job:
    """A job that waits."""
    return services.enqueue(kind="test", subject_id=subject_id, queue="gpu", by=by)


def claimed(job: Job, worker: str = "w") -> Attempt:
    """The attempt of a worker that got the job."""
    attempt = services.claim(job_id=job.pk, worker=worker)
    assert attempt is not None
    return attempt


def silence(job: Job) -> None:
    """The worker has not been heard of for longer than its lease."""
    assert Lease.objects.filter(job=job).update(until=Now() - timedelta(seconds=1))


def test_a_job_is_taken_once(by: User) -> None:
    job = queued(by)
    first = claimed(job)
    assert services.claim(job_id=job.pk, worker="other") is None
    job.refresh_from_db()
    assert (job.state, first.number, job.lease.token) == (JobState.RUNNING, 1, first.pk)


def test_a_job_is_wanted_once_per_subject(by: User) -> None:
    queued(by)
    with pytest.raises(Exception, match="job_once_per_subject"), transaction.atomic():
        queued(by)


def test_a_message_about_no_job_is_passed_over() -> None:
    assert services.claim(job_id="00000000-0000-0000-0000-000000000000", worker="w") is None


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_come_at_once_one_gets_the_job(by: User) -> None:
    for number in range(5):
        job = queued(by, subject_id=str(number))
        got = at_once(*[partial(services.claim, job_id=job.pk, worker=name) for name in "ab"])
        assert [attempt is None for attempt in got].count(False) == 1, got
        assert job.attempts.count() == 1


def test_a_silent_workers_job_goes_to_another_with_a_larger_token(by: User) -> None:
    job = queued(by)
    old = claimed(job)
    silence(job)
    new = claimed(job, "other")
    old.refresh_from_db()
    assert new.pk > old.pk
    assert (new.number, old.exit_cause) == (2, "lost")
    assert old.ended_at


def test_a_worker_that_was_replaced_can_neither_renew_nor_end_the_job(by: User) -> None:
    job = queued(by)
    old = claimed(job)
    silence(job)
    new = claimed(job, "other")
    verbs: list[Callable[[], None]] = [
        partial(services.renew, old, stored=3),
        partial(services.finish, old, state=JobState.DONE),
        partial(services.release, old, cause="stopped"),
    ]
    for verb in verbs:
        with pytest.raises(services.LeaseLostError):
            verb()
    old.refresh_from_db()
    job.refresh_from_db()
    assert (old.stored, job.state, job.lease.token) == (0, JobState.RUNNING, new.pk)


def test_what_a_replaced_worker_writes_behind_its_fence_is_rolled_back(by: User) -> None:
    job = queued(by)
    old = claimed(job)
    silence(job)
    claimed(job, "other")

    @transaction.atomic
    def write() -> None:
        Job.objects.filter(pk=job.pk).update(reason="written by the old worker")
        services.renew(old)

    with pytest.raises(services.LeaseLostError):
        write()
    job.refresh_from_db()
    assert job.reason == ""


def test_a_late_worker_that_nobody_replaced_keeps_its_job(by: User) -> None:
    job = queued(by)
    attempt = claimed(job)
    silence(job)
    services.renew(attempt, stored=3)
    assert services.claim(job_id=job.pk, worker="other") is None
    attempt.refresh_from_db()
    assert attempt.stored == 3


@pytest.mark.django_db(transaction=True)
def test_ending_and_taking_over_at_once_never_wait_for_each_other_for_ever(by: User) -> None:
    for number in range(10):
        job = queued(by, subject_id=str(number))
        attempt = claimed(job)
        silence(job)
        ended, taken = at_once(
            partial(services.finish, attempt, state=JobState.DONE),
            partial(services.claim, job_id=job.pk, worker="other"),
        )
        job.refresh_from_db()
        assert ended is None or isinstance(ended, services.LeaseLostError), ended
        assert taken is None or isinstance(taken, Attempt), taken
        assert job.state == (JobState.RUNNING if taken else JobState.DONE)


def test_a_queued_job_is_cancelled_at_once(by: User) -> None:
    job = services.cancel(job_id=queued(by).pk, by=by)
    assert (job.state, services.claim(job_id=job.pk, worker="w")) == (JobState.CANCELLED, None)


def test_a_running_job_is_asked_to_stop_and_ends_by_its_worker(by: User) -> None:
    job = queued(by)
    attempt = claimed(job)
    assert services.cancel(job_id=job.pk, by=by).state == JobState.RUNNING
    services.finish(attempt, state=JobState.CANCELLED)
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == (JobState.CANCELLED, True)
    with pytest.raises(ConflictError, match="already cancelled"):
        services.cancel(job_id=job.pk, by=by)


def test_a_cancelled_job_whose_worker_died_is_not_taken_again(by: User) -> None:
    job = queued(by)
    claimed(job)
    services.cancel(job_id=job.pk, by=by)
    silence(job)
    assert services.claim(job_id=job.pk, worker="other") is None
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def die(job: Job, *, stored: int = 0) -> None:
    """A worker takes the job, stores so many results, and falls silent."""
    attempt = claimed(job)
    services.renew(attempt, stored=stored)
    silence(job)


def test_a_job_whose_workers_die_again_and_again_is_given_up(by: User) -> None:
    job = queued(by)
    for _ in range(FRUITLESS_ATTEMPTS):
        die(job)
    assert services.claim(job_id=job.pk, worker="w") is None
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "died again and again" in job.reason


def test_a_job_that_gets_on_between_deaths_is_not_given_up(by: User) -> None:
    job = queued(by)
    for number in range(2 * FRUITLESS_ATTEMPTS):
        die(job, stored=number % 2)
    assert claimed(job).number == 2 * FRUITLESS_ATTEMPTS + 1


def test_a_job_ends_once(by: User) -> None:
    job = queued(by)
    attempt = claimed(job)
    services.finish(attempt, state=JobState.DONE)
    with pytest.raises(services.LeaseLostError):
        services.finish(attempt, state=JobState.FAILED)
    job.refresh_from_db()
    assert (job.state, Lease.objects.exists()) == (JobState.DONE, False)
    assert services.claim(job_id=job.pk, worker="w") is None


def test_a_released_job_waits_for_the_next_worker(by: User) -> None:
    job = queued(by)
    services.release(claimed(job), cause="stopped")
    assert claimed(job, "other").number == 2


def test_a_new_job_rings_its_queue_once_it_is_committed(
    by: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = queued(by)
        assert not RUNG
    assert list(RUNG) == [("compute.work", {"job_id": str(job.pk)}, "gpu")]


@pytest.mark.django_db(transaction=True)
def test_jobs_nobody_came_for_are_rung_for_again(by: User) -> None:
    fresh, waiting, silent, done = (queued(by, subject_id=name) for name in ("fresh", "waiting", "silent", "done"))
    claimed(silent)
    silence(silent)
    services.finish(claimed(done), state=JobState.DONE)
    Job.objects.exclude(pk=fresh.pk).update(rung_at=Now() - 2 * services.RING_AGAIN_AFTER)
    RUNG.clear()
    assert services.ring_again() == 2
    assert {ids["job_id"] for _, ids, _ in RUNG} == {str(waiting.pk), str(silent.pk)}
    assert services.ring_again() == 0


@pytest.mark.django_db(transaction=True)
def test_many_events_of_one_transaction_ring_once() -> None:
    with transaction.atomic():
        for number in range(3):
            outbox.publish("thing.changed", id=str(number))
    assert [doorbell for doorbell, _, _ in RUNG] == ["outbox.drain"]


@pytest.mark.parametrize("change", [{"state": "lost"}, {"state": "done"}, {"ended_at": Now()}])
def test_postgresql_refuses_a_state_that_contradicts_itself(by: User, change: dict[str, Any]) -> None:
    job = queued(by)
    with pytest.raises(Exception, match="job_"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**change)
    assert connection.needs_rollback is False


@pytest.mark.django_db(transaction=True)
def test_a_late_batch_beside_a_takeover_ends_with_one_holder_and_no_deadlock(by: User) -> None:
    """The old worker stores at the very moment another takes over: both lock lease before attempt."""

    @transaction.atomic
    def store(attempt: Attempt) -> None:
        services.renew(attempt, stored=1)

    for number in range(12):
        job = queued(by, subject_id=str(number))
        old = claimed(job)
        silence(job)
        stored, taken = at_once(partial(store, old), partial(services.claim, job_id=job.pk, worker="other"))
        assert stored is None or isinstance(stored, services.LeaseLostError), stored
        assert taken is None or isinstance(taken, Attempt), taken
        holder = Lease.objects.get(job=job).token
        assert holder == (taken.pk if isinstance(taken, Attempt) else old.pk)


def test_workers_that_were_told_to_stop_do_not_make_a_job_hopeless(by: User) -> None:
    job = queued(by)
    for _ in range(FRUITLESS_ATTEMPTS + 1):
        services.release(claimed(job), cause="stopped")
    assert claimed(job)
