"""Model endpoints: where a model, or its recorded answers, can be called."""

import pgtrigger
from django.conf import settings
from django.db import models

from apps.accounts.access import Share
from apps.accounts.models import TeamOwned, TeamOwnedQuerySet
from apps.audit.registry import tracked
from apps.core import triggers


class EndpointKind(models.TextChoices):
    """How an endpoint answers."""

    OPENAI = "openai", "OpenAI-compatible server"
    RECORDED = "recorded", "Recorded answers"
    SANDBOX = "sandbox", "Sandbox server (not a language model)"


@tracked()
class Endpoint(TeamOwned):
    """One callable endpoint. Unchangeable: what was evaluated stays what is called; a change is a new endpoint.

    Only who answers for it and who may see it can change.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=EndpointKind.choices)
    base_url = models.CharField(max_length=500, blank=True)
    model_name = models.CharField(max_length=200, blank=True)
    # A reference such as env:NAME, file:/path or store:name, or a bare variable name; never the key itself.
    key_variable = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    # SHA-256 over all recorded answers, "" for other kinds.
    answers_hash = models.CharField(max_length=64, blank=True)
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = TeamOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            *TeamOwned.Meta.constraints,
            models.CheckConstraint(condition=models.Q(kind__in=EndpointKind.values), name="endpoint_kind_known"),
            models.CheckConstraint(
                condition=~models.Q(kind="openai") | ~(models.Q(base_url="") | models.Q(model_name="")),
                name="endpoint_openai_has_address",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="recorded") | ~models.Q(answers_hash=""), name="endpoint_recorded_has_answers"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["team", "audience", "updated_at"]),
            ),
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class EndpointShare(Share):
    """An endpoint shared with a team."""

    content_object = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="shares")


class RecordedAnswer(models.Model):
    """What a model once answered to one input; `input_hash` is the SHA-256 of the input's canonical bytes."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="answers")
    input_hash = models.CharField(max_length=64)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "input_hash"], name="recorded_answer_once")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return self.text[:80]
