"""Forms of the portal's own pages: one's own password, and saving a view of a list."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm

from apps.accounts.models import Team
from apps.core.forms import VerbForm


class OwnPasswordForm(PasswordChangeForm):
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


class SaveViewForm(VerbForm):
    """A name for the state of a list, and whose it is; `page` and `query` say which list, in which state."""

    page = forms.CharField(widget=forms.HiddenInput, max_length=80)
    query = forms.CharField(widget=forms.HiddenInput, max_length=8000, required=False)
    name = forms.CharField(label="Name", max_length=80)
    team = forms.ModelChoiceField(label="For", queryset=Team.objects.none(), required=False, empty_label="Only me")
    is_default = forms.BooleanField(label="Open the list with it", required=False)

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["team"]
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = Team.objects.filter(pk__in=[team.pk for team in teams])
        if not teams:
            chosen.widget = forms.HiddenInput()
