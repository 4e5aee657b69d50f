"""Saved views of a list: the panel on the list page, the same as a page, and what changes them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.core import lists
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.core.text import clean_text
from apps.portal import selectors, services
from apps.portal.forms import SaveViewForm


def saved_views(request: Request) -> HttpResponse:
    """The views of the list `?page=` and the form that saves its state `?query=`; htmx asks for the panel."""
    page, query = lists.words(request, "page"), clean_text(request.GET.get("query", ""))
    form = SaveViewForm(initial={"page": page, "query": query}, teams=selectors.teams_of(request.user))
    return respond(request, "portal/saved_views.html", _context(request, page, form), fragment="panel")


@require_POST
def save_view(request: Request) -> HttpResponse:
    """Save the state of a list under a name."""
    form = SaveViewForm(request.POST, teams=selectors.teams_of(request.user))
    if view := form.carry_out(services.save_view, by=request.user):
        messages.success(request, f"The view {view.name} is saved.")
        return redirect(selectors.address(view))
    context = _context(request, clean_text(request.POST.get("page", "")), form)
    return respond(request, "portal/saved_views.html", context, status=form.status)


def _context(request: Request, page: str, form: SaveViewForm) -> dict[str, Any]:
    listing = lists.page_named(page)
    if listing is None:
        raise NotFoundError("There is no such list.")
    found = selectors.saved_views(viewer=request.user, page=page, current=lists.words(request, "view"))
    return {
        "title": f"Saved views: {listing.title}", "listing": listing, "form": form,
        "crumbs": [(listing.title, listing.address)],
        "mine": [saved for saved in found if not saved.view.team],
        "teams": [saved for saved in found if saved.view.team],
    }  # fmt: skip


@require_POST
def default_view(request: Request, view_id: UUID) -> HttpResponse:
    """Open the list with this view from now on, or, with `on=no`, no longer."""
    view = selectors.saved_view(view_id, viewer=request.user)
    view = services.set_default(view, on=request.POST.get("on") != "no", by=request.user)
    messages.success(request, f"The list {'opens' if view.is_default else 'no longer opens'} with {view.name}.")
    return redirect(selectors.address(view))


@require_POST
def delete_view(request: Request, view_id: UUID) -> HttpResponse:
    """Delete a view."""
    view = selectors.saved_view(view_id, viewer=request.user)
    services.delete_view(view, by=request.user)
    messages.success(request, f"The view {view.name} is deleted.")
    listing = lists.page_named(view.page)
    return redirect(f"{listing.address}?view=all" if listing else "home")
