"""Prompts, their unchangeable versions, and the labels that say which version is used where."""

from typing import Self

from django.conf import settings
from django.db import models

from apps.accounts.access import Share
from apps.accounts.models import TeamOwned, TeamOwnedQuerySet
from apps.audit.registry import tracked
from apps.core import triggers
from apps.core.models import BaseModel, Viewer

PRODUCTION = "production"


@tracked()
class Prompt(TeamOwned):
    """A prompt as a thing with a history; its text lives in versions."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    objects = TeamOwnedQuerySet.as_manager()

    class Meta(TeamOwned.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class PromptShare(Share):
    """A prompt shared with a team."""

    content_object = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="shares")


class PromptVersionQuerySet(models.QuerySet["PromptVersion"]):
    """Versions, which are seen by whoever sees their prompt."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the versions of what `user` may see."""
        return self.filter(prompt__in=Prompt.objects.visible_to(user))


@tracked(without=("system", "user"))
class PromptVersion(BaseModel):
    """One unchangeable text of a prompt: an optional system message and a user message with `{{name}}` places."""

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    system = models.TextField(blank=True)
    user = models.TextField()
    note = models.CharField(max_length=300, blank=True)
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PromptVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["prompt", "number"], name="prompt_version_number_once")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.prompt.name} v{self.number}"

    @property
    def ref(self) -> str:
        """The name by which the API refers to this version, such as `triage@3`."""
        return f"{self.prompt.slug}@{self.number}"


@tracked()
class PromptLabel(BaseModel):
    """A movable name, such as `production`, on one version of a prompt."""

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="labels")
    name = models.SlugField(max_length=40)
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="labels")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["prompt", "name"], name="prompt_label_once")]

    def __str__(self) -> str:
        return f"{self.name} → v{self.version.number}"
