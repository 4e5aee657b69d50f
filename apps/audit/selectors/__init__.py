"""Reading the audit trail, proving that it is as written, and what changed in history beside an event."""

from apps.audit.selectors.chain import breaks, heads
from apps.audit.selectors.changes import Change, changes
from apps.audit.selectors.trail import (
    EXPORTED,
    VIEWED,
    Entry,
    about,
    before,
    done_to,
    entries,
    events,
    last_verification,
    midnight,
    one,
    since,
    trail,
    words,
)

__all__ = [
    "EXPORTED", "VIEWED", "Change", "Entry", "about", "before", "breaks", "changes", "done_to", "entries", "events",
    "heads", "last_verification", "midnight", "one", "since", "trail", "words",
]  # fmt: skip
