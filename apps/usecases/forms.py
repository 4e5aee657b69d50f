"""What people write about a use case."""

from typing import Any

from django import forms

from apps.accounts.models import BusinessUnit, User
from apps.accounts.owning import OwnedForm
from apps.catalog.models import Endpoint
from apps.core.forms import VerbForm
from apps.prompts.models import PromptVersion
from apps.usecases.models import TopicArea, UseCase

_AREAS = [("", "Choose one"), *TopicArea.choices]


class RecordForm(VerbForm):
    """The six fields that make a case."""

    title = forms.CharField(max_length=400, help_text="What the system does, in one line.")
    purpose = forms.CharField(
        label="Problem and benefit",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What is hard today, for whom, and what gets better. Plain words; reviewers read this first.",
    )
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("display_name"), help_text="Answers for the case."
    )
    sponsor = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("display_name"),
        required=False,
        empty_label="Nobody yet",
        help_text="Pays for it, or speaks for it in the business.",
    )
    business_unit = forms.ModelChoiceField(BusinessUnit.objects.open(), empty_label="Choose one")
    topic_area = forms.ChoiceField(choices=_AREAS)
    topic_other = forms.CharField(
        label="Topic area in words", max_length=500, required=False, help_text="Only where the area above is Other."
    )


class RegisterForm(OwnedForm, RecordForm):
    """The six fields, and which team answers for the case."""


class EditForm(RecordForm):
    """The six fields, what the case pins, and the version the editor saw."""

    prompt_version = forms.ModelChoiceField(
        PromptVersion.objects.select_related("prompt").order_by("prompt__name", "-number"),
        label="Pinned prompt",
        required=False,
        empty_label="None yet",
        help_text="The exact version that is evaluated and reviewed.",
    )
    endpoint = forms.ModelChoiceField(
        Endpoint.objects.all(), label="Pinned model endpoint", required=False, empty_label="None yet"
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A unit that has ended stays on the cases that have it.
        kept = BusinessUnit.objects.filter(pk=self.initial["business_unit"].pk)
        self.fields["business_unit"].queryset |= kept  # type: ignore[attr-defined]  # it is a ModelChoiceField


def values_of(case: UseCase) -> dict[str, Any]:
    """What the edit form starts with."""
    return {name: getattr(case, name) for name in EditForm.base_fields}
