"""References from one app to a row of any other, without a foreign key."""

from typing import NamedTuple


class Ref(NamedTuple):
    """A kind (`use_case`, `prompt_version`, …) and the id of one row of it."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
