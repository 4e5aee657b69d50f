"""Charts as pure geometry: values in, marks with class names out; `components/chart.html` writes them as SVG.

No colour and no style is named here: CSS draws every mark by its class, so the pages need no inline style.
"""

from apps.core.charts.bars import bars, stacked
from apps.core.charts.dots import Estimate, dots
from apps.core.charts.histogram import binned, histogram
from apps.core.charts.line import Band, line
from apps.core.charts.marks import Chart, Mark
from apps.core.charts.scale import ticks
from apps.core.charts.scatter import Spot, scatter
from apps.core.charts.series import MOST_SERIES, Series, at_most
from apps.core.charts.strip import Span, strip
from apps.core.charts.table import csv_text

__all__ = [
    "MOST_SERIES",
    "Band",
    "Chart",
    "Estimate",
    "Mark",
    "Series",
    "Span",
    "Spot",
    "at_most",
    "bars",
    "binned",
    "csv_text",
    "dots",
    "histogram",
    "line",
    "scatter",
    "stacked",
    "strip",
    "ticks",
]
