"""Doorbells of the job queue."""

from apps.compute import services as compute
from worker.engines import execute
from worker.task import answers


@answers("compute.work")
def work(job_id: str) -> None:
    """Take the job, if nobody has it, and work on it."""
    execute.run_job(job_id)


@answers("compute.ring_again")
def ring_again() -> None:
    """Ring for jobs whose message was lost or whose worker fell silent."""
    compute.ring_again()
