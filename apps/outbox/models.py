"""Events waiting for their reactions."""

from django.db import models


class OutboxEvent(models.Model):
    """One event that still has reactions to come; gone once they succeeded. `due_at` moves on after a failure."""

    name = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
