"""Home and My work: what needs the reader, what waits for others, what is done."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from apps.accounts.access import Request
from apps.accounts.models import User
from apps.core import lists
from apps.core.details import tabs
from apps.core.http import respond
from apps.evaluations import selectors as evaluations
from apps.evaluations.models import EvaluationRun
from apps.portal import selectors


def _needs(person: User) -> list[selectors.Need]:
    return selectors.needs(person, shown=50, failed=50)


_TABS: dict[str, tuple[str, Callable[[User], list[selectors.Need]]]] = {
    "needs-me": ("Needs me", _needs),
    "waiting": ("Waiting on others", selectors.waiting),
    "done": ("Done in 30 days", selectors.done),
}
_EMPTY = {
    "needs-me": (
        "Nothing waits for you. Reviews to decide, conditions you owe, cases that came back, unfinished registrations "
        "and runs that failed appear here."
    ),
    "waiting": "You wait for nobody. Reviews you asked for and runs that still go appear here.",
    "done": "Nothing was finished in the last 30 days.",
}
_RUNS = [
    lists.Column("prompt", "Prompt", lambda run: run.prompt_version, lambda run: _run_url(run)),
    lists.Column("state", "State", evaluations.state, kind="status"),
    lists.Column("endpoint", "Endpoint", lambda run: run.endpoint),
    lists.Column("dataset", "Dataset", lambda run: run.dataset_version),
    lists.Column("started", "Started", lambda run: run.created_at, kind="time"),
]


def home(request: Request) -> HttpResponse:
    """The reader's queue first, then what their roles ask for."""
    found = selectors.at_home(request.user, site=settings.SITE_URL)
    newest = None
    if found.runs is not None:
        newest = lists.plain("Newest evaluations", _RUNS, found.runs)
    return respond(request, "portal/home.html", {"title": "Home", "home": found, "newest": newest})


def my_work(request: Request, part: str = "needs-me") -> HttpResponse:
    """One of the three queues."""
    label, read = _TABS[part]
    pages = [(name, _url(key)) for key, (name, _) in _TABS.items()]
    context = {
        "title": "My work" if part == "needs-me" else f"{label}: My work", "needs": read(request.user),
        "empty": _EMPTY[part], "label": label, "tabs": tabs(request, *pages),
    }  # fmt: skip
    return respond(request, "portal/my_work.html", context)


def _run_url(run: EvaluationRun) -> str:
    return reverse("evaluations:detail", args=[run.pk])


def _url(part: str) -> str:
    return reverse("my_work" if part == "needs-me" else f"my_work_{part}")
