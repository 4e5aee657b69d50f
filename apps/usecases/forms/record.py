"""Answering the questions of the record, and writing its rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from apps.accounts.choices import PERSON
from apps.accounts.models import User, UserKind
from apps.core.choosing import ChoiceField
from apps.core.forms import VerbForm
from apps.usecases import registry, rules
from apps.usecases.models import Impact, Likelihood, Residual, Treatment

_PEOPLE = User.objects.filter(is_active=True, kind=UserKind.PERSON).order_by("display_name")
# Read by a machine as soon as it is typed; 12 digits and 6 decimals are what an answer takes.
_NUMBER = {"inputmode": "decimal", "autocomplete": "off"}
_LONG = {"rows": 3}
_YES_NO = {"yes": True, "no": False}


def day() -> forms.DateInput:
    """A box for a day; browsers take it in this form alone, whatever the language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _why(key: str) -> str:
    return f"{key}-missing"


def _with_none(pairs: Sequence[tuple[str, str]], words: str) -> list[tuple[str, str]]:
    return [("", words), *pairs]


def _choices(field: rules.Field) -> list[tuple[str, str]]:
    if field.kind == "yes_no":
        return [("yes", "Yes"), ("no", "No")]
    return list(field.vocabulary.labels.items()) if field.vocabulary else []


def _widget(field: rules.Field) -> forms.Field:
    """The field of the form that takes the value of an answer."""
    said: dict[str, Any] = {"label": field.question, "required": False, "help_text": field.help}
    match field.kind:
        case "choice" | "yes_no":
            return forms.ChoiceField(
                **said, choices=_with_none(_choices(field), "Not answered"), widget=forms.RadioSelect
            )
        case "choices":
            return forms.MultipleChoiceField(**said, choices=_choices(field), widget=forms.CheckboxSelectMultiple)
        case "text":
            return forms.CharField(**said, max_length=5_000, widget=forms.Textarea(attrs=_LONG))
        case "date":
            return forms.CharField(**said, max_length=20, widget=day())
    return forms.CharField(**said, max_length=30, widget=forms.TextInput(attrs=_NUMBER))


def _shown(field: rules.Field, answer: Mapping[str, Any]) -> Any:
    """The value of an answer as the form shows it."""
    value = answer.get("value")
    if field.kind == "yes_no":
        return "" if value is None else "yes" if value else "no"
    return ([] if field.kind == "choices" else "") if value is None else value


class Question(NamedTuple):
    """One question on the page: the field of the record, its value, and why there is none."""

    field: rules.Field
    value: BoundField
    why: BoundField


class SectionForm(VerbForm):
    """The questions of one section, each with a value or the reason why there is none, and the version seen.

    Only what was changed is answered, so that two people can work on two sections. `barred` are the questions that
    this person may not give a value to: of these only the reason can be chosen, and only while there is no value.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, asked: Sequence[rules.Field], answers: Mapping[str, Any], barred: Collection[str] = (),
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.asked, self.answers = asked, answers
        for field in asked:
            answer = answers.get(field.key, {})
            self.fields[field.key] = _widget(field)
            self.fields[field.key].initial = _shown(field, answer)
            self.fields[field.key].disabled = field.key in barred
            reasons = [(reason, rules.MISSING[reason]) for reason in field.missing]
            self.fields[_why(field.key)] = forms.ChoiceField(
                label=f"Why there is no value: {field.label}", required=False, initial=answer.get("missing", ""),
                choices=_with_none(reasons, "–"), disabled=field.key in barred and "value" in answer,
            )  # fmt: skip

    def questions(self) -> list[Question]:
        """The questions in reading order."""
        return [Question(field, self[field.key], self[_why(field.key)]) for field in self.asked]

    def clean(self) -> dict[str, Any]:
        """The version, and the answers that differ from those stored."""
        values = super().clean() or self.cleaned_data
        answers = {field.key: self._answer(field, values) for field in self.asked if field.key in values}
        changed = {key: answer for key, answer in answers.items() if answer != (self.answers.get(key) or None)}
        return {"version": values.get("version"), "answers": changed}

    def _answer(self, field: rules.Field, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """One answer as the record takes it, None for none. Of value and reason the one that was changed counts."""
        value, why = values[field.key], values.get(_why(field.key), "")
        stored = self.answers.get(field.key, {})
        if value and why:
            if field.key in self.changed_data and _why(field.key) in self.changed_data:
                self.add_error(_why(field.key), "Give a value, or say why there is none: not both.")
            why = why if _why(field.key) in self.changed_data else ""
        if why:
            return {"missing": why}
        if not value:
            return None
        given = _YES_NO[value] if field.kind == "yes_no" else value
        return dict(stored) if given == stored.get("value") else {"value": given}


class PartForm(VerbForm):
    """The base of forms for one row of the record; it carries the version of the case that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ValueForm(PartForm):
    """A figure that says what the case is worth."""

    metric = forms.CharField(max_length=200, help_text="What is measured, such as: days until a letter is answered.")
    unit = forms.CharField(max_length=40, required=False, help_text="Such as days, %, or a currency.")
    baseline = forms.DecimalField(
        label="Where it stands without the case", required=False, max_digits=18, decimal_places=4,
        help_text="Empty where nobody knows.",
    )  # fmt: skip
    target = forms.DecimalField(label="Where it should go", max_digits=18, decimal_places=4)
    method = forms.CharField(label="How it is measured", max_length=1_000, widget=forms.Textarea(attrs=_LONG))
    measured = forms.DecimalField(
        label="What was found", required=False, max_digits=18, decimal_places=4, help_text="Later, once it is in use."
    )
    measured_on = forms.DateField(label="Found on", required=False, widget=day())


