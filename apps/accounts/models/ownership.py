"""What belongs to a team, and who may see it."""

from collections.abc import Collection
from typing import ClassVar, Self

from django.db import models

from apps.accounts.models.people import Team
from apps.core.models import BaseModel, Row, Viewer


class Audience(models.TextChoices):
    """Who may see a thing without it being shared with them."""

    ORGANISATION = "organisation", "Everyone in the organisation"
    TEAM = "team", "Its team only"


class TeamOwnedQuerySet(models.QuerySet[Row]):
    """Rows of things that belong to a team or to the whole organisation."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to what `user` may see: by membership, and by shares with one of their teams."""
        from apps.accounts import access  # access reads these models

        return self.filter(access.visibility(self.model, user))


class SubjectQuerySet(models.QuerySet[Row]):
    """Rows about some other thing, named by `subject_kind` and `subject_id`; they show to whoever may see that.

    A subclass may narrow `kinds()` to those that its rows can be about.
    """

    def kinds(self) -> Collection[str] | None:
        """The kinds that the rows can be about, None for any."""
        return None

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the rows about what `user` may see."""
        from apps.accounts import kinds  # kinds reads these models

        return self.filter(kinds.readable(user, only=self.kinds()))


class TeamOwned(BaseModel):
    """The base of everything that a team answers for; without a team the whole organisation does."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    audience = models.CharField(max_length=12, choices=Audience.choices, default=Audience.ORGANISATION)

    # How a query reaches the path of the unit that answers for a row, and the people to whom a row always shows.
    UNIT_PATH: ClassVar[str] = "team__unit__path"
    PEOPLE: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=models.Q(audience__in=Audience.values), name="%(class)s_audience_known"),
            models.CheckConstraint(
                condition=models.Q(audience=Audience.ORGANISATION) | models.Q(team__isnull=False),
                name="%(class)s_restricted_to_a_team",
            ),
        ]

    @property
    def is_restricted(self) -> bool:
        """Whether only its team, and those it is shared with, may see it."""
        return self.audience == Audience.TEAM

    @property
    def unit_path(self) -> str:
        """The path of the unit that answers for it, "" for the organisation's own things."""
        return self.team.unit.path if self.team else ""
