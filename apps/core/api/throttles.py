"""Refusing callers who ask too often: by address before anything else, by token or person, and by what costs much."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.core import rates


def caller_of(request: Request) -> str:
    """The token that was sent, else the person: whose requests are counted together and whose answers are kept."""
    token = getattr(request.auth, "pk", None)
    return f"token:{token}" if token else f"user:{request.user.pk}"


class _Rate(BaseThrottle):
    """One limit; `early` ones are counted before it is asked who is calling."""

    early = False
    _wait = 0

    def count(self, scope: str, who: str) -> bool:
        """Whether one more request is within the limit."""
        self._wait = rates.seconds_to_wait(scope, who)
        return not self._wait

    def wait(self) -> int:
        """Seconds until the next window."""
        return self._wait


class AddressRate(_Rate):
    """All requests from one address, strangers' too."""

    early = True

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the address may ask again now."""
        return self.count("address", request.META.get("REMOTE_ADDR", ""))


class CallerRate(_Rate):
    """All requests of one token or person."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the caller may ask again now."""
        return self.count("caller", caller_of(request))


class ScopeRate(_Rate):
    """What costs much, by the caller: `Resource.rates` names the scope by method."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the caller may ask for this again now."""
        scope = getattr(view, "rates", {}).get(request.method or "")
        return not scope or self.count(scope, caller_of(request))