class RiskForm(PartForm):
    """What could go wrong."""

    description = forms.CharField(
        label="What could go wrong", max_length=1_000, widget=forms.Textarea(attrs=_LONG)
    )  # fmt: skip
    likelihood = forms.ChoiceField(label="How likely within a year", choices=_with_none(Likelihood.choices, "Choose"))
    impact = forms.ChoiceField(label="How bad", choices=_with_none(Impact.choices, "Choose"))
    treatment = forms.ChoiceField(label="What is done about it", choices=_with_none(Treatment.choices, "Choose"))
    plan = forms.CharField(
        label="How", required=False, max_length=1_000, widget=forms.Textarea(attrs=_LONG),
        help_text="Not needed where the risk is accepted.",
    )  # fmt: skip
    residual = forms.ChoiceField(label="What is left then", choices=_with_none(Residual.choices, "Choose"))


class PinForm(PartForm):
    """An exact version that the case rests on."""

    kind = forms.ChoiceField(label="What it is")
    name = forms.CharField(
        label="Which version", max_length=300,
        help_text="As its page names it: such as triage@3 for a version, or a model's short name.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(known.kind, known.label) for known in registry.kinds()]
        self.fields["kind"].choices = _with_none(kinds, "Choose")  # type: ignore[attr-defined]


class AdoptionForm(PartForm):
    """How the case was taken up, on one day."""

    day = forms.DateField(widget=day())
    active_users = forms.IntegerField(min_value=0, max_value=2_147_483_647)
    satisfaction = forms.DecimalField(
        required=False, max_digits=3, decimal_places=2, help_text="The mean, from 1 to 5."
    )
    training_completion = forms.DecimalField(
        label="Training completed", required=False, max_digits=5, decimal_places=2, help_text="In percent."
    )


class ContributorForm(PartForm):
    """Somebody who works on the case."""

    person = ChoiceField(_PEOPLE, source=PERSON, empty_label="Choose somebody")


class FrameworkForm(PartForm):
    """An article or control that the case answers to."""

    framework = forms.CharField(max_length=100, help_text="Such as EU AI Act, ISO/IEC 42001, NIST AI RMF.")
    control = forms.CharField(label="Article or control", max_length=100, help_text="Such as Article 14.")
    edition = forms.CharField(max_length=50, help_text="Which text of it, such as 2024/1689.")
    effective_from = forms.DateField(label="In force from", required=False, widget=day())
    note = forms.CharField(required=False, max_length=500)


PART_FORMS: dict[str, type[PartForm]] = {
    "value": ValueForm, "risks": RiskForm, "pins": PinForm, "adoption": AdoptionForm,
    "contributors": ContributorForm, "frameworks": FrameworkForm,
}  # fmt: skip
