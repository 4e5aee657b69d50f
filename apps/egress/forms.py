"""What administrators write about permitted addresses and stored secrets."""

from django import forms

from apps.core.forms import VerbForm
from apps.egress.models import Purpose, Scheme


class RuleForm(VerbForm):
    """A new permission."""

    scheme = forms.TypedChoiceField(choices=Scheme.choices, coerce=Scheme, widget=forms.RadioSelect, initial="https")
    host = forms.CharField(
        max_length=253,
        help_text="A name such as models.example.org, an IP address, or a network such as 10.1.0.0/16.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    port = forms.CharField(max_length=5, required=False, help_text="Without one, 443 for https and 80 for http.")
    network = forms.CharField(
        label="Private network",
        max_length=43,
        required=False,
        help_text="Where the name may lead to if it is not public, such as 10.1.0.0/16.",
    )
    purpose = forms.TypedChoiceField(choices=Purpose.choices, coerce=Purpose, initial=Purpose.MODELS)
    credentials = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="References of the keys that may be sent there, one a line: env:NAME, file:/path or store:name.",
    )
    note = forms.CharField(
        max_length=500, required=False, help_text="What it is needed for. It is kept for good, so name no person."
    )

    def clean_credentials(self) -> list[str]:
        """The references as the service takes them."""
        return str(self.cleaned_data["credentials"]).split()


class SecretForm(VerbForm):
    """A secret to keep; what was typed is never shown again."""

    name = forms.CharField(
        label="Short name",
        max_length=80,
        help_text="Lower-case letters, digits, - and _. Whoever names it writes store: in front.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    value = forms.CharField(
        label="Secret",
        strip=False,
        max_length=16_384,
        help_text="It replaces what is kept under this name, and is never shown again.",
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )


class ConfirmForm(VerbForm):
    """Nothing to fill in: sending it is the answer."""
