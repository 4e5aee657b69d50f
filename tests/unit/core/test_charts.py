"""Charts: pure geometry with words and a table, no style, no more than six series."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from apps.core import charts
from apps.core.charts import Chart, Estimate, Series, Spot
from apps.core.charts.axes import few
from apps.core.charts.scale import Scale, ticks
from apps.core.charts.scatter import frontier
from apps.portal.views.samples import drawn

SAMPLES = drawn()
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def svg(chart: Chart) -> ET.Element:
    """The chart's picture as a tree."""
    html = render_to_string("components/chart.html", {"chart": chart})
    return ET.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])  # noqa: S314 our own template


@pytest.mark.parametrize("chart", SAMPLES, ids=lambda chart: chart.key)
def test_a_chart_has_title_description_table_and_no_style(chart: Chart) -> None:
    picture = svg(chart)
    assert [child.tag for child in picture][:2] == ["title", "desc"]
    assert picture.find("title").text == chart.title  # type: ignore[union-attr]
    html = render_to_string("components/chart.html", {"chart": chart})
    assert "<details" in html
    assert html.count("<tr>") == len(chart.rows) + 1
    for element in picture.iter():
        assert not {"style", "fill", "stroke"} & element.attrib.keys()


@pytest.mark.parametrize("chart", SAMPLES, ids=lambda chart: chart.key)
def test_every_mark_lies_on_the_sheet(chart: Chart) -> None:
    for mark in chart.marks:
        for name, value in mark.attributes.items():
            if name in ("x", "x1", "x2"):
                assert -1 <= float(value) <= chart.width + 1, mark
            if name in ("y", "y1", "y2"):
                assert -1 <= float(value) <= chart.height + 1, mark


@pytest.mark.parametrize("chart", SAMPLES, ids=lambda chart: chart.key)
def test_marks_lie_within_the_sheet_along_paths_too(chart: Chart) -> None:
    for mark in chart.marks:
        if mark.role.startswith(("line", "frontier", "band")):
            places = [float(found) for found in NUMBER.findall(mark.attributes["d"])]
            assert all(0 <= x <= chart.width for x in places[::2])
            assert all(0 <= y <= chart.height for y in places[1::2])


def test_beyond_six_series_the_rest_are_summed_as_other() -> None:
    series = [Series(str(number), [1.0, None]) for number in range(9)]
    kept = charts.at_most(series)
    assert [one.name for one in kept] == ["0", "1", "2", "3", "4", "5", "Other"]
    assert list(kept[-1].values) == [3.0, 0]
    assert charts.at_most(series[:6]) == series[:6]


def test_series_differ_by_marker_and_not_by_colour_alone() -> None:
    series = [Series(str(number), [number, number + 1.0]) for number in range(6)]
    chart = charts.line(key="k", title="T", description="D", labels=["a", "b"], series=series)
    shapes = {
        mark.role: re.sub(r"[\d.\s-]", "", mark.attributes["d"])
        for mark in chart.marks
        if mark.role.startswith("point")
    }
    assert len(set(shapes.values())) == 6


def test_a_line_skips_what_is_not_known() -> None:
    chart = charts.line(
        key="k", title="T", description="D", labels=["a", "b", "c"], series=[Series("One", [1.0, None, 3.0])]
    )
    (path,) = [mark for mark in chart.marks if mark.role.startswith("line")]
    assert path.attributes["d"].count("L") == 1
    assert chart.rows[1] == ["b", None]


def test_the_frontier_holds_what_nothing_beats() -> None:
    cheap, good, beaten = Spot("cheap", 1, 0.5), Spot("good", 3, 0.9), Spot("beaten", 2, 0.4)
    assert frontier([good, beaten, cheap]) == [cheap, good]


def test_points_that_lead_somewhere_are_links_with_names() -> None:
    chart = charts.dots(key="k", title="T", description="D", estimates=[Estimate("One", 0.1, 0.2, 0.3, "/there")])
    (link,) = svg(chart).iter("a")
    assert link.attrib == {"href": "/there", "aria-label": "One: 20 %, from 10 % to 30 %"}
    assert svg(chart).attrib["role"] == "group"


def test_nothing_to_draw_is_said() -> None:
    chart = charts.bars(key="k", title="T", description="", rows=[], value_name="Cases")
    assert "There is nothing to draw yet." in render_to_string("components/chart.html", {"chart": chart})


def test_names_are_escaped() -> None:
    chart = charts.bars(key="k", title="<b>", description="", rows=[("<script>", 1.0, "")], value_name="n")
    assert "<script>" not in render_to_string("components/chart.html", {"chart": chart})


def test_the_csv_holds_the_table_and_nothing_that_a_spreadsheet_computes() -> None:
    chart = charts.bars(key="k", title="T", description="", rows=[("=1+1", 2.0, ""), ("-x", -3.0, "")], value_name="n")
    rows = list(csv.reader(io.StringIO(charts.csv_text(chart))))
    assert rows == [["Name", "n"], ["'=1+1", "2.0"], ["'-x", "-3.0"]]


def test_bins_take_their_lower_edge_and_the_last_its_upper_too() -> None:
    assert charts.binned([0, 0.5, 1, 1.5, 2, 9, -1], [0, 1, 2]) == [2, 3]


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_ticks_cover_their_range_in_few_even_steps(a: float, b: float) -> None:
    low, high = sorted((a, b))
    marks = ticks(low, high)
    assert marks == sorted(marks)
    assert 2 <= len(marks) <= 12
    if high - low > 1e-6:
        assert marks[0] <= low + 1e-6
        assert marks[-1] >= high - 1e-6


def test_a_scale_without_extent_maps_to_the_middle() -> None:
    assert Scale(5, 5, 0, 100)(5) == 50


def test_labels_on_an_axis_stand_evenly_apart() -> None:
    places = few([str(number) for number in range(16)], most=8)
    assert {after - before for before, after in pairwise(places)} == {2}
    assert len(few(["a"] * 365)) <= 6
