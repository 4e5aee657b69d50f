"""References from one app to a row of any other, without a foreign key."""

from typing import NamedTuple

# How PostgreSQL and the portal spell a UUID, as a regular expression: one text alone for each id.
UUID_TEXT = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class Ref(NamedTuple):
    """A kind (`use_case`, `prompt_version`, …) and the id of one row of it."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
