"""What bodies and answers say about the team that answers for a thing, and who may see it."""

from typing import Any

from rest_framework import serializers

from apps.accounts import selectors
from apps.accounts.models import Audience
from apps.core.api import Body, Named

# Every example of a thing's answer holds them.
OWNED_EXAMPLE: dict[str, Any] = {"team": "Letters", "audience": "organisation"}


class OwnedBody(Body):
    """The base of bodies that make something a team can answer for."""

    team = Named(
        selectors.team, required=False, allow_null=True,
        help_text="The name of one of your teams, which answers for it; without one the whole organisation does.",
    )  # fmt: skip
    audience = serializers.ChoiceField(
        Audience.choices, required=False, help_text="Who may see it: the organisation, or its team alone."
    )

    def validate_audience(self, value: str) -> Audience:
        """The audience as the service takes it."""
        return Audience(value)


class TeamName(serializers.CharField):
    """The name of the team that answers for a thing, null where the whole organisation does."""

    def __init__(self) -> None:
        super().__init__(source="team.name", allow_null=True, default=None)
