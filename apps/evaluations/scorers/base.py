"""The one interface of all scorers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class Judgement:
    """A score from 0 to 1, or None with an `error` when the answer could not be judged at all."""

    value: Decimal | None
    explanation: str = ""
    error: str = ""


class Scorer(Protocol):
    """Judges one output. `version` changes whenever the same input could be scored differently."""

    key: str
    title: str
    version: int

    def score(self, *, expected: str, output: str) -> Judgement:
        """Judge `output` against `expected`; never raises."""
        ...


RIGHT, WRONG = Decimal(1), Decimal(0)
