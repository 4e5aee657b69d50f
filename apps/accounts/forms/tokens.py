"""What people write about API tokens."""

from typing import Any

from django import forms

from apps.accounts import access, rules, scopes
from apps.accounts.models import Team, User
from apps.core.forms import VerbForm


class TokenForm(VerbForm):
    """A new token of `owner`."""

    name = forms.CharField(max_length=100, help_text="What will use it, such as “nightly import”.")
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="What it may do",
        help_text="Never more than its owner may at that moment. Choose as little as will do.",
    )
    days = forms.IntegerField(
        label="Days until it ends", min_value=1, max_value=rules.DAYS_MOST, initial=rules.DAYS_USUAL,
        help_text=f"At most {rules.DAYS_MOST}.",
    )  # fmt: skip
    cidrs = forms.CharField(
        label="From these networks only", required=False, max_length=1000,
        help_text="Separated by blanks, such as 10.0.0.0/8 192.0.2.7. Empty means from anywhere.",
    )  # fmt: skip
    team = forms.ModelChoiceField(
        Team.objects.all(), required=False, label="Within this team only", empty_label="With all of the owner's roles",
        help_text="Roles held elsewhere then do not count.",
    )  # fmt: skip

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope, scope) for scope in scopes.known()]  # type: ignore[attr-defined]
        mine = {membership.team_id for membership in access.held(owner) if membership.team_id}
        self.fields["team"].queryset = Team.objects.filter(pk__in=mine, closed_at=None)  # type: ignore[attr-defined]

    def clean_cidrs(self) -> list[str]:
        """The networks one by one, as the service takes them."""
        text: str = self.cleaned_data["cidrs"]
        return text.replace(",", " ").split()
