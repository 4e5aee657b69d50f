"""Reading datasets and runs; every figure is counted from rows."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.accounts.kinds import Kind
from apps.accounts.models import TeamOwned
from apps.core.badges import Badge, badge
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.evaluations import rules
from apps.evaluations.models import JOB_KIND, Dataset, DatasetItem, DatasetVersion, EvaluationRun, SampleResult, Score
from apps.evaluations.scorers import SCORERS
from apps.evidence.models import Verdict
from apps.search.registry import Document, Index
from apps.usecases.registry import Pinnable


def datasets(*, viewer: Viewer) -> QuerySet[Dataset]:
    """The datasets `viewer` may see, with `.latest` (number) and `.items` (count) of the newest version."""
    newest = DatasetVersion.objects.filter(dataset=OuterRef("pk")).order_by("-number")
    visible: QuerySet[Dataset] = Dataset.objects.visible_to(viewer)
    return visible.annotate(
        latest=Subquery(newest.values("number")[:1]), items=Subquery(newest.values("item_count")[:1])
    )


def matching(text: str) -> Q:
    """The datasets whose name or short name holds `text`; every dataset for ""."""
    return Q(name__icontains=text) | Q(slug__icontains=text) if text else Q()


def dataset(slug: str, *, viewer: Viewer) -> Dataset:
    """The dataset called `slug`; raises NotFoundError, also when it is not visible."""
    found = datasets(viewer=viewer).filter(slug=slug).first()
    if found is None:
        raise NotFoundError(f"There is no dataset {slug}, or you may not see it.")
    return found


def dataset_version(ref: str, *, viewer: Viewer) -> DatasetVersion:
    """The version called `ref`, such as `gsm8k@1`; raises NotFoundError, also when it is not visible."""
    slug, _, number = ref.rpartition("@")
    found = None
    if number.isascii() and number.isdigit() and len(number) <= 9:
        found = dataset_versions(viewer=viewer).filter(dataset__slug=slug, number=int(number)).first()
    if found is None:
        raise NotFoundError(f"There is no dataset version {ref}, or you may not see it.")
    return found


def dataset_versions(*, viewer: Viewer) -> QuerySet[DatasetVersion]:
    """Every dataset version `viewer` may see, with its dataset."""
    visible: QuerySet[DatasetVersion] = DatasetVersion.objects.visible_to(viewer)
    return visible.select_related("dataset").order_by("dataset__name", "-number")


def runs(*, viewer: Viewer) -> QuerySet[EvaluationRun]:
    """The runs `viewer` may see, newest first, with all a list shows."""
    visible: QuerySet[EvaluationRun] = EvaluationRun.objects.visible_to(viewer)
    return visible.select_related(
        "use_case", "prompt_version__prompt", "endpoint", "dataset_version__dataset", "job", "created_by"
    )


def run(run_id: UUID | str, *, viewer: Viewer) -> EvaluationRun:
    """One run; raises NotFoundError, also when it is not visible."""
    found = runs(viewer=viewer).filter(pk=run_id).first()
    if found is None:
        raise NotFoundError("There is no such evaluation run, or you may not see it.")
    return found


def state(run: EvaluationRun) -> Badge:
    """How the run stands: its verdict once it has ended with one, else its job's state.

    A run that failed is another thing than a run that ended below its threshold.
    """
    if run.summary:
        verdict = run.summary["verdict"]
        return badge(verdict, "Not passed" if verdict == Verdict.FAILED else "")
    if run.job.cancel_requested and not run.job.is_final:
        return badge("stopping")
    return badge(run.job.state, run.job.get_state_display())


def with_counts(rows: QuerySet[EvaluationRun]) -> QuerySet[EvaluationRun]:
    """Annotate `.stored` and `.errors`, counted from the result rows of each run, for lists."""
    results = SampleResult.objects.filter(run=OuterRef("pk")).order_by().values("run")
    return rows.annotate(
        stored=Coalesce(Subquery(results.annotate(n=Count("pk")).values("n")), 0),
        errors=Coalesce(Subquery(results.annotate(n=Count("pk", filter=~Q(error=""))).values("n")), 0),
    )


@dataclass(frozen=True)
class ScorerFigures:
    """Counts of one scorer over the stored results of a run; `share` and interval are over all stored results."""

    key: str
    title: str
    right: int
    unscored: int
    n: int
    interval: rules.Interval

    @property
    def share(self) -> float:
        """Right answers per stored result, 0 to 1."""
        return self.right / self.n if self.n else 0.0


@dataclass(frozen=True)
class Progress:
    """How far a run is: `stored` of `planned` results, `errors` among them, and the figures of each scorer."""

    planned: int
    stored: int
    errors: int
    scorers: list[ScorerFigures]


def progress(run: EvaluationRun) -> Progress:
    """Count the result rows of `run`; an error result counts as not right.

    One statement, so that all figures are of one moment while a worker is still storing.
    """
    results = SampleResult.objects.filter(run=run)
    counts: dict[str, Count] = {
        "stored": Count("pk", distinct=True),
        "errors": Count("pk", distinct=True, filter=~Q(error="")),
    }
    for key in run.scorers:
        counts[f"right_{key}"] = Count("scores", filter=Q(scores__scorer=key, scores__value=1))
        counts[f"unscored_{key}"] = Count("scores", filter=Q(scores__scorer=key, scores__value__isnull=True))
    found = results.aggregate(**counts)
    return Progress(run.planned, found["stored"], found["errors"], [_figures(key, found) for key in run.scorers])


def _figures(key: str, found: dict[str, int]) -> ScorerFigures:
    right, n = found[f"right_{key}"], found["stored"]
    return ScorerFigures(key, SCORERS[key].title, right, found[f"unscored_{key}"], n, rules.wilson(right, n))


def pending(run: EvaluationRun) -> QuerySet[DatasetItem]:
    """The planned samples that have no stored result yet: what a resumed run still has to do."""
    stored = SampleResult.objects.filter(run=run).values("index")
    return DatasetItem.objects.filter(version_id=run.dataset_version_id).exclude(index__in=stored)


def results(run: EvaluationRun, *, only: str = "") -> QuerySet[SampleResult]:
    """The results of `run` with their scores; `only` is "", "right", "wrong" (by the gate scorer) or "error"."""
    rows = SampleResult.objects.filter(run=run).prefetch_related("scores")
    right = Q(pk__in=Score.objects.filter(result__run=run, scorer=run.gate_scorer, value=1).values("result"))
    chosen = {"right": right, "wrong": ~right & Q(error=""), "error": ~Q(error="")}
    return rows.filter(chosen[only]) if only in chosen else rows


def samples(run: EvaluationRun, *, only: str = "") -> QuerySet[SampleResult]:
    """`results` with the `.input` and `.expected` of the dataset item behind each."""
    item = DatasetItem.objects.filter(version_id=run.dataset_version_id, index=OuterRef("index"))
    return results(run, only=only).annotate(
        input=Subquery(item.values("input")), expected=Subquery(item.values("expected"))
    )


def score_counts(run: EvaluationRun) -> dict[float, int]:
    """How many results got which value (0 to 1) from the scorer that decides."""
    found = Score.objects.filter(result__run=run, scorer=run.gate_scorer, value__isnull=False).order_by()
    return {float(row["value"] or 0): row["n"] for row in found.values("value").annotate(n=Count("pk"))}


def latencies(run: EvaluationRun) -> list[int]:
    """The wall time of each successful call in milliseconds; at most 20,000 of them, which is enough for a picture."""
    timed = SampleResult.objects.filter(run=run, latency_ms__isnull=False)
    return [value for value in timed.values_list("latency_ms", flat=True)[:20_000] if value is not None]


def search_documents(ids: Collection[str] | None) -> Iterable[Document]:
    """The words of the datasets with these ids, or of all."""
    rows = Dataset.objects.all()
    for dataset in rows if ids is None else rows.filter(pk__in=ids):
        yield Document(str(dataset.pk), dataset.name, dataset.description)


def kinds() -> list[Kind]:
    """Datasets and runs as other apps refer to them; jobs call a run by the kind of the job."""
    return [
        Kind("dataset", "Dataset", Dataset.objects.visible_to, _dataset_url),
        Kind("evaluation_run", "Evaluation", EvaluationRun.objects.visible_to, _run_url, parts_of),
        Kind(JOB_KIND, "Evaluation", EvaluationRun.objects.visible_to, _run_url, parts_of),
    ]


def parts_of(run: EvaluationRun) -> Iterator[tuple[str, TeamOwned]]:
    """The things of teams that a run shows, each with its kind."""
    if run.use_case:
        yield run.use_case.subject.kind, run.use_case
    yield "prompt", run.prompt_version.prompt
    yield "endpoint", run.endpoint
    yield "dataset", run.dataset_version.dataset


def pinnable() -> Pinnable:
    """Versions of datasets, as cases pin them."""
    return Pinnable(
        "dataset_version", "Dataset", dataset_version, lambda viewer: dataset_versions(viewer=viewer),
        lambda row: _dataset_url(row.dataset), lambda row: row.ref,
    )  # fmt: skip


def _dataset_url(dataset: Dataset) -> str:
    return reverse("evaluations:dataset", args=[dataset.slug])


def _run_url(run: EvaluationRun) -> str:
    return reverse("evaluations:detail", args=[run.pk])


def search_index() -> Index:
    """How datasets are searched."""
    return Index(
        kind="dataset",
        label="Datasets",
        documents=search_documents,
        visible=lambda user: datasets(viewer=user),
        url=_dataset_url,
    )


def plan(run: EvaluationRun) -> dict[str, Any]:
    """What is frozen about a run: everything that could change a score."""
    return {
        "prompt": run.prompt_version.content_hash,
        "endpoint": run.endpoint.content_hash,
        "dataset": run.dataset_version.content_hash,
        "scorers": {key: SCORERS[key].version for key in run.scorers},
        "gate_scorer": run.gate_scorer,
        "threshold": f"{run.threshold:.3f}",
        "parameters": {"temperature": 0},
    }
