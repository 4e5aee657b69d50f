"""Shapes of audit events over the API."""

from rest_framework import serializers

from apps.audit.models import AuditEvent
from apps.core.api import CursorListing, Ordering, Shown, SubjectField


class EventSerializer(Shown[AuditEvent]):
    """One event; `hash` chains it to the event before. `actor` is a person's id, empty for the portal itself."""

    actor = serializers.CharField(source="actor_id")
    subject = serializers.SerializerMethodField()
    example = {
        "sequence": 4711, "at": "2026-11-21T09:30:00Z", "action": "use_case.registered",
        "actor": "0b6f2c9e-8a0f-4c55-9f4e-5f8f3f0c7a11", "subject": "use_case:6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22",
        "data": {"ref": "UC-000123", "stage": "DISCOVER"}, "previous_hash": "0" * 64, "hash": "a" * 64,
    }  # fmt: skip

    class Meta:
        model = AuditEvent
        fields = ("sequence", "at", "action", "actor", "subject", "data", "previous_hash", "hash")

    def get_subject(self, event: AuditEvent) -> str:
        """What it happened to, as `kind:id`."""
        return f"{event.subject_kind}:{event.subject_id}"


class EventQuery(CursorListing):
    """What narrows the trail."""

    ordering = Ordering("-sequence", "sequence")
    action = serializers.CharField(required=False, max_length=80, help_text="Such as `use_case.submitted`.")
    subject = SubjectField(required=False, max_length=120, help_text="What it happened to, as `kind:id`.")
