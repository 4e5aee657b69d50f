"""Around every request: an id, one log line, figures for Prometheus, a span, and headers that bound a browser."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch
from django.utils.functional import LazyObject

from coe_portal.operations import metrics, timing, tracing
from coe_portal.operations.urls import PROBES

Next = Callable[[HttpRequest], HttpResponseBase]
logger = structlog.get_logger("coe_portal.request")
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
# What a browser of ours never needs.
_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


class Watched:
    """The outermost middleware: whatever becomes of the request, it is told of once."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given, own = request.headers.get("X-Request-ID", ""), uuid.uuid4().hex
        request_id = given if _SANE_ID.fullmatch(given) else own
        request.request_id = request_id  # type: ignore[attr-defined]  # for error pages and problem details
        with structlog.contextvars.bound_contextvars(request_id=request_id), metrics.in_flight():
            response = self._answer(request)
        response["X-Request-ID"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if probe := PROBES.get(request.path_info):  # asked often, by machines that know no host name
            return probe(request)
        started = time.perf_counter()
        method = request.method if request.method in metrics.METHODS else "OTHER"
        with tracing.span(method, kind="SERVER") as span, timing.database() as spent:
            response = self.get_response(request)
            seconds, route = time.perf_counter() - started, route_of(request, response)
            if span is not None:
                span.update_name(f"{method} {route}")
                span.set_attributes(_attributes(request, response, route, spent))
                if response.status_code >= 500:
                    tracing.failed(span, str(response.status_code))
        metrics.observe(route=route, method=method, status=response.status_code, seconds=seconds)
        _tell(request, response, route=route, seconds=seconds, spent=spent)
        return response


def _tell(request: HttpRequest, response: HttpResponseBase, *, route: str, seconds: float, spent: timing.Spent) -> None:
    say = logger.error if response.status_code >= 500 else logger.info
    say(
        "request", method=request.method, route=route, status=response.status_code, ms=round(seconds * 1000, 1),
        user=user_of(request), **spent.told(),
    )  # fmt: skip


def _attributes(
    request: HttpRequest, response: HttpResponseBase, route: str, spent: timing.Spent
) -> dict[str, str | int | float]:
    return {
        "http.request.method": request.method or "",
        "http.route": route,
        "http.response.status_code": response.status_code,
        "coe.request_id": request.request_id,  # type: ignore[attr-defined]
        **spent.traced(),
    }


def route_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """The route's name, never the address, which may hold what people typed."""
    match: ResolverMatch | None = getattr(request, "resolver_match", None)
    if match is not None:
        return match.view_name
    return "unmatched" if response.status_code >= 400 else "before routing"


def user_of(request: HttpRequest) -> str:
    """The person's opaque id if the request looked who it is; asking here would cost a query."""
    user: Any = getattr(request, "user", None)
    if isinstance(user, LazyObject):
        user = getattr(request, "_cached_user", None)
    return str(user.pk) if getattr(user, "is_authenticated", False) else ""


class Bounds:
    """Refuses what another site makes a browser send, and forbids pages what they never need."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request) if is_wanted(request) else _refusal()
        response.headers.setdefault("Permissions-Policy", _POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def is_wanted(request: HttpRequest) -> bool:
    """Whether fetch metadata allow it: our own pages, programs, and people who follow a link to a page."""
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return True
    navigates = request.headers.get("Sec-Fetch-Mode") == "navigate"
    framed = request.headers.get("Sec-Fetch-Dest", "document") != "document"
    return request.method in ("GET", "HEAD") and navigates and not framed


def _refusal() -> HttpResponse:
    return HttpResponseForbidden("Another site may not ask this of your browser.", content_type="text/plain")
