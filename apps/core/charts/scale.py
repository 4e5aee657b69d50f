"""From values to places on the sheet, and round numbers for the axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10


@dataclass(frozen=True)
class Scale:
    """Maps `low`…`high` linearly to `start`…`end` on the sheet; a scale without extent maps to the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """At most about `count` round numbers (1, 2 or 5 times a power of ten apart) that cover `low` to `high`."""
    if high <= low:
        high = low + 1
    step = _round_step((high - low) / max(count, 1))
    first, last = floor(low / step), -floor(-high / step)
    return [round(place * step, 10) for place in range(first, last + 1)]


def _round_step(raw: float) -> float:
    size = 10 ** floor(log10(raw))
    return float(next(step * size for step in (1, 2, 5, 10) if step * size >= raw * 0.999999))


def spanning(values: Sequence[float], *, start: float, end: float, zero: bool = True) -> tuple[Scale, list[float]]:
    """A scale that covers `values`, from zero unless told otherwise, and its ticks."""
    low = min([*values, 0.0] if zero else values, default=0.0)
    high = max([*values, 0.0] if zero else values, default=1.0)
    marks = ticks(low, high)
    return Scale(marks[0], marks[-1], start, end), marks


def plain(value: float) -> str:
    """A number for an axis: no needless digits, thousands apart."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def percent(value: float) -> str:
    """A share from 0 to 1 as a whole or tenth per cent."""
    return f"{100 * value:.1f} %".replace(".0 ", " ")
