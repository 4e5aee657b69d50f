"""Jobs, attempts and leases. PostgreSQL is the truth; a broker message is only a hint to look here."""

from typing import Self

from django.conf import settings
from django.db import models

from apps.accounts import kinds
from apps.core.models import BaseModel, Viewer


class JobState(models.TextChoices):
    """Where a job is; DONE, FAILED and CANCELLED are final."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


FINAL_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, which are seen by whoever wants them or sees what they are for."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the jobs that `user` asked for, or that work on what `user` may see."""
        about_visible = kinds.readable(user, kind="kind")
        return self.filter(about_visible | models.Q(created_by=user.pk) if user.is_active else about_visible)


class Job(BaseModel):
    """Work of one kind on one subject, wanted once. `queue` names the workers that may take it."""

    kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    queue = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    reason = models.CharField(max_length=500, blank=True)
    cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rung_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_id"], name="job_once_per_subject"),
            models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=FINAL_STATES, ended_at__isnull=False)
                | (~models.Q(state__in=FINAL_STATES) & models.Q(ended_at__isnull=True)),
                name="job_ended_iff_final",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="job_open", condition=~models.Q(state__in=FINAL_STATES))]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}: {self.get_state_display()}"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL_STATES


class Attempt(models.Model):
    """One worker's try at a job. Its id is the fencing token: later attempts have larger ones."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=200)
    stored = models.PositiveIntegerField(default=0, help_text="Results this attempt stored.")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    exit_cause = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.job_id}"


class Lease(models.Model):
    """The right to write for a job, held by the attempt `token` until `until` by the database's clock."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="lease")
    token = models.BigIntegerField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"lease {self.token} on {self.job_id}"
