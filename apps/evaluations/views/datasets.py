"""Pages of datasets."""

import json
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.accounts.bulk import give_to_team
from apps.core import lists, timeline
from apps.core.details import Action, Fact, Head, discussion_of, page, share_of, tabs
from apps.core.http import respond
from apps.core.refs import Ref
from apps.evaluations import selectors, services
from apps.evaluations.forms import DatasetForm
from apps.evaluations.models import Dataset, DatasetVersion, EvaluationRun
from apps.evaluations.views import charts

_CRUMBS = [("Datasets", "/datasets/")]


def _url(row: Dataset, page: str = "") -> str:
    return reverse(f"evaluations:dataset{page}", args=[row.slug])


DATASETS = lists.register(
    lists.List(
        page="evaluations:datasets",
        title="Datasets",
        lede="Test sets in unchangeable versions.",
        empty="No dataset is uploaded yet. Upload the first one as JSONL or CSV.",
        order="name",
        search=selectors.matching,
        search_hint="Name or short name",
        columns=[
            lists.Column("name", "Name", lambda row: row.name, _url, sort="name"),
            lists.Column("slug", "Short name", lambda row: row.slug, kind="code", sort="slug"),
            lists.Column("description", "Description", lambda row: row.description),
            lists.Column(
                "latest", "Latest", lambda row: f"v{row.latest}" if row.latest else "", kind="ref", sort="latest"
            ),
            lists.Column("items", "Items", lambda row: row.items, kind="number", sort="items"),
            lists.Column("added", "Added", lambda row: row.created_at, kind="time", sort="created_at", shown=False),
        ],
        bulks=[give_to_team("dataset")],
    )
)
ITEMS = lists.List(
    title="Items",
    order="item",
    size=25,
    keep=("version",),
    columns=[
        lists.Column("item", "Item", lambda item: item.index + 1, kind="number", sort="index"),
        lists.Column("input", "Input", lambda item: input_text(item.input), kind="prose"),
        lists.Column("expected", "Expected", lambda item: item.expected, kind="prose"),
    ],
)


def dataset_list(request: Request) -> HttpResponseBase:
    """Every dataset that the reader may see, by name."""
    url = reverse("evaluations:new_dataset") if access.may(request.user, *services.RUNNERS) else ""
    action = lists.Action("Upload a dataset", url)
    return lists.answer(request, DATASETS, selectors.datasets(viewer=request.user), action=action)


def dataset(request: Request, slug: str) -> HttpResponse:
    """One dataset with the items of one version: `?version=`, else the newest."""
    found = selectors.dataset(slug, viewer=request.user)
    versions = _versions(found)
    wanted = request.GET.get("version")
    shown = next((version for version in versions if str(version.number) == wanted), versions[0])
    context = {
        **_frame(request, found, shown), "versions": versions, "shown": shown,
        "table": lists.build(request, ITEMS, shown.items.all()),
    }  # fmt: skip
    return respond(request, "evaluations/dataset.html", context, fragment="results")


def dataset_runs(request: Request, slug: str) -> HttpResponse:
    """The runs over one dataset compared, and as their own list shows them."""
    found = selectors.dataset(slug, viewer=request.user)
    context = {
        **_frame(request, found), "chart": charts.of_dataset(found, _runs(request, found)),
        "runs_url": f"{reverse('evaluations:list')}?dataset={found.slug}",
    }  # fmt: skip
    return respond(request, "evaluations/dataset_runs.html", context)


def dataset_runs_csv(request: Request, slug: str) -> HttpResponse:
    """The values of that comparison."""
    found = selectors.dataset(slug, viewer=request.user)
    accounts.note_view(found, kind="dataset", by=request.user)
    return lists.chart_values(request, charts.of_dataset(found, _runs(request, found)), name=f"{slug}-runs")


def dataset_discussion(request: Request, slug: str) -> HttpResponse:
    """What people say about one dataset."""
    found = selectors.dataset(slug, viewer=request.user)
    context = {**_frame(request, found), "discussion_url": discussion_of(_subject(found))}
    return respond(request, "components/discussion_page.html", context)


def dataset_history(request: Request, slug: str) -> HttpResponse:
    """What happened to one dataset."""
    found = selectors.dataset(slug, viewer=request.user)
    told = timeline.about(_subject(found), viewer=request.user, only=lists.words(request, "only"))
    return respond(request, "components/history_page.html", {**_frame(request, found), "timeline": told})


def _subject(found: Dataset) -> Ref:
    return Ref("dataset", str(found.pk))


def _versions(found: Dataset) -> list[DatasetVersion]:
    return list(found.versions.select_related("created_by"))


def _runs(request: Request, found: Dataset) -> QuerySet[EvaluationRun]:
    ended = selectors.runs(viewer=request.user).filter(dataset_version__dataset=found, finished_at__isnull=False)
    return ended.order_by("-created_at")[:12]


def _frame(request: Request, found: Dataset, shown: DatasetVersion | None = None) -> dict[str, Any]:
    """What every tab of a dataset shares: header, verbs and the facts of the version shown, else of the newest."""
    accounts.note_view(found, kind="dataset", by=request.user)
    pages = {"": "Overview", "_runs": "Evaluations", "_discussion": "Discussion", "_history": "History"}
    talks = bool(discussion_of(_subject(found)))
    again = Action("New version", f"{reverse('evaluations:new_dataset')}?dataset={found.slug}")
    head = Head(
        "Dataset", found.name, _CRUMBS, lede=found.description, menu=share_of(_subject(found)),
        primary=again if access.may_on(request.user, found, *services.RUNNERS) else None,
        tabs=tabs(request, *[(pages[n], _url(found, n)) for n in pages if talks or n != "_discussion"]),
    )  # fmt: skip
    return {**page(request, head), "dataset": found, "facts": _facts(found, shown or _versions(found)[0])}


def input_text(value: dict[str, Any]) -> str:
    """The inputs of one item as people read them: bare for one input, else one `name: value` a line."""
    texts = {name: part if isinstance(part, str) else json.dumps(part) for name, part in value.items()}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n".join(f"{name}: {text}" for name, text in texts.items())


def _facts(found: Dataset, shown: DatasetVersion) -> list[Fact]:
    return [
        Fact("Short name", found.slug, kind="code"),
        Fact("Version shown", f"v{shown.number}"),
        Fact("Items", f"{shown.item_count:,}"),
        Fact("Source", shown.source),
        Fact("Added by", shown.created_by),
        Fact("Added", shown.created_at, kind="time"),
        Fact("Content SHA-256", shown.content_hash, kind="code"),
    ]


def new_dataset(request: Request) -> HttpResponse:
    """The upload form, filled from `?dataset=` for a further version."""
    access.require(request.user, *services.RUNNERS, to="add datasets")
    known = selectors.datasets(viewer=request.user).filter(slug=lists.words(request, "dataset")).first()
    initial = {"slug": known.slug, "name": known.name, "description": known.description} if known else {}
    form = DatasetForm(request.POST or None, request.FILES or None, initial=initial, viewer=request.user)
    if form.is_bound and (version := form.carry_out(services.add_dataset_version, by=request.user)):
        messages.success(
            request, f"{version.dataset.name} version {version.number} holds {version.item_count:,} items."
        )
        return redirect("evaluations:dataset", slug=version.dataset.slug)
    context = {
        "title": "Upload a dataset", "form": form, "submit": "Upload", "crumbs": _CRUMBS,
        "cancel": reverse("evaluations:datasets"),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
