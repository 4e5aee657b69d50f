"""Signing in: the page, and the way to the identity provider and back."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps.accounts import sign_on
from apps.accounts.forms import SignInForm
from apps.core.errors import DomainError
from apps.core.http import respond


class SignIn(LoginView):
    """The sign-in page: single sign-on where there is one, name and password where they count."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which doors to show; where passwords are switched off, theirs opens by `?break-glass`."""
        broken = "break-glass" in self.request.GET or self.request.method == "POST"
        to = self.get_redirect_url()
        sso = reverse("oidc_login") + (f"?{urlencode({'next': to})}" if to else "")
        doors = {"sso_url": sso if sign_on.is_configured() else "", "passwords": settings.PASSWORD_SIGN_IN or broken}
        return super().get_context_data(**doors, **kwargs)


@login_not_required
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the identity provider; another site cannot start that."""
    _check_offered()
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return redirect(settings.LOGIN_URL)
    try:
        answer: HttpResponse = sign_on.begin(request, next_url=request.GET.get("next", ""))
    except DomainError as error:
        return _refused(request, error)
    return answer


@login_not_required
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Where the identity provider leads back to: a session, or words that say why there is none."""
    _check_offered()
    try:
        answer: HttpResponse = sign_on.finish(request)
    except DomainError as error:
        return _refused(request, error)
    return answer


def _check_offered() -> None:
    if not sign_on.is_configured():
        raise Http404


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return respond(request, "registration/refused.html", {"error": error}, status=error.status)
