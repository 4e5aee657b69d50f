"""Pages of the model catalog."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.accounts.bulk import give_to_team
from apps.catalog import selectors, services
from apps.catalog.forms import EndpointForm
from apps.catalog.models import Endpoint, EndpointKind
from apps.core import lists, timeline
from apps.core.details import Fact, Head, discussion_of, page, share_of, tabs
from apps.core.http import respond
from apps.core.refs import Ref

_CRUMBS = [("Models", "/models/")]


def _url(endpoint: Endpoint, page: str = "detail") -> str:
    return reverse(f"catalog:{page}", args=[endpoint.slug])


ENDPOINTS = lists.register(
    lists.List(
        page="catalog:list",
        title="Models",
        lede="Where models can be called. An endpoint never changes; a change is a new one.",
        empty="No model endpoint is in the catalog yet. An architect adds the first one.",
        order="name",
        search=selectors.matching,
        search_hint="Name or model",
        columns=[
            lists.Column("name", "Name", lambda endpoint: endpoint.name, _url, sort="name"),
            lists.Column("slug", "Short name", lambda endpoint: endpoint.slug, kind="code", sort="slug"),
            lists.Column("kind", "Kind", lambda endpoint: endpoint.get_kind_display(), sort="kind"),
            lists.Column("model", "Model", lambda endpoint: endpoint.model_name, sort="model_name"),
            lists.Column("address", "Address", lambda endpoint: endpoint.base_url, kind="code", shown=False),
            lists.Column("added", "Added", lambda endpoint: endpoint.created_at, kind="time", sort="created_at"),
        ],
        facets=[
            lists.Facet("kind", "Kind", "kind", EndpointKind.choices),
            lists.Facet("model", "Model", "model_name"),
        ],
        bulks=[give_to_team("endpoint")],
    )
)


def endpoint_list(request: Request) -> HttpResponseBase:
    """Every endpoint that the reader may see, by name."""
    url = reverse("catalog:new") if access.may(request.user, *services.KEEPERS) else ""
    rows = selectors.endpoints(viewer=request.user)
    return lists.answer(request, ENDPOINTS, rows, action=lists.Action("Add an endpoint", url))


def detail(request: Request, slug: str) -> HttpResponse:
    """One endpoint."""
    return respond(request, "catalog/detail.html", _frame(request, selectors.endpoint(slug, viewer=request.user)))


def runs(request: Request, slug: str) -> HttpResponse:
    """The evaluations on one endpoint, as their own list shows them."""
    endpoint = selectors.endpoint(slug, viewer=request.user)
    url = f"{reverse('evaluations:list')}?endpoint={endpoint.slug}"
    return respond(request, "components/runs_page.html", {**_frame(request, endpoint), "runs_url": url})


def discussion(request: Request, slug: str) -> HttpResponse:
    """What people say about one endpoint."""
    endpoint = selectors.endpoint(slug, viewer=request.user)
    context = {**_frame(request, endpoint), "discussion_url": discussion_of(_subject(endpoint))}
    return respond(request, "components/discussion_page.html", context)


def history(request: Request, slug: str) -> HttpResponse:
    """What happened to one endpoint."""
    endpoint = selectors.endpoint(slug, viewer=request.user)
    told = timeline.about(_subject(endpoint), viewer=request.user, only=lists.words(request, "only"))
    return respond(request, "components/history_page.html", {**_frame(request, endpoint), "timeline": told})


def _subject(endpoint: Endpoint) -> Ref:
    return Ref("endpoint", str(endpoint.pk))


def _frame(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """What every tab of an endpoint shares."""
    accounts.note_view(endpoint, kind="endpoint", by=request.user)
    pages = {"detail": "Overview", "runs": "Evaluations", "discussion": "Discussion", "history": "History"}
    talks = bool(discussion_of(_subject(endpoint)))
    head = Head(
        "Model endpoint", endpoint.name, _CRUMBS, menu=share_of(_subject(endpoint)),
        tabs=tabs(request, *[(pages[n], _url(endpoint, n)) for n in pages if talks or n != "discussion"]),
    )  # fmt: skip
    return {**page(request, head), "endpoint": endpoint, "facts": _facts(endpoint)}


def _facts(endpoint: Endpoint) -> list[Fact]:
    return [
        Fact("Short name", endpoint.slug, kind="code"),
        Fact("Kind", endpoint.get_kind_display()),
        Fact("Address", endpoint.base_url, kind="code"),
        Fact("Model", endpoint.model_name),
        Fact("Credential", endpoint.key_variable, kind="code"),
        Fact("Added by", endpoint.created_by),
        Fact("Added", endpoint.created_at, kind="time"),
        Fact("Content SHA-256", endpoint.content_hash, kind="code"),
    ]


def new(request: Request) -> HttpResponse:
    """The form for a new endpoint."""
    access.require(request.user, *services.KEEPERS, to="add endpoints to the catalog")
    form = EndpointForm(request.POST or None, viewer=request.user)
    if form.is_bound and (endpoint := form.carry_out(services.add_endpoint, by=request.user)):
        messages.success(request, f"{endpoint.name} is in the catalog.")
        return redirect(_url(endpoint))
    context = {
        "title": "Add an endpoint", "form": form, "submit": "Add", "crumbs": _CRUMBS,
        "lede": "An endpoint never changes once added, so that what was evaluated stays what is called.",
        "cancel": reverse("catalog:list"),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
