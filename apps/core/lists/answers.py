"""What a list page answers: the page, the part that htmx asked for, or a file."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from apps.core.http import respond, wants_fragment
from apps.core.lists import bulk, exporting, hooks
from apps.core.lists.describing import Action, List
from apps.core.lists.state import read
from apps.core.lists.tables import Table

_PAGE = "components/list_page.html"


def build(request: HttpRequest, listing: List, rows: QuerySet[Any], *, action: Action | None = None) -> Table:
    """The table of `listing` over `rows`, which must be no more than the reader may see."""
    table = Table(listing, read(listing, request.GET), rows, path=request.path, action=action)
    if not table.rows and not table.narrowed:
        table.ask = hooks.current().ask(request)
    return table


def answer(
    request: HttpRequest,
    listing: List,
    rows: QuerySet[Any],
    *,
    action: Action | None = None,
    template: str = _PAGE,
    **more: Any,
) -> HttpResponseBase:
    """The answer of a registered list page over `rows`, which must be no more than the reader may see.

    `template` may add to the page what it draws from `more`. Without any parameter it leads to the reader's default
    view. Raises DomainError (400) for an export or a selection that it refuses.
    """
    if listing.bulks and request.method == "POST":
        return bulk.answer(request, listing, rows)
    if listing.bulks and bulk.DONE in request.GET:
        return bulk.results(request, listing)
    if not request.GET and not wants_fragment(request) and (view := hooks.current().opened(request, listing.page)):
        return redirect(view)
    if (state := read(listing, request.GET)).format:
        return exporting.export(request, listing, state, rows)
    table = build(request, listing, rows, action=action)
    asking = request.headers.get("HX-Trigger", "")
    context = {"title": listing.title, "lede": listing.lede, "table": table, "asking": asking, **more}
    part = "facets" if request.headers.get("HX-Target") == "facets" else "results"
    response = respond(request, _PAGE if wants_fragment(request) else template, context, fragment=part)
    if wants_fragment(request):
        # One way of writing each state, however the form spelt it.
        response["HX-Push-Url"] = table.address
    return response
