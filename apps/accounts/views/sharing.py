"""The share dialog of one thing, a page as well: whose it is, who may see it, and the teams it is shared with."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import access, kinds, services
from apps.accounts.access import Request
from apps.accounts.forms import OwnerForm, ShareForm
from apps.accounts.models import TeamOwned
from apps.core.errors import NotAllowedError, NotFoundError
from apps.core.http import respond, wants_fragment
from apps.core.refs import Ref


def share(request: Request, kind: str, key: str) -> HttpResponse:
    """The dialog; sent, it shares the thing with one more team."""
    thing = _thing(request, kind, key)
    if request.method == "POST":
        services.check_may_share(thing, by=request.user)
    form = ShareForm(request.POST or None, viewer=request.user)
    if form.is_bound:
        if form.is_valid():
            form.carry_out(services.share, kind=kind, thing=thing, by=request.user)
        if not form.errors:
            return _done(request, kind, key, f"It is shared with {form.cleaned_data['team']}.")
    return _dialog(request, kind, key, thing, share_form=form)


@require_POST
def unshare(request: Request, kind: str, key: str) -> HttpResponse:
    """Take a share back."""
    thing = _thing(request, kind, key)
    team = next((team for team, _ in access.shares_of(thing) if str(team.pk) == request.POST.get("team")), None)
    services.check_may_share(thing, by=request.user)
    if team is None:
        return _done(request, kind, key, "It is not shared with that team.")
    services.unshare(kind=kind, thing=thing, team=team, by=request.user)
    return _done(request, kind, key, f"It is no longer shared with {team}.")


def assign(request: Request, kind: str, key: str) -> HttpResponse:
    """The form that says which team answers for a thing and who may see it."""
    thing = _thing(request, kind, key)
    services.check_may_share(thing, by=request.user)
    now = {"team": thing.team, "audience": thing.audience}
    form = OwnerForm(request.POST or None, viewer=request.user, now=thing.team, initial=now)
    if form.is_bound:
        if form.is_valid():
            form.carry_out(services.assign, kind=kind, thing=thing, by=request.user)
        if not form.errors:
            messages.success(request, "Saved.")
            return redirect(_onwards(request, kind, key))
    return _dialog(request, kind, key, thing, owner_form=form)


def _thing(request: Request, kind: str, key: str) -> TeamOwned:
    """The thing, where its kind can be shared. Raises NotFoundError, also where the reader may not see it."""
    found = kinds.find(Ref(kind, key), viewer=request.user)
    if not isinstance(found, TeamOwned):
        raise NotFoundError("There is no such thing, or you may not see it.")
    return found


def _done(request: Request, kind: str, key: str, words: str) -> HttpResponse:
    """Say what was done where the reader is: in the dialog, or on its page."""
    if wants_fragment(request):
        return _dialog(request, kind, key, _thing(request, kind, key), said=words)
    messages.success(request, words)
    return redirect("accounts:share", kind, key)


def _onwards(request: Request, kind: str, key: str) -> str:
    """To the thing, whose page tells whose it is, or to the dialog's own page; home for who may not see it any more."""
    try:
        thing = _thing(request, kind, key)
    except NotFoundError:
        return reverse("home")
    return kinds.of(kind).url(thing) if wants_fragment(request) else reverse("accounts:share", args=[kind, key])


def _dialog(request: Request, kind: str, key: str, thing: TeamOwned, *, said: str = "", **forms: Any) -> HttpResponse:
    url, levels = kinds.of(kind).url(thing), dict(access.LEVELS)
    now = {"team": thing.team, "audience": thing.audience}
    context = {
        "title": f"Share {thing}", "thing": thing, "kind": kind, "key": key, "back": url, "crumbs": [(str(thing), url)],
        "shares": [(team, levels[level]) for team, level in access.shares_of(thing)], "may_share": _may(thing, request),
        "in_dialog": wants_fragment(request), "said": said, "share_form": ShareForm(viewer=request.user),
        "owner_form": OwnerForm(viewer=request.user, now=thing.team, initial=now), **forms,
    }  # fmt: skip
    status = max(form.status for form in (context["share_form"], context["owner_form"]))
    return respond(request, "accounts/share.html", context, fragment="dialog", status=status)


def _may(thing: TeamOwned, request: Request) -> bool:
    try:
        services.check_may_share(thing, by=request.user)
    except NotAllowedError:
        return False
    return True
