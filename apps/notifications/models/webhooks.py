"""Where else events are sent (other systems, channels of teams), and every message to there."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts import access
from apps.accounts.models import Team
from apps.core.models import BaseModel, Viewer
from apps.core.refs import Ref


class WebhookKind(models.TextChoices):
    """What is expected at the address."""

    SIGNED = "signed", "Signed webhook"
    SLACK = "slack", "Slack channel"
    TEAMS = "teams", "Microsoft Teams channel"


class WebhookQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Webhooks and channels, seen by the team they belong to."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to those of the person's teams; who oversees everything sees all."""
        if access.oversees(user):
            return self
        teams = {m.team_id for m in access.held(user) if m.team_id}
        return self.filter(team__in=teams) if teams else self.none()


class WebhookEndpoint(BaseModel):
    """An address that is told of `events`; without a team it is the organisation's and hears what everybody may see.

    `address` is where to send; of a channel, whose address is itself a secret, it is the origin alone, and
    `address_ref` names the whole in the credential store. `failing_since` is the first failure since the last success.
    """

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=WebhookKind.choices, default=WebhookKind.SIGNED)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    address = models.CharField(max_length=1000)
    address_ref = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=40))
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=300, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=WebhookKind.values), name="webhook_kind_known"),
            models.CheckConstraint(condition=~models.Q(events=[]), name="webhook_hears_something"),
            models.CheckConstraint(
                condition=models.Q(kind=WebhookKind.SIGNED, address_ref="")
                | ~models.Q(kind=WebhookKind.SIGNED) & ~models.Q(address_ref=""),
                name="webhook_channel_address_is_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(disabled_at__isnull=True, disabled_reason="")
                | models.Q(disabled_at__isnull=False) & ~models.Q(disabled_reason=""),
                name="webhook_disabled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Ref:
        """The endpoint as the trail refers to it."""
        return Ref("webhook", str(self.pk))

    @property
    def is_on(self) -> bool:
        """Whether anything is sent there."""
        return self.disabled_at is None


class WebhookSecret(BaseModel):
    """One signing secret of an endpoint, kept in the credential store; several sign side by side during a rotation."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    reference = models.CharField(max_length=200)
    # The last four characters, to tell two secrets apart.
    ending = models.CharField(max_length=4)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"…{self.ending}"


class DeliveryState(models.TextChoices):
    """How far a message got."""

    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
    WITHHELD = "withheld", "Withheld"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Messages, seen by whoever sees their endpoint."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to messages to endpoints that `user` may see."""
        return self.filter(endpoint__in=WebhookEndpoint.objects.visible_to(user))


class Delivery(BaseModel):
    """One message to one endpoint, the same in every attempt. Of an answer only the class of its status is kept.

    `named` is the id of whom its words name, `answer` is `2xx` to `5xx`, or why none came: `timeout`, `unreachable`,
    `refused` (by the portal's own rules).
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    payload = models.JSONField()
    named = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, blank=True)
    replay_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replays")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["endpoint", "-created_at"], name="delivery_log"),
            models.Index(fields=["next_at"], name="delivery_due", condition=models.Q(next_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event", "key"],
                condition=models.Q(replay_of__isnull=True),
                name="delivery_once",
            ),
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=DeliveryState.WAITING, next_at__isnull=False)
                | ~models.Q(state=DeliveryState.WAITING) & models.Q(next_at__isnull=True),
                name="delivery_due_iff_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"

    @property
    def subject(self) -> Ref:
        """What the message is about."""
        return Ref(self.subject_kind, self.subject_id)
