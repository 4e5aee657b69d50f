"""Registering a case in two steps, with what is like it in view; and joining one that is there."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core import lists, rates
from apps.core.errors import TooOftenError
from apps.core.http import respond, wants_fragment
from apps.usecases import selectors, services
from apps.usecases.forms import JoinForm, RegisterForm
from apps.usecases.views.frame import CRUMBS, case_url, crumbs

_STEPS = ("idea", "owner")


def register(request: Request) -> HttpResponse:
    """What the case is, then whose it is; between the two, and before, the words are kept as a draft."""
    step = lists.words(request, "step")
    if request.method == "POST":
        return _sent(request, request.POST.get("step", ""))
    draft = selectors.draft(request.user)
    kept = draft.values if draft else {}
    if step != "owner" or not (kept.get("title") and kept.get("purpose")):
        step = "idea"
    form = RegisterForm(initial={"owner": request.user, **_typed(kept)}, viewer=request.user, step=step)
    return _page(request, form, step)


def _typed(kept: dict[str, str]) -> dict[str, str]:
    """What was typed so far; an empty word is no answer."""
    return {name: value for name, value in kept.items() if value}


def _sent(request: Request, step: str) -> HttpResponse:
    step = step if step in _STEPS else ""
    form = RegisterForm(request.POST, viewer=request.user, step=step)
    if step == "idea" and form.is_valid():
        services.save_draft(values=request.POST, by=request.user)
        return redirect(f"{reverse('usecases:register')}?step=owner")
    if step != "idea" and (case := form.carry_out(services.register_drafted, by=request.user)):
        messages.success(request, f"{case.ref} is registered. Its record is asked gate by gate, in short sections.")
        return redirect(case_url(case, "record"))
    form.show_faults()
    return _page(request, form, step)


def _page(request: Request, form: RegisterForm, step: str) -> HttpResponse:
    context = {
        "title": "Register a use case", "crumbs": CRUMBS, "form": form, "step": step,
        "draft": selectors.draft(request.user), "similar": form.similar,
        "similar_url": reverse("usecases:similar"), "cancel": reverse("usecases:list"),
    }  # fmt: skip
    return respond(request, "usecases/register.html", context, status=form.status)


@require_POST
def save_draft(request: Request) -> HttpResponse:
    """Keep what is typed so far: as it changes where scripts run, or by the button."""
    draft = services.save_draft(values=request.POST, by=request.user)
    if wants_fragment(request):
        return respond(request, "usecases/draft_state.html", {"draft": draft})
    messages.success(request, "The draft is saved. You find it under My work.")
    return redirect("my_work")


@require_POST
def discard_draft(request: Request) -> HttpResponse:
    """Forget what was typed."""
    services.discard_draft(by=request.user)
    messages.success(request, "The draft is gone.")
    return redirect("usecases:list")


def similar(request: Request) -> HttpResponse:
    """The cases that mean much the same as `title` and `purpose`, for the page on which these are typed.

    That page sends them by POST: an address holds no long text.
    """
    if seconds := rates.seconds_to_wait("search", f"user:{request.user.pk}"):
        raise TooOftenError(f"That were many questions. Wait {seconds} seconds, then go on.", retry_after=seconds)
    given = request.POST if request.method == "POST" else request.GET
    text = "\n".join(given.get(name, "").strip() for name in ("title", "purpose"))
    return respond(request, "usecases/similar.html", {"similar": selectors.similar(text, viewer=request.user)})


def join(request: Request, ref: str) -> HttpResponse:
    """Ask the owner of a case to be taken in, instead of beginning one like it."""
    case = selectors.use_case(ref, viewer=request.user)
    form = JoinForm(request.POST if request.method == "POST" else None, viewer=request.user)
    if form.is_bound and form.carry_out(services.ask_to_join, use_case=case, by=request.user) is not None:
        messages.success(
            request, f"{case.owner} is asked. What you typed of your own case is kept until you discard it."
        )
        return redirect(case_url(case))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    context = {
        "title": f"Ask to join {case.ref}", "lede": case.title, "form": form, "submit": "Ask to join",
        "cancel": case_url(case), "crumbs": crumbs(case),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
