"""Reading jobs."""

from uuid import UUID

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from apps.compute.models import Attempt, Job, JobState
from apps.core.models import Viewer


def jobs(*, viewer: Viewer) -> QuerySet[Job]:
    """The jobs `viewer` may see, newest first, with their attempts."""
    visible: QuerySet[Job] = Job.objects.visible_to(viewer)
    return visible.select_related("created_by").prefetch_related("attempts").order_by("-created_at")


def job(job_id: UUID | str) -> Job:
    """The job; raises Job.DoesNotExist."""
    return Job.objects.get(pk=job_id)


def is_cancel_requested(job_id: UUID | str) -> bool:
    """Whether someone asked for the job to stop."""
    return Job.objects.filter(pk=job_id, cancel_requested=True).exists()


def jobs_by_state() -> dict[tuple[str, str], int]:
    """How many jobs are in each (queue, state); for operators, so whoever they belong to."""
    rows = Job.objects.order_by().values_list("queue", "state").annotate(count=Count("pk"))
    return {(queue, state): count for queue, state, count in rows}


def oldest_queued() -> dict[str, float]:
    """Seconds that the oldest waiting job of each queue has waited."""
    queued = Job.objects.filter(state=JobState.QUEUED).order_by()
    waiting = queued.values_list("queue").annotate(since=Min("created_at"))
    return {queue: (timezone.now() - since).total_seconds() for queue, since in waiting}


def leases_lost() -> int:
    """How many attempts ended because their worker fell silent."""
    return Attempt.objects.filter(exit_cause="lost").count()
