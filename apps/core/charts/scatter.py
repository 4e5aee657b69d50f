"""Points that trade one measure against another, with the line of those that nothing else beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from apps.core.charts import axes, marks
from apps.core.charts.marks import Chart, Mark
from apps.core.charts.scale import plain, spanning

_HEIGHT = 300


@dataclass(frozen=True)
class Spot:
    """One point: less `x` (a cost) and more `y` (a quality) is better; its area shows `size` where given."""

    name: str
    x: float
    y: float
    size: float | None = None
    url: str = ""
    group: int = 0


def scatter(
    *,
    key: str,
    title: str,
    description: str,
    spots: Sequence[Spot],
    x_name: str,
    y_name: str,
    size_name: str = "",
    csv_url: str = "",
) -> Chart:
    """Every spot as a marker that links to its page, and the frontier through the best of them."""
    left, right, bottom = marks.LEFT, marks.WIDTH - marks.RIGHT - 24, _HEIGHT - marks.BOTTOM
    x, x_values = spanning([spot.x for spot in spots], start=left, end=right)
    y, y_values = spanning([spot.y for spot in spots], start=bottom, end=marks.TOP + 14, zero=False)
    best = frontier(spots)
    drawn = [*axes.upright(y, y_values, left=left, right=right), *axes.level(x, x_values, top=marks.TOP, bottom=bottom)]
    if len(best) > 1:
        drawn.append(marks.path([(x(spot.x), y(spot.y)) for spot in best], role="frontier"))
    largest = max((spot.size for spot in spots if spot.size), default=1.0)
    for spot in spots:
        drawn += _spot(spot, x(spot.x), y(spot.y), largest, named=spot in best, x_name=x_name, y_name=y_name)
    drawn += axes.named(x_name, y_name, left=left, right=right, bottom=bottom)
    columns = ["", x_name, y_name, *([size_name] if size_name else []), "On the frontier"]
    rows = [
        [spot.name, spot.x, spot.y, *([spot.size] if size_name else []), "yes" if spot in best else "no"]
        for spot in spots
    ]
    return Chart(key, title, description, drawn, columns, rows, _HEIGHT, csv_url)


def frontier(spots: Sequence[Spot]) -> list[Spot]:
    """The spots that no other one beats in both measures, by rising cost (Pareto)."""
    best: list[Spot] = []
    for spot in sorted(spots, key=lambda one: (one.x, -one.y)):
        if not best or spot.y > best[-1].y:
            best.append(spot)
    return best


def _spot(spot: Spot, x: float, y: float, largest: float, *, named: bool, x_name: str, y_name: str) -> list[Mark]:
    size = 5.0 if spot.size is None else 4.0 + 8.0 * sqrt(max(spot.size, 0) / largest)
    told = f"{spot.name}: {x_name} {plain(spot.x)}, {y_name} {plain(spot.y)}"
    dot = marks.point(
        x, y, shape=spot.group, role=f"point series-{spot.group % 6 + 1}", size=size, told=told, url=spot.url
    )
    if not named:
        return [dot]
    aside, anchor = (-size - 5, "end") if x > marks.WIDTH * 0.7 else (size + 5, "start")
    return [dot, marks.text(x + aside, y - size - 2, spot.name, role="named", anchor=anchor)]
