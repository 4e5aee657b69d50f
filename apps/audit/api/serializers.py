"""Shapes of audit events over the API."""

from rest_framework import serializers

from apps.audit.models import AuditEvent
from apps.core.api import Listing, Shown, SubjectField


class EventSerializer(Shown[AuditEvent]):
    """One event; `hash` chains it to the event before. `actor` is a person's id, empty for the portal itself."""

    actor = serializers.CharField(source="actor_id")
    subject = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields = ("sequence", "at", "action", "actor", "subject", "data", "previous_hash", "hash")

    def get_subject(self, event: AuditEvent) -> str:
        """What it happened to, as `kind:id`."""
        return f"{event.subject_kind}:{event.subject_id}"


class EventQuery(Listing):
    """What narrows the trail."""

    action = serializers.CharField(required=False, max_length=80, help_text="Such as `use_case.submitted`.")
    subject = SubjectField(required=False, max_length=120, help_text="What it happened to, as `kind:id`.")
