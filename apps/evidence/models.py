"""Claims: what was shown, about what, for which exact content."""

from django.db import models

from apps.accounts.models import SubjectQuerySet
from apps.audit.registry import tracked
from apps.core import triggers
from apps.core.models import BaseModel


class Verdict(models.TextChoices):
    """What a claim says."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"


@tracked(without=("facts",))
class Claim(BaseModel):
    """One claim, never changed: a newer claim of the same name supersedes it by time alone."""

    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    source_kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    # The id of whoever had the work done that the claim rests on; null for the portal itself.
    made_by = models.UUIDField(null=True)
    summary = models.CharField(max_length=300)
    facts = models.JSONField(default=dict)
    valid_until = models.DateTimeField()

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "name"], name="claim_subject")]
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_id", "name"], name="claim_once_per_source"),
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="claim_verdict_known"),
        ]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.name}: {self.get_verdict_display()}"
