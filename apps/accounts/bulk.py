"""What can be done to many things of teams at once."""

from typing import Any

from django import forms

from apps.accounts import services
from apps.accounts.choices import TEAM
from apps.accounts.models import Audience, Team, TeamOwned, User
from apps.accounts.owning import OwnedForm
from apps.core.choosing import ChoiceField
from apps.core.errors import NotAllowedError
from apps.core.lists import Bulk


class GiveForm(OwnedForm):
    """Which team answers for things, and who may see them; both are said aloud, since they hold for every one."""

    team = ChoiceField(
        Team.objects.all(),
        source=TEAM,
        empty_label="Choose a team",
        help_text="Answers for them. You can choose among your own teams and those you administer.",
    )
    audience = forms.TypedChoiceField(
        label="Who may see them", choices=Audience.choices, coerce=Audience, widget=forms.RadioSelect
    )


def give_to_team(kind: str) -> Bulk:
    """The action by which things of a kind are given to a team; only by those who may say who sees them."""

    def carry_out(row: TeamOwned, *, by: User, **values: Any) -> None:
        services.assign(kind=kind, thing=row, by=by, **values)

    return Bulk("give", "Give to a team", check=_objection, carry_out=carry_out, form=GiveForm)


def _objection(row: TeamOwned, *, by: User) -> str:
    try:
        services.check_may_share(row, by=by)
    except NotAllowedError as error:
        return error.message
    return ""
