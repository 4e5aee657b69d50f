"""How long a session lasts, and what is kept of its beginning."""

from collections.abc import Callable
from time import time as clock
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from apps.accounts import rules, services
from apps.accounts.models import User

BEGAN, SEEN = rules.SESSION_BEGAN, rules.SESSION_SEEN
# Seconds between two notes that somebody is still there: a write for each request would be too many.
_GRAIN = 60.0


def begin_session(*, user: User, request: HttpRequest, **_: Any) -> None:
    """Audit the session and start its clock; Django's signal calls this for every door that makes one."""
    services.note_session(user=user, door=getattr(request, "sign_in_door", "") or _door(request))
    request.session[BEGAN] = request.session[SEEN] = clock()


def end_session(*, user: User | None, **_: Any) -> None:
    """Audit the end; Django's signal calls this for every sign-out, also where nobody was signed in."""
    if user is not None:
        services.note_sign_out(user=user)


def _door(request: HttpRequest) -> str:
    return "admin" if request.path.startswith("/admin/") else "password"


class SessionLimits:
    """Signs out who has been idle, or signed in, for too long; what they asked for then asks them to sign in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without its cookie there is no session to end, and asking for one would cost a query.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            _check(request)
        return self.get_response(request)


def _check(request: HttpRequest) -> None:
    began, seen, now = request.session.get(BEGAN, 0.0), request.session.get(SEEN, 0.0), clock()
    limits = {"idle": settings.SESSION_IDLE_SECONDS, "longest": settings.SESSION_LONGEST_SECONDS}
    if now >= rules.session_end(began=began, seen=seen, **limits):
        logout(request)
    elif now - seen >= _GRAIN:
        request.session[SEEN] = now
