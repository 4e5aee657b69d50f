"""Search, its quick form behind Ctrl-K, and the way from a reference to its page."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch

from apps.accounts.access import Request
from apps.core import choosing, lists
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.core.refs import Ref
from apps.portal import selectors
from apps.search import selectors as searching

_LIMIT, _QUICK_LIMIT = 40, 12


def search(request: Request) -> HttpResponse:
    """What the words of `?q=` find, by kind; the finder asks for the same as a list of options."""
    text = lists.words(request)
    quick = request.headers.get("HX-Target") == "found"
    groups: dict[str, list[searching.Hit]] = {}
    limit = _QUICK_LIMIT if quick else _LIMIT
    for hit in searching.search(text, viewer=request.user, limit=limit) if text else []:
        groups.setdefault(hit.label, []).append(hit)
    context = {"title": f"Search: {text}" if text else "Search", "search_text": text, "groups": groups.items()}
    return respond(request, "portal/search.html", context, fragment="found" if quick else None)


def choices(request: Request, source: str) -> HttpResponse:
    """What fits the words typed so far into the field that asks."""
    text = request.GET.get(request.headers.get("HX-Trigger-Name", "q"), "")
    return HttpResponse(choosing.suggestions(source, text, viewer=request.user))


def go(request: Request, kind: str, key: str) -> HttpResponse:
    """Lead from a reference, as evidence and audit keep it, to the page about it."""
    try:
        url = selectors.page_of(Ref(kind, key), viewer=request.user)
    except (KeyError, ValidationError, NoReverseMatch):
        url = ""
    if not url:
        raise NotFoundError("There is no page about this, or you may not see it.")
    return redirect(url)
