"""What a chart is made of: a sheet with marks, words for those who do not see it, and the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH = 640
# Room for the words around the plot.
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 14, 40


@dataclass(frozen=True)
class Mark:
    """One SVG element: its tag, class, attributes, words inside, what hovering tells, and where it leads."""

    tag: str
    role: str
    attributes: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    told: str = ""
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """What `components/chart.html` draws: `key` is unique on its page, `rows` are the values under `columns`."""

    key: str
    title: str
    description: str
    marks: Sequence[Mark]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    height: int
    csv_url: str = ""
    width: int = WIDTH

    @property
    def linked(self) -> bool:
        """Whether marks lead somewhere, which a mere image could not."""
        return any(mark.url for mark in self.marks)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rows


def text(x: float, y: float, words: str, *, role: str = "tick", anchor: str = "start") -> Mark:
    """Words with their anchor (start, middle, end) at a point."""
    return Mark("text", role, {"x": r(x), "y": r(y), "text-anchor": anchor}, text=words)


def rule(x1: float, y1: float, x2: float, y2: float, *, role: str = "grid", told: str = "") -> Mark:
    """A straight line."""
    return Mark("line", role, {"x1": r(x1), "y1": r(y1), "x2": r(x2), "y2": r(y2)}, told=told)


def box(x: float, y: float, width: float, height: float, *, role: str, told: str = "", url: str = "") -> Mark:
    """A rectangle."""
    sides = {"x": r(x), "y": r(y), "width": r(max(width, 0)), "height": r(max(height, 0))}
    return Mark("rect", role, sides, told=told, url=url)


def path(points: Sequence[tuple[float, float]], *, role: str, closed: bool = False) -> Mark:
    """A line through points."""
    way = "L".join(f"{r(x)} {r(y)}" for x, y in points)
    return Mark("path", role, {"d": f"M{way}{'Z' if closed else ''}"})


def point(x: float, y: float, *, shape: int, role: str, size: float = 4.5, told: str = "", url: str = "") -> Mark:
    """A marker whose shape tells its series apart without colour: circle, square, triangle, diamond, cross, plus."""
    return Mark("path", role, {"d": _SHAPES[shape % len(_SHAPES)](x, y, size)}, told=told, url=url)


def r(value: float) -> str:
    """A coordinate, short enough for a small page."""
    return f"{value:.1f}".removesuffix(".0")


def _circle(x: float, y: float, s: float) -> str:
    return f"M{r(x - s)} {r(y)}a{r(s)} {r(s)} 0 1 0 {r(2 * s)} 0a{r(s)} {r(s)} 0 1 0 {r(-2 * s)} 0Z"


def _square(x: float, y: float, s: float) -> str:
    return f"M{r(x - s)} {r(y - s)}h{r(2 * s)}v{r(2 * s)}h{r(-2 * s)}Z"


def _triangle(x: float, y: float, s: float) -> str:
    return f"M{r(x)} {r(y - s * 1.2)}l{r(s * 1.2)} {r(s * 2.1)}h{r(-2.4 * s)}Z"


def _diamond(x: float, y: float, s: float) -> str:
    d = s * 1.3
    return f"M{r(x)} {r(y - d)}l{r(d)} {r(d)}l{r(-d)} {r(d)}l{r(-d)} {r(-d)}Z"


def _cross(x: float, y: float, s: float) -> str:
    return f"M{r(x - s)} {r(y - s)}l{r(2 * s)} {r(2 * s)}M{r(x + s)} {r(y - s)}l{r(-2 * s)} {r(2 * s)}"


def _plus(x: float, y: float, s: float) -> str:
    d = s * 1.25
    return f"M{r(x - d)} {r(y)}h{r(2 * d)}M{r(x)} {r(y - d)}v{r(2 * d)}"


_SHAPES = (_circle, _square, _triangle, _diamond, _cross, _plus)
