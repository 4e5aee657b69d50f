"""Estimates with their intervals, one a row, against a threshold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.core.charts import axes, marks
from apps.core.charts.marks import Chart, Mark
from apps.core.charts.scale import Scale, percent

_ROW, _NAMES = 38, 248
_LONGEST_NAME = 26


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval; `group` (0 to 5) picks colour and marker, `note` is told on hovering.

    `under` is a second line below the name.
    """

    name: str
    low: float
    value: float
    high: float
    url: str = ""
    note: str = ""
    group: int = 0
    under: str = ""


def dots(
    *,
    key: str,
    title: str,
    description: str,
    estimates: Sequence[Estimate],
    threshold: tuple[str, float] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    shown: Callable[[float], str] = percent,
    value_name: str = "Share",
    csv_url: str = "",
) -> Chart:
    """Each estimate as a marker on its interval, all on one scale from `bounds[0]` to `bounds[1]`."""
    top = marks.TOP + 10
    bottom = top + _ROW * len(estimates)
    x = Scale(*bounds, _NAMES, marks.WIDTH - marks.RIGHT - 8)
    step = (bounds[1] - bounds[0]) / 4
    drawn = axes.level(x, [bounds[0] + place * step for place in range(5)], top=top, bottom=bottom, shown=shown)
    for at, one in enumerate(estimates):
        drawn += _row(one, x, top + _ROW * (at + 0.5), shown)
    if threshold:
        at_x = x(threshold[1])
        drawn += [
            marks.rule(at_x, top - 4, at_x, bottom, role="threshold"),
            marks.text(at_x, top - 8, f"{threshold[0]} {shown(threshold[1])}", role="named", anchor="middle"),
        ]
    columns = ["", value_name, "Low", "High"]
    rows = [[_whole(one), shown(one.value), shown(one.low), shown(one.high)] for one in estimates]
    return Chart(key, title, description, drawn, columns, rows, int(bottom + 26), csv_url)


def _row(one: Estimate, x: Scale, y: float, shown: Callable[[float], str]) -> list[Mark]:
    note = f". {one.note}" if one.note else ""
    told = f"{_whole(one)}: {shown(one.value)}, from {shown(one.low)} to {shown(one.high)}{note}"
    named = f"series-{one.group % 6 + 1}"
    return [
        marks.text(_NAMES - 14, y - 2 if one.under else y + 4, _short(one.name), role="label", anchor="end"),
        *([marks.text(_NAMES - 14, y + 13, _short(one.under), anchor="end")] if one.under else []),
        marks.rule(x(one.low), y, x(one.high), y, role=f"whisker {named}"),
        marks.rule(x(one.low), y - 5, x(one.low), y + 5, role=f"whisker {named}"),
        marks.rule(x(one.high), y - 5, x(one.high), y + 5, role=f"whisker {named}"),
        marks.point(x(one.value), y, shape=one.group, role=f"point {named}", size=5.5, told=told, url=one.url),
    ]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _whole(one: Estimate) -> str:
    return f"{one.name}, {one.under}" if one.under else one.name
