"""Publishing claims."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.audit import services as audit
from apps.core.refs import Ref
from apps.evidence.models import Claim, Verdict


@transaction.atomic
def publish(
    *,
    subject: Ref,
    name: str,
    verdict: Verdict,
    source: Ref,
    content_hash: str,
    summary: str,
    facts: dict[str, Any],
    valid_until: datetime,
    made_by: UUID | None,
) -> Claim:
    """Write a claim about `subject` for exactly `content_hash`; once per source and name, repeated calls return it."""
    claim, new = Claim.objects.get_or_create(
        source_kind=source.kind,
        source_id=source.id,
        name=name,
        defaults={
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "verdict": verdict,
            "content_hash": content_hash,
            "summary": summary,
            "made_by": made_by,
            "facts": facts,
            "valid_until": valid_until,
        },
    )
    if new:
        audit.record(
            action="evidence.published", subject=subject, by=None, claim=str(claim.pk), name=name,
            verdict=verdict.value, source=str(source), content_hash=content_hash,
        )  # fmt: skip
    return claim
