"""Pages of prompts."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.accounts.bulk import give_to_team
from apps.core import diff, lists, timeline
from apps.core.badges import badge
from apps.core.details import Action, Fact, Head, discussion_of, page, share_of, tabs
from apps.core.http import respond
from apps.core.refs import Ref
from apps.prompts import rules, selectors, services
from apps.prompts.forms import PromptForm, VersionForm
from apps.prompts.models import PRODUCTION, Prompt, PromptVersion

_CRUMBS = [("Prompts", "/prompts/")]
_IN_PRODUCTION = [("yes", "A version is"), ("no", "No version is")]


def _url(prompt: Prompt, page: str = "detail") -> str:
    return reverse(f"prompts:{page}", args=[prompt.slug])


def _number(value: int | None) -> str:
    return f"v{value}" if value else ""


def _production(rows: QuerySet[Prompt], values: Sequence[str]) -> QuerySet[Prompt]:
    # Annotated by selectors.prompts; as a dictionary, since mypy knows the columns only.
    return rows.filter(**{"production__isnull": values[0] == "no"})  # noqa: PIE804


PROMPTS = lists.register(
    lists.List(
        page="prompts:list",
        title="Prompts",
        lede="Versioned texts. A version never changes; the production label moves.",
        empty="No prompt is written yet. Write the first one.",
        order="name",
        search=selectors.matching,
        search_hint="Name or short name",
        columns=[
            lists.Column("name", "Name", lambda prompt: prompt.name, _url, sort="name"),
            lists.Column("slug", "Short name", lambda prompt: prompt.slug, kind="code", sort="slug"),
            lists.Column("description", "Description", lambda prompt: prompt.description),
            lists.Column("latest", "Latest", lambda prompt: _number(prompt.latest), kind="ref", sort="latest"),
            lists.Column("production", "In production", lambda prompt: _number(prompt.production), kind="ref"),
            lists.Column("written", "Written", lambda prompt: prompt.created_at, kind="time", sort="created_at",
                         shown=False),
        ],
        facets=[
            lists.Facet("production", "In production", choices=_IN_PRODUCTION, narrow=_production, counted=False,
                        single=True),
        ],
        bulks=[give_to_team("prompt")],
    )
)  # fmt: skip


def prompt_list(request: Request) -> HttpResponseBase:
    """Every prompt that the reader may see, by name."""
    url = reverse("prompts:new") if access.may(request.user, *services.WRITERS) else ""
    action = lists.Action("Write a prompt", url)
    return lists.answer(request, PROMPTS, selectors.prompts(viewer=request.user), action=action)


def detail(request: Request, slug: str) -> HttpResponse:
    """One prompt with one version opened: `?version=`, else the newest."""
    prompt = selectors.prompt(slug, viewer=request.user)
    versions = _versions(request, prompt)
    wanted = request.GET.get("version")
    shown = next((version for version in versions if str(version.number) == wanted), versions[0])
    context = {
        **_frame(request, prompt, shown), "versions": versions, "shown": shown,
        "may_label": access.may_on(request.user, prompt, *services.LABELLERS),
    }  # fmt: skip
    return respond(request, "prompts/detail.html", context)


def compare(request: Request, slug: str) -> HttpResponse:
    """Two versions beside one another: `?old=` and `?new=`, else the two newest."""
    prompt = selectors.prompt(slug, viewer=request.user)
    versions = _versions(request, prompt)
    by_number = {str(version.number): version for version in versions}
    new = by_number.get(request.GET.get("new", ""), versions[0])
    before = next((version for version in versions if version.number < new.number), versions[-1])
    old = by_number.get(request.GET.get("old", ""), before)
    context = {
        **_frame(request, prompt, new), "versions": versions, "old": old, "new": new,
        "differences": [found for found in diff.fields(_texts(old), _texts(new)) if found.rows],
    }  # fmt: skip
    return respond(request, "prompts/compare.html", context)


def discussion(request: Request, slug: str) -> HttpResponse:
    """What people say about one prompt."""
    prompt = selectors.prompt(slug, viewer=request.user)
    context = {**_frame(request, prompt), "discussion_url": discussion_of(_subject(prompt))}
    return respond(request, "components/discussion_page.html", context)


def history(request: Request, slug: str) -> HttpResponse:
    """What happened to one prompt."""
    prompt = selectors.prompt(slug, viewer=request.user)
    told = timeline.about(_subject(prompt), viewer=request.user, only=lists.words(request, "only"))
    return respond(request, "components/history_page.html", {**_frame(request, prompt), "timeline": told})


def _subject(prompt: Prompt) -> Ref:
    return Ref("prompt", str(prompt.pk))


def _versions(request: Request, prompt: Prompt) -> list[PromptVersion]:
    found = selectors.versions(viewer=request.user).filter(prompt=prompt)
    return list(found.select_related("created_by").prefetch_related("labels"))


def _texts(version: PromptVersion) -> dict[str, str]:
    return {"System message": version.system, "User message": version.user}


def _frame(request: Request, prompt: Any, shown: PromptVersion | None = None) -> dict[str, Any]:
    """What every tab of a prompt shares: header, verbs and the facts of the version shown, else of the newest."""
    accounts.note_view(prompt, kind="prompt", by=request.user)
    shown = shown or _versions(request, prompt)[0]
    pages = {"detail": "Overview", "compare": "Compare", "discussion": "Discussion", "history": "History"}
    talks, several = bool(discussion_of(_subject(prompt))), shown.number > 1 or prompt.latest != 1
    left_out = {"discussion": not talks, "compare": not several}
    write = access.may_on(request.user, prompt, *services.WRITERS)
    head = Head(
        "Prompt", prompt.name, _CRUMBS, lede=prompt.description,
        status=badge(PRODUCTION, f"Version {prompt.production} in production") if prompt.production else None,
        primary=Action("New version", _url(prompt, "new_version")) if write else None,
        menu=share_of(_subject(prompt)),
        tabs=tabs(request, *[(pages[name], _url(prompt, name)) for name in pages if not left_out.get(name)]),
    )  # fmt: skip
    return {**page(request, head), "prompt": prompt, "facts": _facts(prompt, shown)}


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
    form = PromptForm(request.POST or None, viewer=request.user)
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
    access.require_on(request.user, prompt, *services.WRITERS, to="write versions of this prompt")
    last = selectors.versions(viewer=request.user).filter(prompt=prompt)[0]
    form = VersionForm(request.POST or None, initial={"system": last.system, "user": last.user})
    if form.is_bound and (version := form.carry_out(services.add_version, prompt=prompt, by=request.user)):
        messages.success(request, f"Version {version.number} is saved. The production label has not moved.")
        return redirect(_url(prompt))
    accounts.note_view(prompt, kind="prompt", by=request.user)
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
