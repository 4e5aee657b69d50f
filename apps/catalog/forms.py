"""What people write about model endpoints."""

from django import forms

from apps.accounts.owning import OwnedForm
from apps.catalog.models import EndpointKind

# Recorded answers arrive by import, with their answers; a page cannot add them.
_KINDS = [(kind.value, kind.label) for kind in EndpointKind if kind != EndpointKind.RECORDED]


class EndpointForm(OwnedForm):
    """A new endpoint."""

    name = forms.CharField(max_length=200)
    slug = forms.SlugField(
        label="Short name", max_length=80, help_text="For addresses and the API: lower-case letters, digits, - and _."
    )
    kind = forms.TypedChoiceField(choices=_KINDS, coerce=EndpointKind, widget=forms.RadioSelect, initial="openai")
    base_url = forms.CharField(
        label="Address",
        max_length=500,
        required=False,
        help_text="Up to and including the version, such as https://models.example.org/v1.",
    )
    model_name = forms.CharField(label="Model", max_length=200, required=False, help_text="As the server calls it.")
    key_variable = forms.CharField(
        label="Credential",
        max_length=100,
        required=False,
        help_text="Where the key is, never the key itself: env:NAME (a worker variable), file:/path or store:name.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
