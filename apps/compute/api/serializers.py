"""Shapes of jobs over the API."""

from rest_framework import serializers

from apps.compute.models import Attempt, Job, JobState
from apps.core.api import CursorListing, Ordering, Shown


class AttemptSerializer(Shown[Attempt]):
    """One worker's try; `stored` results are never lost, whatever `exit_cause`."""

    example = {
        "number": 1, "worker": "gpu@worker-1", "stored": 1319, "started_at": "2026-11-21T09:31:00Z",
        "ended_at": "2026-11-21T09:40:00Z", "exit_cause": "done",
    }  # fmt: skip

    class Meta:
        model = Attempt
        fields = ("number", "worker", "stored", "started_at", "ended_at", "exit_cause")


class JobSerializer(Shown[Job]):
    """Work of one kind on one subject, with every attempt at it."""

    created_by = serializers.CharField(source="created_by.username")
    attempts = AttemptSerializer(many=True)
    example = {
        "id": "3c1d7c0e-0c35-4a55-8a35-6a4c3c9f1001", "kind": "evaluation",
        "subject_id": "9a53c1d7-c0e0-4c35-9a55-8a356a4c3c9f", "queue": "gpu", "state": "done", "reason": "",
        "cancel_requested": False, "created_by": "ai-engineer", "created_at": "2026-11-21T09:30:00Z",
        "started_at": "2026-11-21T09:31:00Z", "ended_at": "2026-11-21T09:40:00Z",
        "attempts": [AttemptSerializer.example],
    }  # fmt: skip

    class Meta:
        model = Job
        fields = (
            "id", "kind", "subject_id", "queue", "state", "reason", "cancel_requested", "created_by", "created_at",
            "started_at", "ended_at", "attempts",
        )  # fmt: skip


class JobQuery(CursorListing):
    """What narrows the list of jobs."""

    ordering = Ordering("-created_at", "created_at")
    state = serializers.ChoiceField(JobState.choices, required=False)


class AttemptQuery(CursorListing):
    """The order of a job's attempts."""

    ordering = Ordering("number", "-number")
