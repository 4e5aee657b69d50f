"""Registering and editing a case, and asking to join one."""

from collections.abc import Collection
from typing import Any

from django import forms

from apps.accounts.choices import PERSON, UNIT
from apps.accounts.models import BusinessUnit, User, UserKind
from apps.accounts.owning import OwnedForm
from apps.catalog.choices import ENDPOINT
from apps.catalog.models import Endpoint
from apps.core.choosing import ChoiceField
from apps.core.errors import DomainError
from apps.core.forms import VerbForm
from apps.prompts.choices import PROMPT_VERSION
from apps.prompts.models import PromptVersion
from apps.usecases import selectors
from apps.usecases.models import TopicArea, UseCase
from apps.usecases.selectors import UNSEEN
from apps.usecases.services import LONGEST_REQUEST

_PEOPLE = User.objects.filter(is_active=True, kind=UserKind.PERSON).order_by("display_name")
_AREAS = [("", "Choose one"), *TopicArea.choices]


class RecordForm(VerbForm):
    """The six fields that make a case."""

    title = forms.CharField(max_length=400, help_text="What the system does, in one line.")
    purpose = forms.CharField(
        label="Problem and benefit",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What is hard today, for whom, and what gets better. Plain words; reviewers read this first.",
    )
    owner = ChoiceField(_PEOPLE, source=PERSON, empty_label="Choose somebody", help_text="Answers for the case.")
    sponsor = ChoiceField(
        _PEOPLE,
        source=PERSON,
        required=False,
        empty_label="Nobody yet",
        help_text="Pays for it, or speaks for it in the business.",
    )
    business_unit = ChoiceField(BusinessUnit.objects.open(), source=UNIT, empty_label="Choose one")
    topic_area = forms.ChoiceField(choices=_AREAS)
    topic_other = forms.CharField(
        label="Topic area in words", max_length=500, required=False, help_text="Only where the area above is Other."
    )


def _why_new(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Why is this new", max_length=2_000, required=False, help_text=help_text,
        # An empty field is told from a filled one by its placeholder: static/css/details.css.
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": " "}),
    )  # fmt: skip


# The two steps of registering, by the name of the field; `""` asks everything at once.
IDEA = ("title", "purpose", "why_new")


class RegisterForm(OwnedForm, RecordForm):
    """The six fields, which team answers for the case, and why it is new where there are cases much like it.

    `step` is `idea` for what it is, `owner` for whose it is, with the idea carried along unseen, or "" for both.
    `similar` are the cases much like it, once the form has been checked.
    """

    why_new = _why_new("Only where there are cases much like it: what is different here, in a sentence or two.")
    field_order = IDEA

    def __init__(self, *args: Any, step: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = step
        self.similar: list[selectors.Similar] = []
        for name in self.fields.keys() - {*IDEA} if step == "idea" else ():
            del self.fields[name]
        self._shown = {name: self.fields[name].widget for name in IDEA}
        for name in IDEA if step == "owner" else ():
            self.fields[name].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Ask at the first step why it is new where that was not said; at the last one the service asks."""
        values = super().clean() or self.cleaned_data
        if self.step == "idea" and not self.errors and not values["why_new"] and self._find_similar():
            self.add_error("why_new", "There are cases much like it. Say what is new here, or ask to join one of them.")
        return values

    def refuse(self, error: DomainError) -> None:
        """Show with the refusal what is much like it, where the service asked why it is new."""
        super().refuse(error)
        if "why_new" in error.fields:
            self._find_similar()

    def _find_similar(self) -> bool:
        words = f"{self.cleaned_data['title']}\n{self.cleaned_data['purpose']}"
        self.similar = selectors.similar(words, viewer=self.viewer)
        self.fields["why_new"].required = bool(self.similar)
        return bool(self.similar)

    def show_faults(self) -> None:
        """Show what was carried along, where something is wrong with it."""
        if self.errors.keys() & {*IDEA}:
            for name, widget in self._shown.items():
                self.fields[name].widget = widget


class JoinForm(VerbForm):
    """What is said to the owner of a case that somebody would join."""

    words = forms.CharField(
        label="What you would do there", max_length=LONGEST_REQUEST, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text="The owner reads it, and decides.",
    )  # fmt: skip


class EditForm(RecordForm):
    """The six fields, why the case is new, what it pins, and the version the editor saw."""

    why_new = _why_new("What is different from the cases much like it, in a sentence or two.")
    prompt_version = ChoiceField(
        PromptVersion.objects.select_related("prompt").order_by("prompt__name", "-number"),
        source=PROMPT_VERSION,
        label="Pinned prompt",
        required=False,
        empty_label="None yet",
        help_text="The exact version that is evaluated and reviewed.",
    )
    endpoint = ChoiceField(
        Endpoint.objects.all(), source=ENDPOINT, label="Pinned model endpoint", required=False, empty_label="None yet"
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, hidden: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hidden = hidden
        for name in hidden:
            field: Any = self.fields[name]
            field.empty_label, field.help_text = UNSEEN[name], "What is pinned stays unless you choose another."
            self.initial[name] = None
        # A unit that has ended and people who have left stay on the cases that have them.
        for name in ("owner", "sponsor", "business_unit"):
            if kept := self.initial[name]:
                self.fields[name].queryset |= type(kept).objects.filter(pk=kept.pk)  # type: ignore[attr-defined]  # it is a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        """Leave out what is pinned, cannot be seen and was not replaced: it stays."""
        values = super().clean() or self.cleaned_data
        return {name: value for name, value in values.items() if not (name in self.hidden and value is None)}


def values_of(case: UseCase) -> dict[str, Any]:
    """What the edit form starts with."""
    return {name: getattr(case, name) for name in EditForm.base_fields}
