"""Registrations that somebody has begun and not finished."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.lookups import Exact

from apps.core.models import BaseModel

_IS_OBJECT = Exact(models.Func("values", function="jsonb_typeof", output_field=models.TextField()), "object")


class IntakeDraft(BaseModel):
    """What a person has typed so far of a case that is not registered; theirs alone, and gone once it is.

    `values` are the words as they stand in the form, by the name of the field; nothing in them was checked.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    values = models.JSONField[Any, Any](default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=_IS_OBJECT, name="intake_draft_by_field")]

    def __str__(self) -> str:
        return str(self.values.get("title") or "A case without a title")
