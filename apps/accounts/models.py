"""People, business units, and who holds which role where."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

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
    path = models.CharField(max_length=600, unique=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep `path` true to name and parent."""
        self.path = f"{self.parent.path} / {self.name}" if self.parent else self.name
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
