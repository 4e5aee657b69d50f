"""Signing in with a password, through whichever door."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from apps.accounts.models import User


class Passwords(ModelBackend):
    """Django's own check, except that a text no account can hold is refused instead of failing in PostgreSQL."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The active person with this name and password, or None."""
        if "\0" in (username or "") or "\0" in (password or ""):
            return None
        return super().authenticate(request, username=username, password=password, **kwargs)
