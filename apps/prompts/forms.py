"""What people write about prompts."""

from django import forms

from apps.accounts.owning import OwnedForm
from apps.core.forms import VerbForm

_CODE = {"class": "code", "spellcheck": "false"}


class TextForm(VerbForm):
    """The text of a version."""

    system = forms.CharField(
        label="System message", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 4, **_CODE})
    )
    user = forms.CharField(
        label="User message",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, **_CODE}),
        help_text="Write {{name}} where a value goes; a dataset's inputs fill these places. Nothing is executed.",
    )


class VersionForm(TextForm):
    """A further version."""

    note = forms.CharField(label="What changed", max_length=300, required=False)


class PromptForm(OwnedForm, TextForm):
    """A new prompt with its first version."""

    field_order = ["name", "slug", "description", "system", "user"]
    name = forms.CharField(max_length=200)
    slug = forms.SlugField(
        label="Short name", max_length=80, help_text="For addresses and the API: lower-case letters, digits, - and _."
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
