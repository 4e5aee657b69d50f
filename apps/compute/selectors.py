"""Reading jobs."""

from uuid import UUID

from apps.compute.models import Job


def job(job_id: UUID | str) -> Job:
    """The job; raises Job.DoesNotExist."""
    return Job.objects.get(pk=job_id)


def is_cancel_requested(job_id: UUID | str) -> bool:
    """Whether someone asked for the job to stop."""
    return Job.objects.filter(pk=job_id, cancel_requested=True).exists()
