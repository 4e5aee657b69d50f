"""The reader's own account: what the portal knows of them, and their password."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts import rules
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.details import Fact, optional_url
from apps.core.http import respond
from apps.portal.forms import OwnPasswordForm


def profile(request: Request) -> HttpResponse:
    """Names, roles, teams, theme and session of the reader."""
    person = request.user
    facts = [
        Fact("Name", str(person)),
        Fact("Username", person.username, kind="code"),
        Fact("E-mail", person.email),
        Fact("Signed in", person.last_login, kind="time"),
        Fact("This session ends, unused", _session_end(request), kind="time"),
    ]
    context = {
        "title": "Account", "facts": facts, "memberships": person.held(), "tokens_url": optional_url("accounts:tokens"),
        "mail_url": optional_url("notifications:preferences"), "has_password": person.has_usable_password(),
    }  # fmt: skip
    return respond(request, "portal/account.html", context)


def _session_end(request: Request) -> datetime:
    """When the session ends if nobody uses it from now on."""
    began, seen = (request.session.get(mark, 0.0) for mark in (rules.SESSION_BEGAN, rules.SESSION_SEEN))
    limits = {"idle": settings.SESSION_IDLE_SECONDS, "longest": settings.SESSION_LONGEST_SECONDS}
    return datetime.fromtimestamp(rules.session_end(began=began, seen=seen, **limits), UTC)


@sensitive_post_parameters()
def password(request: Request) -> HttpResponse:
    """The form that changes the reader's own password; their other sessions end."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if form.is_bound and form.is_valid():
        accounts.set_password(user=request.user, password=form.cleaned_data["new_password1"], by=request.user)
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect("profile")
    context = {
        "title": "Change your password", "form": form, "submit": "Change it", "cancel": reverse("profile"),
        "crumbs": [("Account", reverse("profile"))],
        "lede": "You stay signed in here; every other session of yours ends.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
