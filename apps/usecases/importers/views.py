"""Pages of imports: the upload, and the report, which follows a worker to the end of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.compute.models import JobState
from apps.core import lists
from apps.core.badges import Badge, badge
from apps.core.details import Action, Fact, Head, page
from apps.core.http import respond
from apps.usecases import selectors
from apps.usecases.importers import profiles, services
from apps.usecases.importers.forms import ImportForm
from apps.usecases.models import Import, ImportProblem, ImportState, RowOutcome, Severity, Stage

_CRUMBS = [("Use cases", "/use-cases/")]
_TONES = {Severity.ERROR: "bad", Severity.CONFLICT: "warning", Severity.WARNING: "info"}
_POLL_SECONDS = 2


def _url(batch: Import) -> str:
    return reverse("usecases:import_report", args=[batch.pk])


def _state(batch: Import) -> Badge:
    state, word = selectors.import_state(batch)
    return badge("failed" if state == ImportState.REFUSED else state, word)


RECENT = [
    lists.Column("file", "File", lambda batch: batch.file_name or batch.digest[:12], _url),
    lists.Column("state", "State", _state, kind="status"),
    lists.Column("rows", "Rows", lambda batch: batch.counts.get("rows", 0), kind="number"),
    lists.Column("who", "By", lambda batch: batch.created_by),
    lists.Column("at", "Uploaded", lambda batch: batch.created_at, kind="time"),
]


def new_import(request: Request) -> HttpResponse:
    """The upload form, and the imports that were made lately."""
    services.check_may_import(request.user)
    form = ImportForm(request.POST or None, request.FILES or None, viewer=request.user)
    if form.is_bound and (batch := form.carry_out(services.stage_file, by=request.user)):
        return redirect(_url(batch))
    recent = list(selectors.imports(viewer=request.user)[:10])
    context = {
        "title": "Import use cases", "form": form, "submit": "Check the file", "crumbs": _CRUMBS,
        "lede": "The file is read and checked first, and its report says what would happen. Nothing is imported yet.",
        "cancel": reverse("usecases:list"), "recent": lists.plain("Imports", RECENT, recent) if recent else None,
    }  # fmt: skip
    return respond(request, "usecases/import.html", context, status=form.status)


def report(request: Request, import_id: UUID) -> HttpResponse:
    """What one import does or did, and every word about its rows; htmx asks for either part by its target."""
    batch = selectors.one_import(import_id, viewer=request.user)
    state, word = selectors.import_state(batch)
    under_way = state in (JobState.QUEUED, JobState.RUNNING)
    waits = state == ImportState.STAGED and services.may_import(request.user)
    context = {
        **page(request, _head(batch, primary=_start(batch) if waits and _to_do(batch) else None)),
        "batch": batch, "facts": _facts(batch), "figures": _figures(batch), "state": badge(state, word),
        "table": _problems(request, batch), "under_way": under_way, "poll": _POLL_SECONDS, "waits": waits,
        "new_units": _new_units(batch) if waits else "", "does_nothing": not _to_do(batch),
        "failed": state in (JobState.FAILED, JobState.CANCELLED),
    }  # fmt: skip
    part = "results" if request.headers.get("HX-Target") == "results" else "progress"
    response = respond(request, "usecases/import_report.html", context, fragment=part)
    if part == "progress" and not under_way:
        response["HX-Trigger"] = "import-ended"
    return response


@require_POST
def start_import(request: Request, import_id: UUID) -> HttpResponse:
    """Let a worker take over what is staged."""
    batch = services.start(batch=selectors.one_import(import_id, viewer=request.user), by=request.user)
    messages.success(request, "The import has begun. This page follows it to its end.")
    return redirect(_url(batch))


def report_csv(request: Request, import_id: UUID) -> HttpResponse:
    """Every word about the rows as a file."""
    batch = selectors.one_import(import_id, viewer=request.user)
    rows = [_line(problem) for problem in selectors.problems(batch)]
    return lists.csv_file(request, _HEADINGS, rows, name=f"import-{batch.created_at:%Y-%m-%d}-{batch.digest[:8]}")


_HEADINGS = ["Row", "Column", "Severity", "Message", "Value"]


def _line(problem: ImportProblem) -> list[Any]:
    return [problem.row, problem.column, problem.get_severity_display(), problem.message, problem.value]


def _to_do(batch: Import) -> int:
    """How many rows would change the registry."""
    return int(sum(batch.counts.get(outcome, 0) for outcome in (RowOutcome.NEW, RowOutcome.CHANGED)))


def _new_units(batch: Import) -> str:
    """The units that the import makes besides, in words, or ""."""
    named, count = batch.counts.get("new_units", []), batch.counts.get("units", 0)
    more = f" and {count - len(named):,} more" if count > len(named) else ""
    return f"{', '.join(named)}{more}. Where a name is mistyped, mend it in the file first." if named else ""


def _start(batch: Import) -> Action:
    rows = "row" if _to_do(batch) == 1 else "rows"
    return Action(f"Import {_to_do(batch):,} {rows}", reverse("usecases:start_import", args=[batch.pk]), post=True)


def _head(batch: Import, primary: Action | None) -> Head:
    crumbs = [*_CRUMBS, ("Import", reverse("usecases:import"))]
    menu = [Action("Download the report (CSV)", reverse("usecases:import_csv", args=[batch.pk]))]
    return Head("Import", batch.file_name or "Import", crumbs, primary=primary, menu=menu)


def _facts(batch: Import) -> list[Fact]:
    known = profiles.PROFILES.get(batch.profile)
    return [
        Fact("Profile", known.label if known else batch.profile),
        Fact("Size", f"{batch.size:,} bytes"),
        Fact("Uploaded by", batch.created_by),
        Fact("Uploaded", batch.created_at, kind="time"),
        Fact("Imported", batch.ended_at, kind="time"),
        Fact("SHA-256", batch.digest, kind="code"),
    ]


def _figures(batch: Import) -> list[tuple[str, int]]:
    counts = batch.counts
    stages = [(stage.label, counts["stages"][stage]) for stage in Stage if stage in counts.get("stages", {})]
    outcomes = [(outcome.label, counts.get(outcome, 0)) for outcome in RowOutcome]
    severities = [(f"{severity.label}s", counts.get(severity, 0)) for severity in Severity]
    rest = [
        ("Stage to be decided", counts.get("queue", 0)), ("No longer in the file", counts.get("missing", 0)),
        ("New business units", counts.get("units", 0)),
    ]  # fmt: skip
    return [("Rows", counts.get("rows", 0)), *outcomes, *severities, *stages, *rest]


def _problems(request: Request, batch: Import) -> lists.Table:
    def read(rows: QuerySet[ImportProblem]) -> list[ImportProblem]:
        found = list(rows)
        cases = selectors.refs_of(batch, [row.row for row in found], viewer=request.user)
        for row in found:
            row.case = cases.get(row.row)
        return found

    listing = lists.List(
        title="Report", order="row", size=50, empty="Nothing was remarked on: every cell says what the portal asks.",
        search=selectors.matching_problems, search_hint="A row's number, or words", read=read,
        columns=[
            lists.Column("row", "Row", lambda row: row.row, kind="number", sort="row"),
            lists.Column("severity", "Severity", _severity, kind="status", sort="severity"),
            lists.Column("column", "Column", lambda row: row.column, sort="column"),
            lists.Column("message", "What to know", lambda row: row.message, kind="prose"),
            lists.Column("value", "Cell", lambda row: row.value, kind="prose"),
            lists.Column("case", "Use case", lambda row: row.case.ref if row.case else "", kind="ref"),
        ],
        facets=[lists.Facet("severity", "Severity", "severity", Severity.choices)],
    )  # fmt: skip
    return lists.build(request, listing, selectors.problems(batch))


def _severity(row: ImportProblem) -> Badge:
    return Badge(row.get_severity_display(), _TONES[Severity(row.severity)])
