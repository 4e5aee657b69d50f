"""Comments: what somebody wrote about a thing, and the stones of those that were removed."""

from django.conf import settings
from django.db import models

from apps.accounts.models import SubjectQuerySet
from apps.core.models import BaseModel
from apps.core.refs import UUID_TEXT, Ref

LONGEST_BODY = 10_000


class Comment(BaseModel):
    """One comment in Markdown on `subject`. Once removed its words are gone, and only that it was there stays.

    `version` counts its changes, so that nobody overwrites what they have not read.
    """

    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "created_at"], name="comment_subject")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True, removed_by__isnull=True) & ~models.Q(body="")
                | models.Q(removed_at__isnull=False, removed_by__isnull=False, body=""),
                name="comment_empty_iff_removed",
            ),
            # It is cast to a UUID wherever somebody reads comments: one that cannot be would stop them all.
            models.CheckConstraint(condition=models.Q(subject_id__regex=UUID_TEXT), name="comment_subject_spelt_so"),
        ]

    def __str__(self) -> str:
        return f"comment on {self.subject}"

    @property
    def subject(self) -> Ref:
        """What it is about."""
        return Ref(self.subject_kind, self.subject_id)

    @property
    def is_removed(self) -> bool:
        """Whether its words are gone."""
        return self.removed_at is not None
