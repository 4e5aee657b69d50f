"""Queueing jobs, taking them under a lease, and ending them. Every time is the database's."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.audit import services as audit
from apps.compute import rules
from apps.compute.models import FINAL_STATES, Attempt, Job, JobState, Lease
from apps.core import jobs
from apps.core.errors import ConflictError
from apps.core.refs import Ref
from apps.outbox import services as outbox

# A queued job whose doorbell nobody answered for this long is rung again.
RING_AGAIN_AFTER = timedelta(seconds=5)


class LeaseLostError(Exception):
    """Another attempt holds the job now, or it has ended: whoever gets this must write nothing."""


def _ref(job: Job) -> Ref:
    return Ref("job", str(job.pk))


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


@transaction.atomic
def enqueue(*, kind: str, subject_id: str, queue: str, by: User) -> Job:
    """A new queued job; its doorbell rings when the transaction commits."""
    job = Job.objects.create(kind=kind, subject_id=subject_id, queue=queue, created_by=by, rung_at=Now())
    audit.record(action="job.queued", subject=_ref(job), by=by, kind=kind, of=subject_id, queue=queue)
    jobs.ring("compute.work", queue=queue, job_id=str(job.pk))
    return job


@transaction.atomic
def claim(*, job_id: UUID | str, worker: str) -> Attempt | None:
    """Take the job under a fresh lease. None when it is taken, final, or hopeless: the message was a duplicate."""
    takeable = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease__until__lt=Now())
    job = Job.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(takeable, pk=job_id).first()
    if job is None or _is_held(job):
        return None
    earlier = list(job.attempts.all())
    job.attempts.filter(ended_at__isnull=True).update(ended_at=Now(), exit_cause="lost")
    if job.cancel_requested:
        _end(job, JobState.CANCELLED, "Cancelled on request.")
        return None
    # A worker that was told to stop says nothing about the job.
    if rules.is_hopeless([attempt.stored for attempt in earlier if attempt.exit_cause != "stopped"]):
        _end(job, JobState.FAILED, "Its workers died again and again before storing a result.")
        return None
    return _start_attempt(job, number=len(earlier) + 1, worker=worker)


def _is_held(job: Job) -> bool:
    """Whether the lease was renewed at the last moment; locks it, before any attempt, as `renew` does."""
    list(Lease.objects.select_for_update(no_key=True).filter(job=job))
    return Lease.objects.filter(job=job, until__gte=Now()).exists()


def _start_attempt(job: Job, *, number: int, worker: str) -> Attempt:
    attempt = Attempt.objects.create(job=job, number=number, worker=worker)
    Lease.objects.update_or_create(job=job, defaults={"token": attempt.pk, "until": Now() + _lease_time()})
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, started_at=Now() if job.started_at is None else F("started_at")
    )
    audit.record(action="job.started", subject=_ref(job), by=None, attempt=number, worker=worker)
    return attempt


def renew(attempt: Attempt, *, stored: int = 0) -> None:
    """Extend the lease and note `stored` new results. Inside the transaction that writes them, this is the fence.

    Raises LeaseLostError when the token is no longer the job's: the caller's transaction must roll back.
    """
    held = Lease.objects.filter(job_id=attempt.job_id, token=attempt.pk, job__state=JobState.RUNNING)
    if not held.update(until=Now() + _lease_time()):
        raise LeaseLostError(f"Attempt {attempt.number} no longer holds job {attempt.job_id}.")
    if stored:
        Attempt.objects.filter(pk=attempt.pk).update(stored=F("stored") + stored)


@transaction.atomic
def finish(attempt: Attempt, *, state: JobState, reason: str = "") -> None:
    """End the job and this attempt. Raises LeaseLostError when the attempt no longer holds it."""
    job = _locked_job(attempt)
    renew(attempt)
    Attempt.objects.filter(pk=attempt.pk).update(ended_at=Now(), exit_cause=state.value)
    _end(job, state, reason)


@transaction.atomic
def release(attempt: Attempt, *, cause: str) -> None:
    """Hand the job back to its queue, as a worker that is told to stop does; no result is lost."""
    _locked_job(attempt)
    renew(attempt)
    Attempt.objects.filter(pk=attempt.pk).update(ended_at=Now(), exit_cause=cause)
    Lease.objects.filter(job_id=attempt.job_id).delete()
    Job.objects.filter(pk=attempt.job_id).update(state=JobState.QUEUED)


def _locked_job(attempt: Attempt) -> Job:
    """The attempt's job, locked before its lease, as `claim` does: the other order could wait for ever."""
    return Job.objects.select_for_update(no_key=True).get(pk=attempt.job_id)


def _end(job: Job, state: JobState, reason: str) -> None:
    Lease.objects.filter(job=job).delete()
    Job.objects.filter(pk=job.pk).update(state=state, reason=reason[:500], ended_at=Now())
    if state == JobState.FAILED:
        outbox.publish("job.failed", kind=job.kind, subject_id=job.subject_id)
    audit.record(action=f"job.{state.value}", subject=_ref(job), by=None, reason=reason)


@transaction.atomic
def cancel(*, job_id: UUID | str, by: User) -> Job:
    """Ask for the job to stop: at once when queued, within about a second when running."""
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.is_final:
        raise ConflictError(f"The job is already {job.get_state_display().lower()}.")
    audit.record(action="job.cancel_requested", subject=_ref(job), by=by)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    if job.state == JobState.QUEUED:
        _end(job, JobState.CANCELLED, "Cancelled on request.")
    job.refresh_from_db()
    return job


@transaction.atomic
def ring_again() -> int:
    """Ring for queued jobs nobody came for and for running ones whose lease ran out; returns how many."""
    waiting = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease__until__lt=Now())
    due = Job.objects.filter(waiting, rung_at__lt=Now() - RING_AGAIN_AFTER).exclude(state__in=FINAL_STATES)
    rows = list(due.values_list("pk", "queue"))
    Job.objects.filter(pk__in=[pk for pk, _ in rows]).update(rung_at=Now())
    for pk, queue in rows:
        jobs.ring("compute.work", queue=queue, job_id=str(pk))
    return len(rows)
