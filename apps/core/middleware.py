"""Turns a refused service call into a page that says why, and a redirect into one that htmx follows as a whole."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from apps.core.errors import DomainError


class _NoPageError(DomainError):
    code = "method-not-allowed"
    status = 405


_NO_PAGE = _NoPageError("This address is no page: it does what a button of a page asks. Go to that page and press it.")


class PageErrors:
    """Renders `error.html` for a DomainError raised by a page; the API has its own handler."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            response.content = _page(request, _NO_PAGE).content
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for a refusal; None lets any other exception go its usual way."""
        if not isinstance(error, DomainError):
            return None
        page = _page(request, error)
        if seconds := getattr(error, "retry_after", 0):
            page["Retry-After"] = str(seconds)
        return page


def _page(request: HttpRequest, error: DomainError) -> HttpResponse:
    return render(request, "error.html", {"error": error, "back": _back(request)}, status=error.status)


def _back(request: HttpRequest) -> str:
    """The portal's own page that the person came from, "" without one."""
    came_from = request.headers.get("Referer", "")
    here = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if here and came_from != request.build_absolute_uri() else ""


class HtmxRedirects:
    """Tells htmx to go to a new page; it would otherwise put the login page into the part it asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or response.status_code not in (301, 302, 303, 307):
            return response
        return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
