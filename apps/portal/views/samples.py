"""Made things for the component gallery: nothing here is anybody's."""

from datetime import UTC, datetime
from typing import Any

from django import forms

from apps.core import charts, diff, lists
from apps.core.badges import Badge, badge
from apps.core.charts import Band, Chart, Estimate, Series, Span, Spot
from apps.core.choosing import Typed
from apps.core.details import Action, Fact, Head, Tab, steps
from apps.core.forms import VerbForm
from apps.core.timeline import Choice, Moment, Timeline

_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_SWATCHES = (
    "ground", "raised", "sunken", "text", "quiet", "link", "control", "good", "info", "warning", "bad",
    *(f"series-{place}" for place in range(1, 7)),
)  # fmt: skip
_STATIONS = [("a", "Discover"), ("b", "Play"), ("c", "Develop"), ("d", "Deploy")]
_OLD = "You are a clerk.\nAnswer in one sentence.\nNever guess."
_NEW = "You are a careful clerk.\nAnswer in one short sentence.\nNever guess.\nName your source."


class SampleForm(VerbForm):
    """One field of each sort."""

    title = forms.CharField(label="Title", help_text="A few words that tell it from others.")
    purpose = forms.CharField(label="Purpose", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    area = forms.ChoiceField(label="Area", choices=[("a", "Internal"), ("b", "Public")])
    lanes = forms.MultipleChoiceField(
        label="Lanes", choices=[("s", "Steward"), ("a", "Architecture")], widget=forms.CheckboxSelectMultiple
    )
    team = forms.CharField(
        label="One of hundreds", help_text="Type a part of the name and choose.", widget=Typed("team"), required=False
    )
    agreed = forms.BooleanField(label="I have read it", required=False)


def everything() -> dict[str, Any]:
    """The context of the gallery."""
    rows = [{"name": f"Row {number}", "n": 1200 * number, "state": state} for number, state in enumerate(_STATES)]
    columns = [
        lists.Column("name", "Name", lambda row: row["name"], lambda row: "#tables"),
        lists.Column("state", "State", lambda row: badge(row["state"]), kind="status"),
        lists.Column("samples", "Samples", lambda row: row["n"], kind="number"),
    ]
    return {
        "badges": [badge(state) for state in _STATES], "tones": ("good", "info", "warning", "bad", "neutral"),
        "tables": {scheme: lists.plain(f"Samples, {scheme}", columns, rows) for scheme in ("light", "dark")},
        "empty_form": SampleForm(prefix="empty"),
        "wrong_form": SampleForm({"wrong-purpose": "Kept as written."}, prefix="wrong"),
        "swatches": _SWATCHES, "heads": [_head(), _barred_head()], "sample_facts": _facts(),
        "timeline": _timeline(), "diff_rows": diff.lines(_OLD, _NEW), "charts": drawn(), "no_chart": _no_chart(),
    }  # fmt: skip


_STATES = ("approved", "in_review", "changes_requested", "rejected", "draft")


def _head() -> Head:
    return Head(
        "Use case UC-000000", "Sort letters by office", status=badge("cleared"), owner="A business owner",
        lede="A made example with everything a header can show.", steps=steps(_STATIONS, at="b"),
        primary=Action("Move to Develop", "#heads"),
        menu=[
            Action("Edit", "#heads"), Action("Share", "/gallery", dialog=True),
            Action("Retire", "#heads", tone="danger"),
        ],
        tabs=[Tab("Overview", "#heads", True), Tab("Evidence", "#heads"), Tab("History", "#heads")],
    )  # fmt: skip


def _barred_head() -> Head:
    return Head(
        "Use case UC-000001", "A case that cannot go on yet", status=badge("changes_requested"),
        primary=Action("Submit for gate G2", "#heads", needs=["a pinned prompt version", "a passed evaluation"]),
    )  # fmt: skip


def _facts() -> list[Fact]:
    return [
        Fact("Owner", "A business owner"), Fact("Nothing here", ""), Fact("Linked", "Another page", "#facts"),
        Fact("When", _AT, kind="time"), Fact("Hash", "9f86d081884c7d659a2feaa0c55ad015", kind="code"),
        Fact("State", Badge("Passed", "good"), kind="status"),
    ]  # fmt: skip


def _timeline() -> Timeline:
    moments = [
        Moment("comments", "Comment", "A reviewer", _AT, html="Please say who <strong>reads</strong> the answers."),
        Moment("reviews", "Review requested", "A business owner", _AT, [("Gate", "G1")]),
        Moment("changes", "Use case edited", "A business owner", _AT, [], [("Content hash", "9f86d081884c7d65" * 4)]),
    ]
    return Timeline(moments, [Choice("Everything", "?", True), Choice("Comments", "?only=comments", False)])


def _no_chart() -> Chart:
    return charts.bars(key="none", title="A chart without values", description="", rows=[], value_name="Cases")


def drawn() -> list[Chart]:
    """One chart of each sort."""
    return [_line(), _bars(), _stacked(), _histogram(), _dots(), _scatter(), _strip()]


def _line() -> Chart:
    days = [f"{day} Mar" for day in range(1, 15)]
    actual = [12.0, 14, 13, 17, 16, 19, 22, 21, 24, 23, None, None, None, None]
    ahead = [None] * 9 + [23.0, 25, 26, 28, 29]
    band = Band("Envelope", [8.0 + day for day in range(14)], [20.0 + day for day in range(14)])
    return charts.line(
        key="line", title="Cost a day", description="Actual and forecast cost against the envelope.", labels=days,
        series=[Series("Actual", actual), Series("Forecast", ahead, dashed=True)], band=band,
        threshold=("Limit", 32), unit="EUR",
    )  # fmt: skip


def _bars() -> Chart:
    found = {"Discover": (42.0, "median 12 days"), "Play": (17.0, "median 40 days"), "Develop": (9.0, "")}
    return charts.bars(
        key="bars", title="Use cases by stage", description="How many stand where.", value_name="Cases",
        rows=[(name, *shown) for name, shown in found.items()],
    )  # fmt: skip


def _stacked() -> Chart:
    names = ["Right", "Wrong", "Error", "Unscored", "Late", "Cut", "Odd", "Rare"]
    series = [Series(name, [40.0 / (place + 1), 30.0 / (place + 2)]) for place, name in enumerate(names)]
    return charts.stacked(
        key="stacked", title="Eight series", description="Six are shown; the others are summed.",
        labels=["Exact match", "Final number"], series=series, unit="Samples",
    )  # fmt: skip


def _histogram() -> Chart:
    counts = [2, 5, 9, 14, 22, 31, 26, 12, 4, 1]
    edges = [place / 10 for place in range(11)]
    return charts.histogram(
        key="histogram", title="Scores", description="How many samples scored how much.", edges=edges, counts=counts,
        value_name="Score", count_name="Samples", threshold=("Threshold", 0.5),
    )  # fmt: skip


def _dots() -> Chart:
    estimates = [
        Estimate("Version 2", 0.78, 0.84, 0.89, "#charts", group=0),
        Estimate("Version 1", 0.61, 0.68, 0.74, "#charts", group=1),
        Estimate("Version 1 on another, longer-named endpoint", 0.40, 0.52, 0.63, "#charts", group=2),
    ]
    return charts.dots(
        key="dots", title="Right answers by version", description="Shares with their 95 % intervals.",
        estimates=estimates, threshold=("Threshold", 0.7),
    )  # fmt: skip


def _scatter() -> Chart:
    spots = [
        Spot("Small", 0.2, 0.61, 300, "#charts", 0), Spot("Medium", 0.9, 0.78, 900, "#charts", 1),
        Spot("Large", 3.1, 0.86, 2400, "#charts", 2), Spot("Old", 2.4, 0.70, 1800, "#charts", 3),
    ]  # fmt: skip
    return charts.scatter(
        key="scatter", title="Quality against cost", description="The line joins those that nothing else beats.",
        spots=spots, x_name="EUR a thousand calls", y_name="Share right", size_name="Latency, ms",
    )  # fmt: skip


def _strip() -> Chart:
    rows = [
        ("GPU 0", [Span(0, 9, "Busy", "info"), Span(9, 12, "Idle", "neutral"), Span(12, 24, "Busy", "info")]),
        ("GPU 1", [Span(0, 4, "Failed", "bad"), Span(4, 20, "Good", "good"), Span(20, 24, "Slow", "warning")]),
    ]
    return charts.strip(key="strip", title="Utilisation", description="What each GPU did.", rows=rows, unit="Hour")
