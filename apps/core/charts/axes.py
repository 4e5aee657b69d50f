"""The words and hairlines around a plot."""

from collections.abc import Callable, Sequence
from math import ceil

from apps.core.charts import marks
from apps.core.charts.marks import Mark
from apps.core.charts.scale import Scale, plain

Shown = Callable[[float], str]


def upright(scale: Scale, values: Sequence[float], *, left: float, right: float, shown: Shown = plain) -> list[Mark]:
    """Hairlines across the plot with their values to the left."""
    found = []
    for value in values:
        y = scale(value)
        found += [marks.rule(left, y, right, y), marks.text(left - 8, y + 4, shown(value), anchor="end")]
    return found


def level(scale: Scale, values: Sequence[float], *, top: float, bottom: float, shown: Shown = plain) -> list[Mark]:
    """Hairlines up the plot with their values below."""
    found = []
    for value in values:
        x = scale(value)
        found += [marks.rule(x, top, x, bottom), marks.text(x, bottom + 16, shown(value), anchor="middle")]
    return found


def named(x_label: str, y_label: str, *, left: float, right: float, bottom: float) -> list[Mark]:
    """The names of both axes: below the plot, and above its upper left corner."""
    found = []
    if x_label:
        found.append(marks.text((left + right) / 2, bottom + 34, x_label, role="axis", anchor="middle"))
    if y_label:
        found.append(marks.text(0, 13, y_label, role="axis"))
    return found


def few(labels: Sequence[str], *, most: int = 6) -> list[int]:
    """The places of at most `most` labels, evenly apart from the first on."""
    return list(range(0, len(labels), max(1, ceil(len(labels) / most))))
