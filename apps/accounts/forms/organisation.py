"""What administrators write about units and teams, and people about sharing."""

from typing import Any

from django import forms

from apps.accounts import access, selectors
from apps.accounts.choices import TEAM, UNIT
from apps.accounts.models import Audience, BusinessUnit, Team
from apps.core.choosing import ChoiceField
from apps.core.forms import VerbForm

_DAY = {"type": "date"}


class UnitForm(VerbForm):
    """Name and place of a business unit."""

    name = forms.CharField(max_length=200)
    parent = ChoiceField(
        BusinessUnit.objects.open(), source=UNIT, required=False, label="Below", empty_label="Nothing: at the top"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _keep_unit(self, "parent")


class TermForm(VerbForm):
    """When a unit exists."""

    valid_from = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs=_DAY))
    valid_until = forms.DateField(
        label="Until before", required=False, widget=forms.DateInput(attrs=_DAY),
        help_text="From that day on it takes nothing new. What names it keeps naming it.",
    )  # fmt: skip


class TeamForm(VerbForm):
    """A team."""

    name = forms.CharField(max_length=100)
    unit = ChoiceField(BusinessUnit.objects.open(), source=UNIT, label="Business unit", empty_label=None)
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _keep_unit(self, "unit")


class ShareForm(VerbForm):
    """One more team that may see a thing, or work on it."""

    # Both forms stand on one page, so their fields need names of their own.
    prefix = "share"

    team = ChoiceField(Team.objects.all(), source=TEAM, empty_label=None)
    level = forms.ChoiceField(choices=access.LEVELS, widget=forms.RadioSelect, initial=access.READ, label="It")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = selectors.nameable_teams(viewer=self.viewer)  # type: ignore[attr-defined]  # it is a ModelChoiceField


class OwnerForm(VerbForm):
    """Which team answers for a thing, and who may see it."""

    prefix = "owner"

    team = ChoiceField(
        Team.objects.all(), source=TEAM, required=False, label="Answered for by", empty_label="The whole organisation"
    )
    audience = forms.TypedChoiceField(
        label="Who may see it", choices=Audience.choices, coerce=Audience, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, now: Team | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = selectors.receiving_teams(viewer=self.viewer)
        known = own | Team.objects.filter(pk=now.pk) if now else own
        self.fields["team"].queryset = known  # type: ignore[attr-defined]  # it is a ModelChoiceField


def _keep_unit(form: VerbForm, name: str) -> None:
    """Let the field choose the unit that is there now, although it has ended."""
    if now := form.initial.get(name):
        kept = BusinessUnit.objects.filter(pk=now.pk)
        form.fields[name].queryset |= kept  # type: ignore[attr-defined]  # it is a ModelChoiceField
