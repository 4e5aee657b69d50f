"""The pages for what went wrong; they need neither database nor session, since either may be what failed."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from apps.core.api.problems import crashed


def _plain(title: str, message: str, status: int) -> HttpResponse:
    error = {"title": title, "message": message, "status": status}
    return HttpResponse(render_to_string("plain_error.html", {"error": error}), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for more than the portal takes."""
    if isinstance(exception, RequestDataTooBig):
        most = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 2**20
        return _plain("This is too large", f"Send at most {most} MB. Go back and shorten what you wrote.", 413)
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
    """500; programs are answered in problem details."""
    if request.path.startswith(("/api/v", "/api/schema/")):
        return crashed()
    return _plain("Something broke here", "It is not your fault. The error is in the log; please try again.", 500)
