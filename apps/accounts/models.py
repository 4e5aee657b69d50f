"""People, business units, and who holds which role where."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

from apps.accounts import rules
from apps.core.models import BaseModel, OrganisationQuerySet


class Role(models.TextChoices):
    """What a person does in the portal."""

    BUSINESS_OWNER = "business_owner", "Business owner"
    AI_ENGINEER = "ai_engineer", "AI engineer"
    ARCHITECT = "architect", "Architect"
    STEWARD = "steward", "Steward"
    FINOPS = "finops", "FinOps"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class User(AbstractUser):
    """A person. Deactivated, never deleted, so that decisions keep their author."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(max_length=150)

    REQUIRED_FIELDS = ["email", "display_name"]

    def __str__(self) -> str:
        return self.display_name or self.username


class BusinessUnit(BaseModel):
    """A part of the organisation; `path` spells the way from the top, such as `Agency / Bureau`."""

    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=rules.LONGEST_PATH, unique=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep `path` true to name and parent."""
        self.path = rules.unit_path(self.name, self.parent.path if self.parent else "")
        super().save(*args, **kwargs)


class Membership(BaseModel):
    """One role of one person in one business unit."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "unit", "role"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} in {self.unit}"


class FailedSignIn(models.Model):
    """A refused name and password; kept until its time is over, and without the name, which may be a mistyped password.

    `name_hash` is keyed with SECRET_KEY. `address` is what `rules.counted_address` makes of the caller's.
    """

    name_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="failed_sign_in_address")]

    def __str__(self) -> str:
        return f"{self.address} at {self.at:%Y-%m-%d %H:%M:%S}"
