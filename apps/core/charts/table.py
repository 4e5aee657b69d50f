"""The values behind a chart as CSV."""

import csv
import io
from typing import Any

from apps.core.charts.marks import Chart

# A spreadsheet takes text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(chart: Chart) -> str:
    """The chart's table as CSV with a header; text that a spreadsheet would compute is made text by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(column or "Name" for column in chart.columns)
    writer.writerows([_harmless(value) for value in row] for row in chart.rows)
    return out.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
