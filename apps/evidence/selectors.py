"""Reading claims."""

from datetime import datetime

from django.db.models import QuerySet

from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.evidence.models import Claim


def claims(*, viewer: Viewer) -> QuerySet[Claim]:
    """The claims `viewer` may see, newest first."""
    return Claim.objects.visible_to(viewer)


def about(subject: Ref) -> QuerySet[Claim]:
    """Every claim about `subject`, newest first."""
    return Claim.objects.filter(subject_kind=subject.kind, subject_id=subject.id)


def valid(*, on: datetime) -> QuerySet[Claim]:
    """Every claim that is valid at `on`."""
    return Claim.objects.filter(valid_until__gt=on)


def standing_claims(subject: Ref, *, content_hash: str, on: datetime) -> dict[str, Claim]:
    """The newest claim of each name that was made for exactly this content and is valid at `on`."""
    current = about(subject).filter(content_hash=content_hash, valid_until__gt=on).order_by("created_at")
    return {claim.name: claim for claim in current}
