"""The base of every governed model: an opaque id and its times in UTC."""

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
