"""Named rows of values, at most six of them: more cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_SERIES = 6
OTHER = "Other"


@dataclass(frozen=True)
class Series:
    """One named row of values; None is a gap. `dashed` marks what is forecast rather than measured."""

    name: str
    values: Sequence[float | None]
    dashed: bool = False


def at_most(series: Sequence[Series]) -> list[Series]:
    """The first six series, and the sum of all others as "Other"."""
    kept, rest = list(series[:MOST_SERIES]), series[MOST_SERIES:]
    if rest:
        columns = zip(*(one.values for one in rest), strict=True)
        kept.append(Series(OTHER, [sum(value or 0 for value in column) for column in columns]))
    return kept


def role(place: int, name: str) -> str:
    """The class of the series at `place`, counted from 0."""
    return "other" if name == OTHER and place >= MOST_SERIES else f"series-{place + 1}"
