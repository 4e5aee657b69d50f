"""What administrators write about people, their roles, and service accounts."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from apps.accounts import selectors
from apps.accounts.choices import TEAM, UNIT
from apps.accounts.models import BusinessUnit, Lane, Role, Team, User
from apps.core.choosing import ChoiceField
from apps.core.errors import NotFoundError
from apps.core.forms import VerbForm


class PersonField(forms.CharField):
    """Somebody by user name; choosing among thousands in a list would be no help."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "Their user name.")
        super().__init__(max_length=150, **options)


class PersonForm(VerbForm):
    """A new person."""

    username = forms.CharField(
        label="User name", max_length=150, help_text="Letters, digits and @ . + - _; it stays as it is.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    display_name = forms.CharField(label="Name", max_length=150)
    email = forms.EmailField(label="E-mail", required=False)
    password = forms.CharField(
        required=False, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Empty: they come in by single sign-on alone.",
    )  # fmt: skip

    def clean_password(self) -> str | None:
        """The password if it is strong enough, None for none."""
        chosen: str = self.cleaned_data["password"]
        if chosen:
            validate_password(chosen)
        return chosen or None


class _RoleForm(VerbForm):
    role = forms.TypedChoiceField(choices=Role.choices, coerce=Role)
    lane = forms.TypedChoiceField(
        choices=[("", "No lane"), *Lane.choices], coerce=Lane, empty_value=None, required=False,
        help_text="Where a lane reviewer decides; nobody else has one.",
    )  # fmt: skip


class GrantForm(_RoleForm):
    """A role for somebody."""

    unit = ChoiceField(
        BusinessUnit.objects.open(), source=UNIT, required=False, label="In a business unit", empty_label="–",
        help_text="There and in every unit below. Without unit and team it holds in the whole organisation.",
    )  # fmt: skip
    team = ChoiceField(
        Team.objects.filter(closed_at=None), source=TEAM, required=False, label="Or in a team", empty_label="–"
    )


class MemberForm(_RoleForm):
    """A role in a team for somebody."""

    user = PersonField(label="Who")

    field_order = ("user",)

    def clean_user(self) -> User:
        """The active person or service account."""
        return _active(self.cleaned_data["user"], self)


class ServiceAccountForm(VerbForm):
    """A new service account."""

    username = forms.CharField(
        label="User name", max_length=150, help_text="Such as nightly-import; it stays as it is."
    )
    display_name = forms.CharField(label="Name", max_length=150, required=False, help_text="What it does.")
    responsible = PersonField(help_text="User name of whoever answers for it, makes its tokens and is warned.")
    team = ChoiceField(
        Team.objects.filter(closed_at=None),
        source=TEAM,
        required=False,
        label="Owned by",
        empty_label="The whole organisation",
    )

    def clean_responsible(self) -> User:
        """The active person."""
        return _active(self.cleaned_data["responsible"], self)


class ServiceAccountChangeForm(ServiceAccountForm):
    """A service account's name and owners."""

    username = None  # type: ignore[assignment]  # Django's way to leave an inherited field out


def _active(username: str, form: VerbForm) -> User:
    try:
        found = selectors.account(username, viewer=form.viewer)
    except NotFoundError as error:
        raise forms.ValidationError(error.message) from error
    if not found.is_active:
        raise forms.ValidationError(f"{found} is deactivated.")
    return found
