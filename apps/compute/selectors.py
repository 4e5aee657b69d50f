"""Reading jobs."""

from uuid import UUID

from django.db.models import QuerySet

from apps.compute.models import Job
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
