"""Three states of a case: what was imported last, what the file says now, and what stands here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Merge:
    """The fields to take over, those where both sides changed, and what counts as imported afterwards."""

    take: dict[str, Any] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)
    imported: dict[str, Any] = field(default_factory=dict)


def merge(
    *, before: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any], fixed: Collection[str] = ()
) -> Merge:
    """Take over what only the file changed; what people changed here stays, and where both did is a clash.

    `fixed` are fields that people here have taken over, such as the stage of a case that was reviewed. A field that the
    file does not speak of stays as it is.
    """
    found = Merge(imported=dict(before))
    for name, new in theirs.items():
        was, mine = before.get(name), ours.get(name)
        if new == was:
            continue
        if new == mine:
            found.imported[name] = new
        elif mine != was or name in fixed:
            found.clashes.append(name)
        else:
            found.take[name] = found.imported[name] = new
    return found
