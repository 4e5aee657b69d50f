"""What an audit row's hash is taken over."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.core.hashing import canonical_bytes

GENESIS = "0" * 64


def chained_hash(
    *, previous: str, sequence: int, at: datetime, actor_id: str, action: str, subject: Sequence[str], data: Any
) -> str:
    """SHA-256 (hex) over the length-prefixed fields, so that no two field splits give the same bytes."""
    fields = [previous, str(sequence), at.isoformat(), actor_id, action, *subject]
    parts = [field.encode() for field in fields] + [canonical_bytes(data)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
