"""Saved views: a state of a list page under a name, of a person or of a team."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Team, User
from apps.core.models import BaseModel, Viewer

KIND = "saved_view"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views; a private one shows to its owner, a team's to the members of that team."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the person's own views and those of their teams."""
        if not (isinstance(user, User) and user.is_active):
            return self.none()
        teams = {membership.team_id for membership in user.held() if membership.team_id}
        return self.filter(Q(owner=user, team__isnull=True) | Q(team__in=teams))


class SavedView(BaseModel):
    """A state of the list page `page` (the name of its address), kept as the parameters that the list declares.

    `state` holds [parameter, value] pairs and is read by the list again whenever the view is opened.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    page = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    state = models.JSONField[Any, Any](default=list)
    is_default = models.BooleanField(default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"], condition=Q(team__isnull=True), name="saved_view_name_once_a_person"
            ),
            models.UniqueConstraint(
                fields=["team", "page", "name"], condition=Q(team__isnull=False), name="saved_view_name_once_a_team"
            ),
            models.UniqueConstraint(
                fields=["owner", "page"],
                condition=Q(team__isnull=True, is_default=True),
                name="saved_view_one_default_a_person",
            ),
            models.UniqueConstraint(
                fields=["team", "page"],
                condition=Q(team__isnull=False, is_default=True),
                name="saved_view_one_default_a_team",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
