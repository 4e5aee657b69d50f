"""The fields with which a form says which team answers for a new thing and who may see it."""

from typing import Any

from django import forms

from apps.accounts import selectors
from apps.accounts.choices import TEAM
from apps.accounts.models import Audience, Team
from apps.core.choosing import ChoiceField
from apps.core.forms import VerbForm


class OwnedForm(VerbForm):
    """The base of forms that make something a team can answer for."""

    team = ChoiceField(
        Team.objects.all(),
        source=TEAM,
        required=False,
        empty_label="The whole organisation",
        help_text="Answers for it. You can choose among your own teams and those you administer.",
    )
    audience = forms.TypedChoiceField(
        label="Who may see it", choices=Audience.choices, coerce=Audience, required=False,
        empty_value=Audience.ORGANISATION, initial=Audience.ORGANISATION,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = selectors.receiving_teams(viewer=self.viewer)  # type: ignore[attr-defined]  # it is a ModelChoiceField
        self.order_fields([name for name in self.fields if name not in ("team", "audience")])
