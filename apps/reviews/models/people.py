"""Who stands in for whom in a lane, who heads it, who stepped back, and who went past a review."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models

from apps.accounts.models import Lane, SubjectQuerySet
from apps.audit.registry import tracked
from apps.core import triggers
from apps.core.models import BaseModel, OrganisationQuerySet, Viewer
from apps.core.refs import Ref
from apps.reviews import subjects
from apps.reviews.models.requests import ReviewRequest

_USER = settings.AUTH_USER_MODEL


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations, which are seen by their two people and by who oversees everything."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to what `user` may see."""
        from apps.accounts import access  # access reads models of its own app first

        mine = models.Q(delegator=user.pk) | models.Q(delegate=user.pk)
        return self if access.oversees(user) else self.filter(mine)


@tracked()
class Delegation(BaseModel):
    """From `starts_on` to `ends_on` (days in UTC, both included) `delegate` may decide in a lane for `delegator`."""

    lane = models.CharField(max_length=20, choices=Lane.choices)
    delegator = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.TextField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(lane__in=Lane.values), name="delegation_lane_known"),
            models.CheckConstraint(
                condition=models.Q(starts_on__lte=models.F("ends_on")), name="delegation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~models.Q(delegator=models.F("delegate")), name="delegation_to_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_lane_display()}: {self.delegator} to {self.delegate}"

    def holds_on(self, day: date) -> bool:
        """Whether it holds on that day: it has not ended, and both of its people are still here."""
        both = self.delegator.is_active and self.delegate.is_active
        return self.ended_at is None and both and self.starts_on <= day <= self.ends_on


class LaneHeadQuerySet(OrganisationQuerySet["LaneHead"]):
    """Lane heads, whom everybody in the organisation may know."""


@tracked()
class LaneHead(BaseModel):
    """The person to whom a lane's steps fall when nobody in the lane may decide them, or they are late."""

    lane = models.CharField(max_length=20, choices=Lane.choices, unique=True)
    person = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    objects = LaneHeadQuerySet.as_manager()

    class Meta:
        ordering = ["lane"]
        constraints = [models.CheckConstraint(condition=models.Q(lane__in=Lane.values), name="head_lane_known")]

    def __str__(self) -> str:
        return f"{self.get_lane_display()}: {self.person}"


class RecusalQuerySet(models.QuerySet["Recusal"]):
    """Recusals, which are seen by whoever sees their request."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to requests about what `user` may see."""
        return self.filter(request__in=ReviewRequest.objects.visible_to(user))


@tracked()
class Recusal(BaseModel):
    """Somebody said that they cannot decide on what this request is about; they never may from then on."""

    request = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="recusals")
    person = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    objects = RecusalQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["request", "person"], name="recusal_once")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.person}: {self.reason[:80]}"


class BreakGlassQuerySet(SubjectQuerySet["BreakGlass"]):
    """Uses of break-glass, which are seen by whoever sees what they were about."""

    def kinds(self) -> list[str]:
        """What can be reviewed."""
        return subjects.kinds()


@tracked()
class BreakGlass(BaseModel):
    """Somebody let exactly `content_hash` through a gate before its review; until `expires_at`, and reviewed after.

    The permission to do so is no role's, and being a superuser does not give it: a person holds it by name.
    """

    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    gate = models.CharField(max_length=20)
    content_hash = models.CharField(max_length=64)
    reason = models.TextField()
    used_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    request = models.OneToOneField(ReviewRequest, on_delete=models.PROTECT, related_name="break_glass")

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        permissions = [("break_glass", "May let something through a gate before its review")]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="glass_subject")]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="glass_has_a_reason")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} at {self.gate}"

    @property
    def subject(self) -> Ref:
        """What was let through."""
        return Ref(self.subject_kind, self.subject_id)
