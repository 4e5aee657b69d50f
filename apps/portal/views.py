"""Home, search, and the pages for what went wrong."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from apps.accounts.access import Request
from apps.core import tables
from apps.core.badges import badge
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.core.refs import Ref
from apps.evaluations import selectors as evaluations
from apps.portal import selectors
from apps.search import selectors as searching

_CASES = [
    tables.Column("Title", lambda case: case.title, lambda case: reverse("usecases:detail", args=[case.ref])),
    tables.Column("Reference", lambda case: case.ref, kind="ref"),
    tables.Column("Stage", lambda case: case.get_stage_display()),
    tables.Column("Standing", lambda case: badge(case.standing), kind="status"),
]
_RUNS = [
    tables.Column("Prompt", lambda run: run.prompt_version, lambda run: reverse("evaluations:detail", args=[run.pk])),
    tables.Column("State", evaluations.state, kind="status"),
    tables.Column("Endpoint", lambda run: run.endpoint),
    tables.Column("Dataset", lambda run: run.dataset_version),
    tables.Column("Started", lambda run: run.created_at, kind="time"),
]


def home(request: Request) -> HttpResponse:
    """The reader's queue, then their cases and the newest runs."""
    mine = tables.build(request, selectors.my_cases(request.user)[:8], caption="My use cases", columns=_CASES)
    runs = evaluations.runs(viewer=request.user)[:8]
    newest = tables.build(request, runs, caption="Newest evaluations", columns=_RUNS)
    context = {"title": "Home", "needs": selectors.needs(request.user), "mine": mine, "newest": newest}
    return respond(request, "portal/home.html", context)


def search(request: Request) -> HttpResponse:
    """What the words of `?q=` find, by kind."""
    text = tables.words(request)
    groups: dict[str, list[searching.Hit]] = {}
    for hit in searching.search(text, viewer=request.user, limit=40) if text else []:
        groups.setdefault(hit.label, []).append(hit)
    context = {"title": f"Search: {text}" if text else "Search", "search_text": text, "groups": groups.items()}
    return respond(request, "portal/search.html", context)


def go(request: Request, kind: str, key: str) -> HttpResponse:
    """Lead from a reference, as evidence and audit keep it, to the page about it."""
    try:
        url = selectors.page_of(Ref(kind, key), viewer=request.user)
    except (KeyError, ValidationError, NoReverseMatch):
        url = ""
    if not url:
        raise NotFoundError("There is no page about this, or you may not see it.")
    return redirect(url)


def _plain(title: str, message: str, status: int) -> HttpResponse:
    """A page that needs neither database nor session, since either may be what failed."""
    error = {"title": title, "message": message, "status": status}
    return HttpResponse(render_to_string("plain_error.html", {"error": error}), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _plain("The request was not understood", "Go back and try again.", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _plain("You may not do this", "Ask an administrator for the role that may.", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose secret is not that of the present session."""
    words = (
        "You were signed out, or signed in again elsewhere, while this form was open. Go back with your browser: "
        "what you wrote is still there. Copy it, reload the form, and send it again."
    )
    return _plain("This form has expired", words, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return _plain("There is no such page", "The address may be mistyped, or the thing may be gone.", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _plain("Something broke here", "It is not your fault. The error is in the log; please try again.", 500)
