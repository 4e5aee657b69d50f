"""The pictures of runs: shares with their intervals, how samples were judged, how long answers took."""

from collections.abc import Iterable

from django.urls import reverse

from apps.core import charts
from apps.core.charts import Chart, Estimate, Series
from apps.evaluations import selectors
from apps.evaluations.models import Dataset, EvaluationRun
from apps.evaluations.scorers import SCORERS

_BINS, _SHOWN = 12, 12


def of_run(run: EvaluationRun, progress: selectors.Progress) -> list[Chart]:
    """The charts of one run: two while it goes, and latencies and uneven scores once it has ended."""
    found = [_shares(run, progress), _judged(run, progress)]
    if run.job.is_final:
        found += [chart for chart in (_scores(run), _latencies(run)) if chart is not None]
    return found


def _url(run: EvaluationRun, key: str) -> str:
    return reverse("evaluations:chart_csv", args=[run.pk, key])


def _shares(run: EvaluationRun, progress: selectors.Progress) -> Chart:
    estimates = [
        Estimate(
            scorer.title + (" (decides)" if scorer.key == run.gate_scorer else ""), scorer.interval.low, scorer.share,
            scorer.interval.high, note=f"{scorer.right:,} of {scorer.n:,}", group=place,
        )
        for place, scorer in enumerate(progress.scorers)
    ]  # fmt: skip
    gate = next(scorer for scorer in progress.scorers if scorer.key == run.gate_scorer)
    words = (
        f"95 % interval (Wilson) {gate.interval.low:.1%} to {gate.interval.high:.1%}; threshold {run.threshold:.1%}. "
        "The lower end of the deciding interval must reach the threshold."
    )
    return charts.dots(
        key="shares", title="Right answers", description=words, estimates=estimates,
        threshold=("Threshold", float(run.threshold)), csv_url=_url(run, "shares"),
    )  # fmt: skip


def _judged(run: EvaluationRun, progress: selectors.Progress) -> Chart:
    scorers = progress.scorers
    wrong = [one.n - one.right - one.unscored - progress.errors for one in scorers]
    series = [
        Series("Right", [one.right for one in scorers]),
        Series("Wrong", wrong),
        Series("Unscored", [one.unscored for one in scorers]),
        Series("Error", [progress.errors for _ in scorers]),
    ]
    return charts.stacked(
        key="judged", title="How samples were judged", description="An error counts as not right.",
        labels=[one.title for one in scorers], series=[one for one in series if any(one.values)] or series[:1],
        unit="Samples", csv_url=_url(run, "judged"),
    )  # fmt: skip


def _scores(run: EvaluationRun) -> Chart | None:
    """The distribution of the deciding scorer's values, where it gives more than right and wrong."""
    counts = selectors.score_counts(run)
    if all(value in (0, 1) for value in counts):
        return None
    edges = [place / 10 for place in range(11)]
    values = [value for value, count in counts.items() for _ in range(count)]
    return charts.histogram(
        key="scores", title=f"Scores by {SCORERS[run.gate_scorer].title.lower()}",
        description="How many samples scored how much, from 0 to 1.", edges=edges,
        counts=charts.binned(values, edges), value_name="Score", count_name="Samples",
        threshold=("Threshold", float(run.threshold)), csv_url=_url(run, "scores"),
    )  # fmt: skip


def _latencies(run: EvaluationRun) -> Chart | None:
    """How long answers took; None for recorded ones, which took no time."""
    values = selectors.latencies(run)
    if not values:
        return None
    low, high = min(values), max(values)
    ends = charts.ticks(low, max(high, low + 1), count=_BINS)
    return charts.histogram(
        key="latency", title="Latency", description="How long the model took to answer, in milliseconds.", edges=ends,
        counts=charts.binned(values, ends), value_name="Milliseconds", count_name="Samples",
        csv_url=_url(run, "latency"),
    )  # fmt: skip


def of_dataset(dataset: Dataset, runs: Iterable[EvaluationRun]) -> Chart:
    """The newest ended runs over one dataset beside one another, newest first."""
    ended = [run for run in runs if run.summary][:_SHOWN]
    versions = list(dict.fromkeys(str(run.dataset_version) for run in ended))
    return charts.dots(
        key="runs", title="Runs compared",
        description="Right answers by the deciding scorer, with 95 % intervals. Shapes are versions of the dataset.",
        estimates=[_estimate(run, versions.index(str(run.dataset_version))) for run in ended],
        csv_url=reverse("evaluations:dataset_runs_csv", args=[dataset.slug]),
    )  # fmt: skip


def _estimate(run: EvaluationRun, group: int) -> Estimate:
    gate = (run.summary or {})["scorers"][run.gate_scorer]
    note = f"{run.dataset_version}, threshold {run.threshold:.1%}, {run.created_at:%d %b %Y}"
    return Estimate(
        str(run.prompt_version), gate["low"], gate["share"], gate["high"],
        reverse("evaluations:detail", args=[run.pk]), note, group, str(run.endpoint),
    )  # fmt: skip
