"""Permissions for outgoing calls, and secrets that are written and never shown."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts import access
from apps.audit.registry import tracked
from apps.core.egress import permits
from apps.core.models import BaseModel, Row, Viewer


class Purpose(models.TextChoices):
    """What calls under a permission are for."""

    MODELS = "models", "Models"
    EMBEDDINGS = "embeddings", "Embeddings of the search"
    WEBHOOKS = "webhooks", "Webhooks"
    SIGN_IN = "sign-in", "Single sign-on"
    TRACES = "traces", "Traces"
    ANY = "any", "Anything"


class Scheme(models.TextChoices):
    """How an address is called."""

    HTTPS = "https", "https"
    HTTP = "http", "http (not encrypted)"


class OverseersQuerySet(models.QuerySet[Row]):
    """Rows that administrators and auditors of the whole organisation may see."""

    def visible_to(self, user: Viewer) -> "OverseersQuerySet[Row]":
        """Everything for who oversees the portal, nothing for anybody else."""
        return self if access.oversees(user) else self.none()


@tracked()
class Rule(BaseModel):
    """One permission. Unchangeable, so that a credential never follows a changed address; a change is a new rule.

    `host` is a name, an IP address, or a network; `network`, if given, the private network that a name may lead to.
    `port` 0 stands for any. `credentials` are references, never secrets.
    """

    scheme = models.CharField(max_length=5, choices=Scheme.choices)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    network = models.CharField(max_length=43, blank=True)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    credentials = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = OverseersQuerySet.as_manager()

    class Meta:
        ordering = ["host", "port", "scheme", "purpose"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "host", "port", "purpose"], name="egress_rule_once"),
            models.CheckConstraint(condition=models.Q(scheme__in=Scheme.values), name="egress_rule_scheme_known"),
            models.CheckConstraint(condition=models.Q(purpose__in=Purpose.values), name="egress_rule_purpose_known"),
            models.CheckConstraint(condition=models.Q(port__lte=65535), name="egress_rule_port_possible"),
            models.CheckConstraint(condition=~models.Q(host=""), name="egress_rule_has_host"),
        ]
        triggers = [pgtrigger.Protect(name="unchangeable", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        at = f"@{self.network}" if self.network else ""
        return f"{self.scheme}://{host}:{self.port or permits.ANY}{at}"


class Secret(BaseModel):
    """A credential, encrypted for this very row by the key `key_id` of the ring in the environment.

    `owner` names the app that keeps it for itself; "" for what an administrator set.
    """

    name = models.SlugField(max_length=80, unique=True)
    owner = models.CharField(max_length=40, blank=True)
    key_id = models.CharField(max_length=40)
    nonce = models.BinaryField(max_length=12)
    sealed = models.BinaryField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = OverseersQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(name__regex=r"^[a-z0-9_-]+$"), name="egress_secret_name_plain"),
            models.CheckConstraint(condition=~models.Q(key_id=""), name="egress_secret_has_key"),
        ]

    def __str__(self) -> str:
        return self.name
