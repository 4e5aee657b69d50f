"""How often values fall into equal bins, with a threshold where one matters."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from apps.core.charts import axes, marks
from apps.core.charts.marks import Chart, Mark
from apps.core.charts.scale import Scale, plain, spanning

_HEIGHT = 232


def histogram(
    *,
    key: str,
    title: str,
    description: str,
    edges: Sequence[float],
    counts: Sequence[int],
    value_name: str,
    count_name: str,
    threshold: tuple[str, float] | None = None,
    shown: Callable[[float], str] = plain,
    csv_url: str = "",
) -> Chart:
    """`counts[i]` values lie from `edges[i]` to below `edges[i + 1]`; the last bin holds its upper edge too."""
    left, right, bottom = marks.LEFT, marks.WIDTH - marks.RIGHT, _HEIGHT - marks.BOTTOM
    x = Scale(edges[0], edges[-1], left, right)
    y, values = spanning(list(counts), start=bottom, end=marks.TOP + 12)
    whole = [value for value in values if value == int(value)]
    drawn = [*axes.upright(y, whole, left=left, right=right), *_edges(edges, x, bottom, shown)]
    rows = []
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        name = f"{shown(low)} to {shown(high)}"
        rows.append([name, count])
        told, width = f"{name}: {count:,}", x(high) - x(low) - 2
        if count:
            drawn.append(marks.box(x(low) + 1, y(count), width, bottom - y(count), role="block series-1", told=told))
    drawn += _limit(threshold, x, bottom, shown) if threshold else []
    drawn += axes.named(value_name, count_name, left=left, right=right, bottom=bottom)
    table = rows if any(counts) else []
    return Chart(key, title, description, drawn, [value_name, count_name], table, _HEIGHT, csv_url)


def binned(values: Iterable[float], edges: Sequence[float]) -> list[int]:
    """How many `values` fall into each bin between neighbouring `edges`; values outside them count nowhere."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        if edges[0] <= value <= edges[-1]:
            counts[min(bisect_right(edges, value), len(counts)) - 1] += 1
    return counts


def _edges(edges: Sequence[float], x: Scale, bottom: float, shown: Callable[[float], str]) -> list[Mark]:
    places = axes.few([shown(edge) for edge in edges], most=8)
    return [marks.text(x(edges[at]), bottom + 16, shown(edges[at]), anchor="middle") for at in places]


def _limit(threshold: tuple[str, float], x: Scale, bottom: float, shown: Callable[[float], str]) -> list[Mark]:
    name, value = threshold
    at = x(value)
    # The words stand on the side that has room.
    anchor, aside = ("end", -6) if at > marks.WIDTH / 2 else ("start", 6)
    return [
        marks.rule(at, marks.TOP, at, bottom, role="threshold"),
        marks.text(at + aside, marks.TOP + 10, f"{name} {shown(value)}", role="named", anchor=anchor),
    ]
