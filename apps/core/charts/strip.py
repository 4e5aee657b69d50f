"""What state something was in over time, one strip a row."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.charts import axes, marks
from apps.core.charts.marks import Chart
from apps.core.charts.scale import Scale, ticks

_ROW, _BAR, _NAMES = 30, 16, 132


@dataclass(frozen=True)
class Span:
    """From `start` to `end` on the chart's scale, in a state of the tone good, info, warning, bad or neutral."""

    start: float
    end: float
    state: str
    tone: str


def strip(
    *,
    key: str,
    title: str,
    description: str,
    rows: Sequence[tuple[str, Sequence[Span]]],
    unit: str,
    csv_url: str = "",
) -> Chart:
    """Every row's spans on one scale in `unit`; a span's state is written in it where it fits."""
    spans = [span for _, found in rows for span in found]
    low, high = min((span.start for span in spans), default=0.0), max((span.end for span in spans), default=1.0)
    x = Scale(low, high, _NAMES, marks.WIDTH - marks.RIGHT - 8)
    bottom = marks.TOP + _ROW * len(rows)
    values = [value for value in ticks(low, high) if low <= value <= high]
    drawn = axes.level(x, values, top=marks.TOP, bottom=bottom)
    for at, (name, found) in enumerate(rows):
        y = marks.TOP + _ROW * at
        drawn.append(marks.text(_NAMES - 10, y + 19, name, role="label", anchor="end"))
        for span in found:
            width = x(span.end) - x(span.start)
            told = f"{name}: {span.state}"
            drawn.append(marks.box(x(span.start), y + 7, width - 1, _BAR, role=f"span {span.tone}", told=told))
            if width > 9 * len(span.state):
                drawn.append(marks.text(x(span.start) + 6, y + 19, span.state, role="inside"))
    drawn += axes.named(unit, "", left=_NAMES, right=marks.WIDTH, bottom=bottom)
    table = [[name, span.state, span.start, span.end] for name, found in rows for span in found]
    return Chart(key, title, description, drawn, ["", "State", "From", "To"], table, int(bottom + 40), csv_url)
