"""Shapes of jobs over the API."""

from rest_framework import serializers

from apps.compute.models import Attempt, Job, JobState
from apps.core.api import Listing, Shown


class AttemptSerializer(Shown[Attempt]):
    """One worker's try; `stored` results are never lost, whatever `exit_cause`."""

    class Meta:
        model = Attempt
        fields = ("number", "worker", "stored", "started_at", "ended_at", "exit_cause")


class JobSerializer(Shown[Job]):
    """Work of one kind on one subject, with every attempt at it."""

    created_by = serializers.CharField(source="created_by.username")
    attempts = AttemptSerializer(many=True)

    class Meta:
        model = Job
        fields = (
            "id", "kind", "subject_id", "queue", "state", "reason", "cancel_requested", "created_by", "created_at",
            "started_at", "ended_at", "attempts",
        )  # fmt: skip


class JobQuery(Listing):
    """What narrows the list of jobs."""

    state = serializers.ChoiceField(JobState.choices, required=False)
