"""Signing in with a password, through whichever door."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.models import User


class Passwords(ModelBackend):
    """Django's own check behind a count of failures, which login page, admin and HTTP Basic share."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The active person with this name and password, or None. Raises TooManyAttemptsError, whatever the password.

        Whether the name exists changes neither the count nor, as Django hashes for unknown names too, the time taken.
        """
        if username is None or password is None:
            return None
        attempt = services.begin_attempt(
            username=username, address=request.META.get("REMOTE_ADDR", "") if request else ""
        )
        # A text that no account can hold would fail in PostgreSQL.
        storable = "\0" not in username + password
        user = super().authenticate(request, username=username, password=password, **kwargs) if storable else None
        # Decided after the same work, so that nobody learns by the clock whose password counts.
        if user is not None and not (settings.PASSWORD_SIGN_IN or user.is_superuser):
            user = None
        services.end_attempt(attempt=attempt, succeeded=user is not None)
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether a password or a session of the account counts: of active people alone, never of a service account.

        Django asks for every request of a session, so who is deactivated is out with the next one.
        """
        return bool(super().user_can_authenticate(user) and user.is_person)
