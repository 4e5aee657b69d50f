"""The form with which people change their own password."""

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm

from apps.accounts.models import User


class OwnPasswordForm(PasswordChangeForm):  # type: ignore[type-arg]  # not generic at run time
    """Django's, with the rules in one line instead of a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"
        self.fields["new_password1"].help_text = "At least 12 characters, and not one that many people use."
        self.fields["new_password2"].label = "New password once more"
        self.fields["new_password2"].help_text = ""

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 422 once something was refused."""
        return 422 if self.is_bound and self.errors else 200
