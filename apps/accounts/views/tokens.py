"""Pages of one's own API tokens, and of those of service accounts that one answers for."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from apps.accounts import selectors, services
from apps.accounts.access import Request
from apps.accounts.forms import TokenForm
from apps.accounts.models import User
from apps.core.http import respond


def token_list(request: Request) -> HttpResponse:
    """One's own tokens, newest first."""
    context = {"title": "API tokens", "tokens": selectors.tokens(owner=request.user, viewer=request.user)}
    return respond(request, "accounts/tokens.html", context)


def new_token(request: Request) -> HttpResponse:
    """The form for a new token of one's own."""
    form = TokenForm(request.POST or None, owner=request.user, viewer=request.user)
    return _new(request, form, request.user, [("API tokens", reverse("accounts:tokens"))])


def new_service_token(request: Request, username: str) -> HttpResponse:
    """The form for a new token of a service account."""
    owner = selectors.service_account(username, viewer=request.user)
    services.check_may_manage(owner, by=request.user)
    form = TokenForm(request.POST or None, owner=owner, viewer=request.user)
    page = reverse("people:service_account", args=[username])
    return _new(request, form, owner, [("Service accounts", reverse("people:service_accounts")), (str(owner), page)])


@sensitive_variables("made", "text", "context")
def _new(request: Request, form: TokenForm, owner: User, crumbs: list[tuple[str, str]]) -> HttpResponse:
    """The form, or once it is carried out the page that shows the token's text this once."""
    back = crumbs[-1][1]
    if form.is_bound and (made := form.carry_out(services.issue_token, owner=owner, by=request.user)):
        token, text = made
        context = {"title": "Your new token", "token": token, "text": text, "back": back, "crumbs": crumbs}
        return respond(request, "accounts/token_made.html", context)
    context = {
        "title": "Make a token", "form": form, "submit": "Make the token", "crumbs": crumbs, "cancel": back,
        "lede": f"A program shows it to act for {owner}, within what you choose here.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def revoke_token(request: Request, token: UUID) -> HttpResponse:
    """End a token."""
    found = selectors.token(token, viewer=request.user)
    services.revoke_token(token=found, by=request.user)
    messages.success(request, f"{found.name} is revoked. Nothing can use it any more.")
    if found.owner.is_person:
        return redirect("accounts:tokens")
    return redirect("people:service_account", found.owner.username)
