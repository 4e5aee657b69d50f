"""Reading the audit trail, proving that it is as written, and what changed in history beside an event."""

from apps.audit.selectors.chain import breaks, heads
from apps.audit.selectors.changes import Change, changes
from apps.audit.selectors.trail import (
    EXPORTED,
    VIEWED,
    Entry,
    actions_known,
    entries,
    events,
    kinds_known,
    narrowed,
    one,
    trail,
)

__all__ = [
    "EXPORTED", "VIEWED", "Change", "Entry", "actions_known", "breaks", "changes", "entries", "events", "heads", "kinds_known", "narrowed",
    "one", "trail",
]  # fmt: skip
