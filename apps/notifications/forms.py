"""Forms of preferences, webhooks and channels."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from apps.accounts.models import Team, User
from apps.core.forms import VerbForm
from apps.notifications import services
from apps.notifications.events import EVENTS, PUBLIC
from apps.notifications.models import Mail, WebhookKind
from apps.notifications.selectors import Choice


class PreferencesForm(VerbForm):
    """Two fields an event: whether in the portal, and which mail."""

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in choices:
            label = choice.event.label
            self.fields[f"{choice.event.name}.app"] = forms.BooleanField(
                label=f"{label}: in the portal", required=False, initial=choice.in_app
            )
            self.fields[f"{choice.event.name}.mail"] = forms.ChoiceField(
                label=f"{label}: mail", choices=Mail.choices, initial=choice.mail
            )

    def rows(self) -> Iterator[tuple[str, Any, Any]]:
        """(label, field in the portal, field of mail) of each event."""
        for event in EVENTS.values():
            yield event.label, self[f"{event.name}.app"], self[f"{event.name}.mail"]

    def chosen(self) -> dict[str, tuple[bool, str]]:
        """What a valid form says, as the service takes it."""
        values = self.cleaned_data
        return {name: (values[f"{name}.app"], values[f"{name}.mail"]) for name in EVENTS}


class _EventsForm(VerbForm):
    name = forms.CharField(max_length=100, help_text="How people tell it from others.")
    events = forms.MultipleChoiceField(
        label="Tell it when",
        choices=[(name, EVENTS[name].public_label) for name in PUBLIC],
        widget=forms.CheckboxSelectMultiple,
    )


class NewForm(_EventsForm):
    """A new webhook or channel."""

    kind = forms.TypedChoiceField(
        label="What is there", choices=WebhookKind.choices, coerce=WebhookKind, widget=forms.RadioSelect,
        initial=WebhookKind.SIGNED,
    )  # fmt: skip
    address = forms.CharField(
        max_length=1000,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Of a signed webhook, your own system. Of Slack, the address of an incoming webhook; of Teams, that "
        "of a workflow that starts when a webhook request is received. An administrator permits its host.",
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, empty_label="The whole organisation",
        help_text="Nothing is sent that the whole team may not see.",
    )  # fmt: skip
    field_order = ("name", "kind", "address", "team", "events")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(person).filter(closed_at=None)
        mine = [team.pk for team in teams if services.may_manage(team, by=person)]
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = Team.objects.filter(pk__in=mine)
        if not services.may_manage(None, by=person):
            field.required, field.empty_label = True, None


class EditForm(_EventsForm):
    """Another name, other events, another address."""

    address = forms.CharField(
        label="New address", max_length=1000, required=False,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Leave it empty to keep the present one. At another host the secrets are dropped: they belong to "
        "the old one.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("name", "address", "events", "version")
