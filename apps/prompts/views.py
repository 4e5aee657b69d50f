"""Pages of prompts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.accounts.access import Request
from apps.core import tables
from apps.core.details import Fact
from apps.core.http import respond
from apps.prompts import rules, selectors, services
from apps.prompts.forms import PromptForm, VersionForm
from apps.prompts.models import PRODUCTION, Prompt, PromptVersion

_CRUMBS = [("Prompts", "/prompts/")]


def _url(prompt: Prompt) -> str:
    return reverse("prompts:detail", args=[prompt.slug])


def _number(value: int | None) -> str:
    return f"v{value}" if value else ""


COLUMNS = [
    tables.Column("Name", lambda prompt: prompt.name, _url),
    tables.Column("Short name", lambda prompt: prompt.slug, kind="code"),
    tables.Column("Description", lambda prompt: prompt.description),
    tables.Column("Latest", lambda prompt: _number(prompt.latest), kind="ref"),
    tables.Column("In production", lambda prompt: _number(prompt.production), kind="ref"),
]


def prompt_list(request: Request) -> HttpResponse:
    """Every prompt by name."""
    rows = selectors.prompts(viewer=request.user).filter(selectors.matching(tables.words(request)))
    table = tables.build(
        request, rows, caption="Prompts", columns=COLUMNS, searchable=True,
        empty="No prompt is written yet. Write the first one.",
    )  # fmt: skip
    context = {
        "title": "Prompts", "lede": "Versioned texts. A version never changes; the production label moves.",
        "table": table, "create_url": reverse("prompts:new"), "create_label": "Write a prompt",
    }  # fmt: skip
    return respond(request, "components/list_page.html", context, fragment="results")


def detail(request: Request, slug: str) -> HttpResponse:
    """One prompt with one version opened: `?version=`, else the newest."""
    prompt = selectors.prompt(slug, viewer=request.user)
    found = selectors.versions(viewer=request.user).filter(prompt=prompt)
    versions = list(found.select_related("created_by").prefetch_related("labels"))
    wanted = request.GET.get("version")
    shown = next((version for version in versions if str(version.number) == wanted), versions[0])
    context = {
        "kind": "Prompt", "title": prompt.name, "lede": prompt.description, "crumbs": _CRUMBS, "prompt": prompt,
        "versions": versions, "shown": shown, "facts": _facts(prompt, shown),
        "may_write": access.may(request.user, *services.WRITERS),
        "may_label": access.may(request.user, *services.LABELLERS),
    }  # fmt: skip
    return respond(request, "prompts/detail.html", context)


def _facts(prompt: Prompt, shown: PromptVersion) -> list[Fact]:
    places = sorted(rules.variables(shown.system) | rules.variables(shown.user))
    return [
        Fact("Short name", prompt.slug, kind="code"),
        Fact("Version shown", f"v{shown.number}"),
        Fact("Places to fill", ", ".join(places)),
        Fact("What changed", shown.note),
        Fact("Written by", shown.created_by),
        Fact("Written", shown.created_at, kind="time"),
        Fact("Content SHA-256", shown.content_hash, kind="code"),
    ]


def new(request: Request) -> HttpResponse:
    """The form for a new prompt."""
    access.require(request.user, *services.WRITERS, to="write prompts")
    form = PromptForm(request.POST or None)
    if form.is_bound and (version := form.carry_out(services.create_prompt, by=request.user)):
        messages.success(request, f"{version.prompt.name} is saved as version 1.")
        return redirect(_url(version.prompt))
    context = {
        "title": "Write a prompt", "form": form, "submit": "Save version 1", "crumbs": _CRUMBS,
        "cancel": reverse("prompts:list"),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def new_version(request: Request, slug: str) -> HttpResponse:
    """The form for a further version, filled with the newest."""
    prompt = selectors.prompt(slug, viewer=request.user)
    access.require(request.user, *services.WRITERS, to="write prompts")
    last = selectors.versions(viewer=request.user).filter(prompt=prompt)[0]
    form = VersionForm(request.POST or None, initial={"system": last.system, "user": last.user})
    if form.is_bound and (version := form.carry_out(services.add_version, prompt=prompt, by=request.user)):
        messages.success(request, f"Version {version.number} is saved. The production label has not moved.")
        return redirect(_url(prompt))
    context = {
        "title": f"New version of {prompt.name}", "form": form, "submit": f"Save version {last.number + 1}",
        "crumbs": [*_CRUMBS, (prompt.name, _url(prompt))], "cancel": _url(prompt),
        "lede": f"Starts from version {last.number}. Saved versions never change.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def set_production(request: Request, slug: str) -> HttpResponse:
    """Point the production label to the chosen version."""
    version = selectors.version(f"{slug}@{request.POST.get('version')}", viewer=request.user)
    services.set_label(version=version, name=PRODUCTION, by=request.user)
    messages.success(request, f"Version {version.number} is in production.")
    return redirect(_url(version.prompt))
