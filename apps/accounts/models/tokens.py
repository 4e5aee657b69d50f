"""API tokens."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts import rules
from apps.accounts.models.people import Team, User
from apps.audit.registry import tracked
from apps.core.models import BaseModel


@tracked(without=("name", "key", "secret_hash", "pepper_id", "last_used_at", "warned_at"))
class ApiToken(BaseModel):
    """What a program shows to act for `owner`: no more than its scopes, nor than the owner may at that moment.

    The secret was shown once; only its HMAC under the pepper `pepper_id` is kept. `cidrs` are the networks it may be
    used from, all without any. With `team` only the owner's memberships of that team count.
    """

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=rules.KEY_LENGTH, unique=True)
    secret_hash = models.CharField(max_length=64)
    pepper_id = models.CharField(max_length=20)
    scopes = ArrayField(models.CharField(max_length=80))
    cidrs = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="api_token_has_scopes"),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + timedelta(days=rules.DAYS_MOST)),
                name="api_token_lives_a_year_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({rules.PREFIX}{self.key})"

    @property
    def is_live(self) -> bool:
        """Whether it may be used now, by an owner who is active."""
        return rules.is_live(expires=self.expires_at, revoked=self.revoked_at, at=timezone.now())

    @property
    def state(self) -> str:
        """`live`, `revoked` or `expired`."""
        if self.revoked_at:
            return "revoked"
        return "live" if self.is_live else "expired"
