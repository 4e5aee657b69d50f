"""The base of every governed model, and the answers that an idempotency key repeats."""

import uuid
from typing import Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models

Row = TypeVar("Row", bound=models.Model)
# Whoever looks: a person, or nobody known.
Viewer = AbstractBaseUser | AnonymousUser


class OrganisationQuerySet(models.QuerySet[Row]):
    """Rows that every active, signed-in person of the organisation may see."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to what `user` may see: everything inside the organisation, nothing outside."""
        return self if user.is_authenticated and user.is_active else self.none()


class BaseModel(models.Model):
    """A row with an opaque UUID and its creation and change times."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class IdempotentReply(models.Model):
    """What a caller was answered to a request with an idempotency key; `fingerprint` binds it to that request."""

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="one_reply_a_key"),
            models.CheckConstraint(condition=models.Q(status__gte=200, status__lt=300), name="only_successes_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"
