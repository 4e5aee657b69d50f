"""Events waiting for their reactions."""

from django.db import models


class OutboxEvent(models.Model):
    """One event, written with the change it tells of. `due_at` moves on after a failed reaction."""

    name = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], name="outbox_pending", condition=models.Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
