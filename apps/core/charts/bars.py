"""Level bars, plain and stacked, one a named row: names stay readable however long they are."""

from collections.abc import Sequence

from apps.core.charts import axes, marks
from apps.core.charts.marks import Chart, Mark
from apps.core.charts.scale import Scale, plain, spanning
from apps.core.charts.series import Series, at_most, role

_ROW, _BAR, _NAMES = 32, 18, 132


def bars(
    *,
    key: str,
    title: str,
    description: str,
    rows: Sequence[tuple[str, float, str]],
    value_name: str,
    note_name: str = "",
    urls: Sequence[str] = (),
    csv_url: str = "",
) -> Chart:
    """One bar for each (name, value, note); the value and the note stand at its end, so there is no axis."""
    height = marks.TOP + _ROW * len(rows) + 6
    x = _across([value for _, value, _ in rows], right=marks.WIDTH - 224)[0]
    drawn: list[Mark] = []
    for at, (name, value, note) in enumerate(rows):
        y = marks.TOP + _ROW * at
        said = f"{plain(value)}{f' · {note}' if note else ''}"
        drawn += [
            marks.text(_NAMES - 10, y + 17, name, role="label", anchor="end"),
            marks.box(_NAMES, y + 4, max(x(value) - _NAMES, 1.5), _BAR, role="block series-1", told=f"{name}: {said}",
                      url=urls[at] if at < len(urls) else ""),
            marks.text(max(x(value), _NAMES + 1.5) + 8, y + 17, said, role="value"),
        ]  # fmt: skip
    columns = ["", value_name, *([note_name] if note_name else [])]
    table = [[name, value, *([note] if note_name else [])] for name, value, note in rows]
    return Chart(key, title, description, drawn, columns, table, height, csv_url)


def stacked(
    *,
    key: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    unit: str = "",
    csv_url: str = "",
) -> Chart:
    """One bar a label, made of every series in turn; what each hatch and colour means stands above."""
    shown = at_most(series)
    totals = [sum(one.values[at] or 0 for one in shown) for at in range(len(labels))]
    top = marks.TOP + 20
    bottom = top + _ROW * len(labels) + 2
    x, values = _across(totals, right=marks.WIDTH - marks.RIGHT - 8)
    drawn = [*axes.level(x, values, top=top, bottom=bottom), *_legend(shown)]
    for at, label in enumerate(labels):
        drawn += _stack(label, [one.values[at] or 0 for one in shown], shown, x, top + _ROW * at)
    drawn += axes.named(unit, "", left=_NAMES, right=marks.WIDTH - marks.RIGHT, bottom=bottom)
    table = [[label, *(one.values[at] for one in shown)] for at, label in enumerate(labels)]
    return Chart(key, title, description, drawn, ["", *(one.name for one in shown)], table, int(bottom + 40), csv_url)


def _stack(label: str, values: Sequence[float], shown: Sequence[Series], x: Scale, y: float) -> list[Mark]:
    drawn, before = [marks.text(_NAMES - 10, y + 20, label, role="label", anchor="end")], 0.0
    for place, (one, value) in enumerate(zip(shown, values, strict=True)):
        if value:
            told = f"{label}, {one.name}: {plain(value)}"
            left, right = x(before), x(before + value)
            named = f"block {role(place, one.name)}"
            drawn.append(marks.box(left, y + 7, right - left - 1, _BAR, role=named, told=told))
            if right - left > 44:
                drawn.append(marks.text((left + right) / 2, y + 20.5, plain(value), role="inside", anchor="middle"))
        before += value
    return drawn


def _legend(shown: Sequence[Series]) -> list[Mark]:
    room = [34 + 9 * len(one.name) for one in shown]
    found, x = [], float(min(_NAMES, max(0, marks.WIDTH - sum(room))))
    for place, one in enumerate(shown):
        named = role(place, one.name)
        found += [
            marks.point(x + 5, 9, shape=place, role=f"point {named}", size=4.5),
            marks.text(x + 15, 13, one.name, role="label"),
        ]
        x += room[place]
    return found


def _across(values: Sequence[float], *, right: float) -> tuple[Scale, list[float]]:
    return spanning(values, start=_NAMES, end=right)
