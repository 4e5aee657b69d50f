"""Lines over time, with a band that is allowed and a threshold that is not to be crossed."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.charts import axes, marks
from apps.core.charts.marks import Chart, Mark
from apps.core.charts.scale import Scale, plain, spanning
from apps.core.charts.series import Series, at_most, role

_HEIGHT, _ROOM_FOR_NAMES = 260, 96


@dataclass(frozen=True)
class Band:
    """The range between `low` and `high` at every label."""

    name: str
    low: Sequence[float]
    high: Sequence[float]


def line(
    *,
    key: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    band: Band | None = None,
    threshold: tuple[str, float] | None = None,
    unit: str = "",
    csv_url: str = "",
) -> Chart:
    """Each series as a line with its name at the end; all values in `unit`, one a label."""
    shown = at_most(series)
    known = [value for one in shown for value in one.values if value is not None]
    bounds = [*known, *(band.high if band else ()), *(band.low if band else ()), *([threshold[1]] if threshold else ())]
    left, right = marks.LEFT, marks.WIDTH - _ROOM_FOR_NAMES
    y, values = spanning(bounds, start=_HEIGHT - marks.BOTTOM, end=marks.TOP + 8)
    x = Scale(0, max(len(labels) - 1, 1), left, right)
    drawn = [*axes.upright(y, values, left=left, right=right), *_below(labels, x)]
    drawn += _band(band, x, y) if band else []
    drawn += _threshold(threshold, y, left, right) if threshold else []
    for place, one in enumerate(shown):
        drawn += _line(one, x, y, role(place, one.name), place, labels)
    drawn += _names(shown, x, y) + axes.named("", unit, left=left, right=right, bottom=_HEIGHT - marks.BOTTOM)
    columns = ["", *(one.name for one in shown), *([f"{band.name}, low", f"{band.name}, high"] if band else [])]
    rows = [
        [label, *(one.values[at] for one in shown), *([band.low[at], band.high[at]] if band else [])]
        for at, label in enumerate(labels)
    ]
    return Chart(key, title, description, drawn, columns, rows, _HEIGHT, csv_url)


def _below(labels: Sequence[str], x: Scale) -> list[Mark]:
    bottom = _HEIGHT - marks.BOTTOM
    return [marks.text(x(at), bottom + 16, labels[at], anchor="middle") for at in axes.few(labels)]


def _band(band: Band, x: Scale, y: Scale) -> list[Mark]:
    upper = [(x(at), y(value)) for at, value in enumerate(band.high)]
    lower = [(x(at), y(value)) for at, value in enumerate(band.low)]
    named = marks.text(x(0) + 6, y(band.high[0]) - 6, band.name, role="axis")
    return [marks.path([*upper, *reversed(lower)], role="band", closed=True), named]


def _threshold(threshold: tuple[str, float], y: Scale, left: float, right: float) -> list[Mark]:
    name, value = threshold
    at = y(value)
    return [
        marks.rule(left, at, right, at, role="threshold"),
        marks.text(right, at - 5, f"{name} {plain(value)}", role="named", anchor="end"),
    ]


def _line(one: Series, x: Scale, y: Scale, name: str, shape: int, labels: Sequence[str]) -> list[Mark]:
    known = [(at, value) for at, value in enumerate(one.values) if value is not None]
    if not known:
        return []
    dash = " forecast" if one.dashed else ""
    drawn = [marks.path([(x(at), y(value)) for at, value in known], role=f"line {name}{dash}")]
    # Markers where one can still tell them apart, and always at the end.
    few = known if len(known) <= 32 else known[-1:]
    told = [(at, value, f"{one.name}, {labels[at]}: {plain(value)}") for at, value in few]
    return [
        *drawn,
        *(marks.point(x(at), y(v), shape=shape, role=f"point {name}", size=3.5, told=words) for at, v, words in told),
    ]


def _names(shown: Sequence[Series], x: Scale, y: Scale) -> list[Mark]:
    """Each name beside the end of its line, pushed apart where two lines end close together."""
    ends = []
    for place, one in enumerate(shown):
        known = [(at, value) for at, value in enumerate(one.values) if value is not None]
        if known:
            ends.append((y(known[-1][1]), x(known[-1][0]), one.name, role(place, one.name)))
    found, last = [], -100.0
    for at_y, at_x, name, named in sorted(ends):
        last = max(at_y + 4, last + 14)
        found.append(marks.text(at_x + 9, last, name, role=f"named {named}"))
    return found
