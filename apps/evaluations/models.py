"""Datasets, evaluation runs, one result row a sample, and its scores."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.access import Share
from apps.accounts.models import TeamOwned, TeamOwnedQuerySet
from apps.audit.registry import tracked
from apps.catalog.models import Endpoint
from apps.compute.models import Job
from apps.core import triggers
from apps.core.models import BaseModel, Viewer
from apps.prompts.models import Prompt, PromptVersion
from apps.usecases.models import UseCase

# What jobs are called that work on a run.
JOB_KIND = "evaluation"


@tracked()
class Dataset(TeamOwned):
    """A test set as a thing with a history; its items live in versions."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    objects = TeamOwnedQuerySet.as_manager()

    class Meta(TeamOwned.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class DatasetShare(Share):
    """A dataset shared with a team."""

    content_object = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="shares")


class DatasetVersionQuerySet(models.QuerySet["DatasetVersion"]):
    """Versions, which are seen by whoever sees their dataset."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the versions of what `user` may see."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))


@tracked()
class DatasetVersion(BaseModel):
    """An unchangeable list of items; `content_hash` is the SHA-256 over all of them in order."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    item_count = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    source = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = DatasetVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_once"),
            models.CheckConstraint(condition=models.Q(item_count__gt=0), name="dataset_version_not_empty"),
        ]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.dataset.name} v{self.number}"

    @property
    def ref(self) -> str:
        """The name by which the API refers to this version, such as `gsm8k@1`."""
        return f"{self.dataset.slug}@{self.number}"


class DatasetItem(models.Model):
    """One item: the values of a prompt's places (`input`) and the answer that is right (`expected`)."""

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="items")
    index = models.PositiveIntegerField()
    input = models.JSONField()
    expected = models.TextField()

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["version", "index"], name="dataset_item_once")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"item {self.index}"


class EvaluationRunQuerySet(models.QuerySet["EvaluationRun"]):
    """Runs, which show their prompt, dataset, endpoint and use case."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to the runs all of whose parts `user` may see."""
        return self.filter(
            models.Q(use_case=None) | models.Q(use_case__in=UseCase.objects.visible_to(user)),
            prompt_version__prompt__in=Prompt.objects.visible_to(user),
            endpoint__in=Endpoint.objects.visible_to(user),
            dataset_version__dataset__in=Dataset.objects.visible_to(user),
        )


@tracked(without=("plan",))
class EvaluationRun(BaseModel):
    """Prompt version × endpoint × dataset version with scorers; its plan is frozen at creation.

    `gate_scorer` and `threshold` (0 to 1) decide the verdict: the lower end of the 95 % interval must reach it.
    `summary` is computed from the result rows when the run ends and never counted along the way.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="runs")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="runs")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="runs")
    scorers = ArrayField(models.CharField(max_length=40))
    gate_scorer = models.CharField(max_length=40)
    threshold = models.DecimalField(max_digits=4, decimal_places=3)
    planned = models.PositiveIntegerField()
    plan = models.JSONField()
    plan_hash = models.CharField(max_length=64)
    configuration_hash = models.CharField(max_length=64)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="run")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)
    summary = models.JSONField(null=True)

    objects = EvaluationRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(threshold__gt=0, threshold__lte=1), name="run_threshold_is_share"
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True, summary__isnull=True)
                | models.Q(finished_at__isnull=False, summary__isnull=False),
                name="run_summary_iff_finished",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ended_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__finished_at__isnull=False)
            ),
            pgtrigger.Protect(
                name="plan_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "use_case", "prompt_version", "endpoint", "dataset_version", "scorers", "gate_scorer",
                    "threshold", "planned", "plan", "plan_hash", "configuration_hash",
                ),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.prompt_version} × {self.endpoint} × {self.dataset_version}"


class SampleResult(models.Model):
    """What came back for one planned sample. Exactly one row a (run, index), whatever happens to workers.

    `latency_ms` is the wall time of the successful call, null for a recorded answer; `error` is "" on success.
    """

    run = models.ForeignKey(EvaluationRun, on_delete=models.CASCADE, related_name="results")
    index = models.PositiveIntegerField()
    output = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)
    latency_ms = models.PositiveIntegerField(null=True)
    first_token_ms = models.PositiveIntegerField(null=True)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    attempt_number = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["run", "index"], name="sample_result_once")]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"sample {self.index} of run {self.run_id}"


class Score(models.Model):
    """One scorer's opinion on one result: `value` from 0 to 1, or null with an `error`."""

    result = models.ForeignKey(SampleResult, on_delete=models.CASCADE, related_name="scores")
    scorer = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    explanation = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["scorer"]
        constraints = [
            models.UniqueConstraint(fields=["result", "scorer"], name="score_once"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True) | models.Q(value__gte=0, value__lte=1), name="score_is_share"
            ),
        ]
        triggers = list(triggers.APPEND_ONLY)

    def __str__(self) -> str:
        return f"{self.scorer} {self.value}"
