"""Tells the history which person and which request a change came from."""

from typing import Any

import structlog
from django.http import HttpRequest
from pghistory.middleware import HistoryMiddleware

_SAFE = ("GET", "HEAD", "OPTIONS")


class HistoryContext(HistoryMiddleware):
    """Notes `user` and `request` beside every row of history; the API's callers too, who are known only later."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """Ids alone. A page that is only read need not look up who asks; who signs in there is noted then."""
        context = {"request": structlog.contextvars.get_contextvars().get("request_id", "")}
        if request.method not in _SAFE and request.user.is_authenticated:
            context["user"] = str(request.user.pk)
        return context
