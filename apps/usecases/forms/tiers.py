"""What people write to set another tier, or to let a case through its gate before the review."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from apps.core.forms import VerbForm
from apps.usecases.forms.record import day
from apps.usecases.models import Stage, Tier
from apps.usecases.rules import TIERS

# What says nothing about which proposal it means is about none of them.
UNSEEN_PROPOSAL = UUID(int=0)
_LONGEST = 5_000
_HALF_A_YEAR = timedelta(days=182)


class ReasonForm(VerbForm):
    """A reason, which is kept."""

    reason = forms.CharField(
        max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 4}), help_text="It is kept, and everybody reads it."
    )


class GlassForm(ReasonForm):
    """Why a case is let through before its review, as it was seen."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class StageForm(ReasonForm):
    """Where a case is whose source did not say so, and how one knows."""

    stage = forms.TypedChoiceField(label="Stage", choices=Stage.choices, coerce=Stage)
    field_order = ("stage",)


class DeclineForm(ReasonForm):
    """Why a lower tier is declined, and which one its reader saw."""

    proposal = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def clean_proposal(self) -> UUID:
        """The key that was sent along, else one that no proposal has."""
        return self.cleaned_data["proposal"] or UNSEEN_PROPOSAL


class _TierForm(ReasonForm):
    to = forms.TypedChoiceField(label="Tier", coerce=Tier)
    field_order = ("to",)

    def __init__(self, *args: Any, tier: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(one.value, one.label) for one in self.fitting(TIERS.index(Tier(tier)))]  # type: ignore[attr-defined]

    def fitting(self, at: int) -> tuple[Tier, ...]:
        """The tiers to choose from, where the one that counts is at this place."""
        raise NotImplementedError


class RaiseForm(_TierForm):
    """A higher tier."""

    def fitting(self, at: int) -> tuple[Tier, ...]:
        """Those above; all where there is none, and the service says so."""
        return TIERS[at + 1 :] or TIERS


class LowerForm(_TierForm):
    """A lower tier, until a day."""

    expires_on = forms.DateField(
        label="Until, that day included", widget=day(),
        help_text="Within a year: then the rules count again.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].initial = timezone.now().date() + _HALF_A_YEAR

    def fitting(self, at: int) -> tuple[Tier, ...]:
        """Those below; all where there is none, and the service says so."""
        return TIERS[:at] or TIERS
