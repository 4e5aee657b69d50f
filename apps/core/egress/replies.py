"""What came back from another server, read to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Fetched:
    """A whole answer; its body and headers are for programs and never for a page, a log or an error."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """A status, and the first characters of the body, to decide by.

    Never show or store `body_start`: a server may send back what it was sent.
    """

    START: ClassVar[int] = 500

    status: int
    body_start: str

    @property
    def ok(self) -> bool:
        """Whether the other side took it."""
        return 200 <= self.status < 300
