"""The sign-in forms of portal and admin, which say when to wait."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from apps.accounts.services import TooManyAttemptsError


class SignInForm(AuthenticationForm):
    """Name and password."""

    def clean(self) -> dict[str, Any]:
        """The values once they fit; a refused attempt becomes an error above the form."""
        try:
            return super().clean()
        except TooManyAttemptsError as error:
            raise ValidationError(error.message, code=error.code) from error


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The same for staff."""
