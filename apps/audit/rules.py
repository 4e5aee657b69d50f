"""What the hashes of events and seals are taken over, and what a saved head and a break are."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.hashing import canonical_bytes

GENESIS = "0" * 64
EVENTS, HISTORY = "events", "history"
# A line that `audit_head` wrote, or its middle alone; the name of the chain may be left out for events.
_HEAD = re.compile(rf"(?:({EVENTS}|{HISTORY})\s+)?(\d{{1,18}}):([0-9a-f]{{64}})(?:\s.*)?")
CHANGED, MISSING, INSERTED, REORDERED, CUT = "changed", "missing", "inserted", "reordered", "cut"


@dataclass(frozen=True)
class Break:
    """One place where a chain is not as written: its `kind` is one of the five above, `words` tell it to a person."""

    chain: str
    sequence: int
    kind: str
    words: str

    def __str__(self) -> str:
        return f"{self.chain} from sequence {self.sequence}: {self.kind}. {self.words}"


@dataclass(frozen=True)
class Head:
    """The newest link of a chain at some time, kept where whoever owns the database cannot change it."""

    chain: str
    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.chain} {self.sequence}:{self.hash}"


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


def sealed_hash(*, previous: str, sequence: int, at: datetime, fields: Sequence[object], columns: Sequence[str]) -> str:
    """SHA-256 (hex) of a seal, as the function `audit_seal` takes it in PostgreSQL.

    No field can hold the separator: `fields` are a table's name, numbers, and a hash, and columns are our own names.
    """
    parts = [previous, sequence, f"{at:%Y-%m-%dT%H:%M:%S.%f}", *("" if f is None else f for f in fields)]
    return hashlib.sha256("|".join(map(str, [*parts, ",".join(map(str, columns or ()))])).encode()).hexdigest()


def heads(lines: Iterable[str]) -> list[Head]:
    """The saved heads, one a line; blank lines and those that begin with # do not count. Raises ValueError."""
    found = []
    for line in lines:
        if not (text := line.strip()) or text.startswith("#"):
            continue
        if not (match := _HEAD.fullmatch(text)):
            raise ValueError(f"{text[:100]!r} is no head: write `events 12:` and 64 hexadecimal digits, one a line.")
        found.append(Head(match[1] or EVENTS, int(match[2]), match[3]))
    return found
