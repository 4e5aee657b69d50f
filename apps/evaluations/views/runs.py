"""Pages of evaluation runs."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.compute.models import JobState
from apps.core import lists, timeline
from apps.core.badges import Badge, badge
from apps.core.details import Action, Fact, Head, discussion_of, page, tabs
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.core.refs import Ref
from apps.evaluations import rules, selectors, services
from apps.evaluations.forms import RunForm
from apps.evaluations.models import EvaluationRun, SampleResult
from apps.evaluations.scorers import SCORERS
from apps.evaluations.views import charts
from apps.evaluations.views.datasets import input_text
from apps.usecases import selectors as usecases

_CRUMBS = [("Evaluations", "/evaluations/")]
_ONLY = [("right", "Right"), ("wrong", "Wrong"), ("error", "Error")]
_DATASET = "dataset_version__dataset"


def _url(run: EvaluationRun) -> str:
    return reverse("evaluations:detail", args=[run.pk])


def _share(run: EvaluationRun) -> str:
    gate = (run.summary or {}).get("scorers", {}).get(run.gate_scorer)
    return f"{gate['share']:.1%} [{gate['low']:.1%}, {gate['high']:.1%}]" if gate else ""


def _case_number(text: str) -> int:
    digits = text.upper().removeprefix("UC-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise ValueError("a use case is written UC-000123.")
    return int(digits)


def _case_ref(number: str | int) -> str:
    return f"UC-{int(number):06d}"


RUNS = lists.register(
    lists.List(
        page="evaluations:list",
        title="Evaluations",
        lede="A prompt on a model over a dataset, scored; one row a sample.",
        empty="No evaluation has been started yet.",
        order="-started",
        columns=[
            lists.Column("prompt", "Prompt", lambda run: run.prompt_version, _url, sort="prompt_version__prompt__name"),
            lists.Column("state", "State", selectors.state, kind="status"),
            lists.Column("right", "Right, 95 % interval", _share, kind="number"),
            lists.Column("endpoint", "Endpoint", lambda run: run.endpoint, sort="endpoint__name"),
            lists.Column("dataset", "Dataset", lambda run: run.dataset_version, sort=f"{_DATASET}__name"),
            lists.Column("case", "Use case", lambda run: run.use_case.ref if run.use_case else "", kind="ref"),
            lists.Column("starter", "Started by", lambda run: run.created_by, sort="created_by__display_name",
                         shown=False),
            lists.Column("started", "Started", lambda run: run.created_at, kind="time", sort="created_at"),
            lists.Column("ended", "Ended", lambda run: run.finished_at, kind="time", sort="finished_at", shown=False),
        ],
        facets=[
            lists.Facet("state", "State", "job__state", JobState.choices),
            lists.Facet("endpoint", "Endpoint", "endpoint__slug", label_field="endpoint__name"),
            lists.Facet("dataset", "Dataset", f"{_DATASET}__slug", label_field=f"{_DATASET}__name"),
            lists.Facet("use_case", "Use case", "use_case__number", parse=_case_number, show=_case_ref),
            lists.Facet("starter", "Started by", "created_by__username", label_field="created_by__display_name",
                        called="user name"),
        ],
    )
)  # fmt: skip
_PANEL = [RUNS.column(key) for key in ("prompt", "state", "right", "endpoint", "started")]


def run_list(request: Request) -> HttpResponseBase:
    """Every run that the reader may see, newest first; htmx may ask for the panel that a case page shows."""
    rows = selectors.runs(viewer=request.user)
    if request.headers.get("HX-Target") == "case-evaluations":
        found = lists.build(request, RUNS, rows)
        context = {"table": lists.plain("Evaluations", _PANEL, found.window.rows), "all": found.address}
        return respond(request, "evaluations/panel.html", context)
    url = reverse("evaluations:new") if access.may(request.user, *services.RUNNERS) else ""
    action = lists.Action("Start an evaluation", url)
    return lists.answer(request, RUNS, rows, action=action)


def detail(request: Request, run_id: UUID) -> HttpResponse:
    """One run: live progress while it goes, figures, and its samples. htmx asks for either part by its target."""
    run = selectors.run(run_id, viewer=request.user)
    context = {
        **_frame(request, run), "state": selectors.state(run),
        "table": SimpleLazyObject(lambda: _samples(request, run)),
        "may_cancel": not run.job.cancel_requested and services.may_cancel(run, by=request.user), **_progress(run),
    }  # fmt: skip
    part = "results" if request.headers.get("HX-Target") == "results" else "progress"
    response = respond(request, "evaluations/detail.html", context, fragment=part)
    if part == "progress" and context["ended"]:
        response["HX-Trigger"] = "run-ended"
    return response


def discussion(request: Request, run_id: UUID) -> HttpResponse:
    """What people say about one run."""
    run = selectors.run(run_id, viewer=request.user)
    context = {**_frame(request, run), "discussion_url": discussion_of(_subject(run))}
    return respond(request, "components/discussion_page.html", context)


def history(request: Request, run_id: UUID) -> HttpResponse:
    """What happened to one run."""
    run = selectors.run(run_id, viewer=request.user)
    told = timeline.about(_subject(run), viewer=request.user, only=lists.words(request, "only"))
    return respond(request, "components/history_page.html", {**_frame(request, run), "timeline": told})


def chart_csv(request: Request, run_id: UUID, key: str) -> HttpResponse:
    """The values behind one chart of a run."""
    run = selectors.run(run_id, viewer=request.user)
    found = {chart.key: chart for chart in charts.of_run(run, selectors.progress(run))}
    if key not in found:
        raise NotFoundError("This run has no such chart.")
    _note_view(request, run)
    return lists.chart_values(request, found[key], name=f"run-{key}")


def _note_view(request: Request, run: EvaluationRun) -> None:
    for kind, thing in selectors.parts_of(run):
        accounts.note_view(thing, kind=kind, by=request.user)


def _subject(run: EvaluationRun) -> Ref:
    return Ref("evaluation_run", str(run.pk))


def _frame(request: Request, run: EvaluationRun) -> dict[str, Any]:
    """What every tab of a run shares."""
    _note_view(request, run)
    data = run.dataset_version.dataset
    talk = reverse("evaluations:discussion", args=[run.pk]) if discussion_of(_subject(run)) else ""
    pages = [
        ("Overview", _url(run)), ("Discussion", talk), ("History", reverse("evaluations:history", args=[run.pk])),
    ]  # fmt: skip
    head = Head(
        "Evaluation run", str(run), _CRUMBS, owner=run.created_by, tabs=tabs(request, *pages),
        menu=[Action("Compare with others", reverse("evaluations:dataset_runs", args=[data.slug]))],
    )  # fmt: skip
    return {**page(request, head), "run": run, "facts": _facts(run)}


def _progress(run: EvaluationRun) -> dict[str, Any]:
    progress = selectors.progress(run)
    return {
        "progress": progress,
        "figures": [_figure(scorer, decides=scorer.key == run.gate_scorer) for scorer in progress.scorers],
        "ended": run.job.is_final,
        "poll": rules.poll_seconds((timezone.now() - run.created_at).total_seconds()),
        "charts": charts.of_run(run, progress) if progress.stored else [],
        "sentence": f"{progress.stored:,} of {progress.planned:,} samples done",
    }


def _figure(scorer: selectors.ScorerFigures, *, decides: bool) -> dict[str, Any]:
    label = f"Right by {scorer.title.lower()}" + (" (decides)" if decides else "")
    return {"label": label, "share": f"{scorer.share:.1%}", "count": f"{scorer.right:,} of {scorer.n:,}"}


def _facts(run: EvaluationRun) -> list[Fact]:
    prompt, data, case = run.prompt_version, run.dataset_version, run.use_case
    prompt_url = reverse("prompts:detail", args=[prompt.prompt.slug]) + f"?version={prompt.number}"
    data_url = reverse("evaluations:dataset", args=[data.dataset.slug]) + f"?version={data.number}"
    return [
        Fact("Use case", case, reverse("usecases:detail", args=[case.ref]) if case else ""),
        Fact("Prompt", prompt, prompt_url),
        Fact("Endpoint", run.endpoint, reverse("catalog:detail", args=[run.endpoint.slug])),
        Fact("Dataset", data, data_url),
        Fact("Scorers", ", ".join(SCORERS[key].title for key in run.scorers)),
        Fact("Threshold", f"{run.threshold:.1%} on the lower end, by {SCORERS[run.gate_scorer].title.lower()}"),
        Fact("Started", run.created_at, kind="time"),
        Fact("Plan SHA-256", run.plan_hash, kind="code"),
    ]


def _samples(request: Request, run: EvaluationRun) -> lists.Table:
    listing = lists.List(
        title="Samples", order="sample", size=25, empty="No sample has come back yet.",
        columns=[
            lists.Column("sample", "Sample", lambda row: row.index + 1, kind="number", sort="index"),
            lists.Column("verdict", "Verdict", lambda row: _verdict(row, run), kind="status"),
            lists.Column("input", "Input", lambda row: input_text(row.input), kind="prose"),
            lists.Column("expected", "Expected", lambda row: row.expected, kind="prose"),
            lists.Column("answer", "Answer", lambda row: row.output or row.error, kind="prose"),
            lists.Column("why", "Why", lambda row: _why(row, run), kind="prose"),
            lists.Column("latency", "Latency, ms", lambda row: row.latency_ms, kind="number", sort="latency_ms"),
        ],
        facets=[lists.Facet("only", "Show", choices=_ONLY, narrow=partial(_only, run), single=True, counted=False)],
    )  # fmt: skip
    return lists.build(request, listing, selectors.samples(run))


def _only(run: EvaluationRun, rows: QuerySet[SampleResult], values: Sequence[str]) -> QuerySet[SampleResult]:
    return selectors.samples(run, only=values[0])


def _verdict(row: SampleResult, run: EvaluationRun) -> Badge:
    if row.error:
        return badge("error")
    right = any(score.scorer == run.gate_scorer and score.value == 1 for score in row.scores.all())
    return badge("correct", "Right") if right else badge("wrong")


def _why(row: SampleResult, run: EvaluationRun) -> str:
    scores = {score.scorer: score.error or score.explanation for score in row.scores.all()}
    return scores.get(run.gate_scorer, "")


def new(request: Request) -> HttpResponse:
    """The form that starts a run, filled from what `?use_case=` pins."""
    access.require(request.user, *services.RUNNERS, to="start evaluations")
    form = RunForm(request.POST or None, initial=_initial(request), viewer=request.user)
    if form.is_bound and (run := form.carry_out(services.start_run, by=request.user)):
        messages.success(request, "The run was started; its page follows it to its end.")
        return redirect(_url(run))
    context = {
        "title": "Start an evaluation", "form": form, "submit": "Start", "crumbs": _CRUMBS,
        "cancel": reverse("evaluations:list"), "lede": "The plan is frozen when you start; a change is a new run.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def _initial(request: Request) -> dict[str, Any]:
    ref = lists.words(request, "use_case")
    case = usecases.use_case(ref, viewer=request.user) if ref else None
    pinned = {"prompt_version": case.prompt_version, "endpoint": case.endpoint} if case else {}
    return {"scorers": list(SCORERS), "gate_scorer": "numeric", "use_case": ref, **pinned}


@require_POST
def cancel(request: Request, run_id: UUID) -> HttpResponse:
    """Ask a run to stop."""
    run = selectors.run(run_id, viewer=request.user)
    services.cancel_run(run=run, by=request.user)
    messages.info(request, "The run stops before its next batch. What has come back stays.")
    return redirect(_url(run))
