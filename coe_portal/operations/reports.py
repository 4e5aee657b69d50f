"""Where browsers report what the content security policy stopped."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = structlog.get_logger("coe_portal.csp")
LARGEST, A_MINUTE, LONGEST = 16_384, 30, 200
# Old reports (`report-uri`) and new ones (Reporting API) spell the same things differently.
_FIELDS = {
    "directive": ("effective-directive", "effectiveDirective", "violated-directive"),
    "blocked": ("blocked-uri", "blockedURL"),
    "page": ("document-uri", "documentURL"),
    "source": ("source-file", "sourceFile"),
    "line": ("line-number", "lineNumber"),
}


class Allowance:
    """At most `limit` a minute; anybody may call, and a log is a disk."""

    def __init__(self, limit: int) -> None:
        self._limit, self._lock = limit, threading.Lock()
        self._minute = self._used = 0

    def take(self, *, now: float) -> bool:
        """Whether one more may be written in this minute."""
        with self._lock:
            if int(now // 60) != self._minute:
                self._minute, self._used = int(now // 60), 0
            self._used += 1
            return self._used <= self._limit


_allowance = Allowance(A_MINUTE)


@csrf_exempt
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log a report in bounds; 204 whatever was sent, since a browser can do nothing about an answer."""
    if _allowance.take(now=time.time()):
        for report in _reports(request):
            logger.warning("content security policy", **report)
    return HttpResponse(status=204)


def _reports(request: HttpRequest) -> list[dict[str, str]]:
    """The first few reports of the body, reduced to what is safe to keep; none where it is no report."""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > LARGEST:
        return []
    try:
        sent = json.loads(request.read(LARGEST))
    except (ValueError, RecursionError, OSError):
        return []
    found = [_body(entry) for entry in (sent if isinstance(sent, list) else [sent])[:5]]
    return [_reduced(body) for body in found if body]


def _body(entry: Any) -> Mapping[str, Any]:
    body = (entry.get("csp-report") or entry.get("body")) if isinstance(entry, dict) else None
    return body if isinstance(body, dict) else {}


def _reduced(body: Mapping[str, Any]) -> dict[str, str]:
    """The known fields as short text; of addresses no query, which holds what people typed."""
    values = {name: next((body[key] for key in keys if key in body), "") for name, keys in _FIELDS.items()}
    return {name: _without_query(str(value))[:LONGEST] for name, value in values.items() if str(value)}


def _without_query(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        return "not an address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else value.split("?")[0]
