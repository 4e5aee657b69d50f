"""How long cases stayed in their stages."""

import pgtrigger
from django.db import models

from apps.core import triggers
from apps.core.models import BaseModel
from apps.usecases.models.cases import UseCase
from apps.usecases.models.words import Stage

_LEFT = models.Q(left_at__isnull=True) | models.Q(left_at__gte=models.F("entered_at"))


class StageStay(BaseModel):
    """One stay of a case in a stage; the one it has not left is where it is now. An ended one never changes."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="stays")
    stage = models.CharField(max_length=10, choices=Stage.choices)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entered_at"]
        constraints = [
            models.UniqueConstraint(fields=["use_case"], condition=models.Q(left_at=None), name="stage_stay_one_now"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="stage_stay_known"),
            models.CheckConstraint(condition=_LEFT, name="stage_stay_left_after_it_began"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ends_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__left_at__isnull=False)
            ),
            triggers.NO_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.stage} since {self.entered_at:%Y-%m-%d}"
