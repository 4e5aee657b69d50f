"""Requests from before lanes had steps get theirs, which watch everything and should have taken five days."""

from datetime import timedelta
from typing import Any

from django.db import migrations

from apps.core.hashing import sha256_hex

_DAYS = 5


def give(apps: Any, schema_editor: Any) -> None:
    """One step for each lane of each request without any, as a request of today would have it."""
    requests, steps = apps.get_model("reviews", "ReviewRequest"), apps.get_model("reviews", "LaneStep")
    for request in requests.objects.filter(steps=None).order_by("created_at").iterator(chunk_size=500):
        # As rules.lane_hash spells it today, for a lane that watches everything.
        claims = sorted(
            [str(claim.get(key, "")) for key in ("name", "verdict", "content_hash")] for claim in request.evidence
        )
        fields = [[entry["field"], entry["value"]] for entry in request.revision]
        steps.objects.bulk_create(
            steps(
                request=request, lane=lane, watches=[], lane_hash=sha256_hex({"fields": fields, "evidence": claims}),
                target_days=_DAYS, opened_at=request.created_at, due_at=request.created_at + timedelta(days=_DAYS),
            )
            for lane in dict.fromkeys(request.lanes)
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_ask_lanes_by_steps")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
