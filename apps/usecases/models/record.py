"""The rows of a case's record: value, risks, pinned versions, adoption, and links to frameworks."""

from decimal import Decimal
from typing import Self

from django.db import models

from apps.audit.registry import tracked
from apps.core.models import BaseModel, Row, Viewer
from apps.usecases.models.cases import UseCase
from apps.usecases.models.words import Impact, Likelihood, Residual, Treatment

_ENOUGH_LEFT = models.Q(measured__isnull=True) | models.Q(measured_on__isnull=False)


class CaseRowQuerySet(models.QuerySet[Row]):
    """Rows of records, which are seen by whoever sees their case."""

    def visible_to(self, user: Viewer) -> Self:
        """Restrict to rows of what `user` may see."""
        return self.filter(use_case__in=UseCase.objects.visible_to(user))


@tracked()
class ValueMeasure(BaseModel):
    """What a case is worth, as one figure: where it stood, where it should go, and where it was found. NIST MAP 1.4."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="value_measures")
    metric = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=4)
    measured = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    measured_on = models.DateField(null=True, blank=True)
    method = models.CharField(max_length=1000)

    objects = CaseRowQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "metric"], name="value_metric_once",
                violation_error_message="This case has this metric already: change that row.",
            ),
            models.CheckConstraint(
                condition=_ENOUGH_LEFT, name="value_measured_on_a_day",
                violation_error_message="Say on which day it was measured.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.metric


@tracked()
class CaseRisk(BaseModel):
    """What could go wrong, how likely and how bad that is, what is done about it, and what is left. NIST MAP 5.1."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="risks")
    description = models.CharField(max_length=1000)
    likelihood = models.CharField(max_length=20, choices=Likelihood.choices)
    impact = models.CharField(max_length=20, choices=Impact.choices)
    treatment = models.CharField(max_length=20, choices=Treatment.choices)
    plan = models.CharField(max_length=1000, blank=True)
    residual = models.CharField(max_length=20, choices=Residual.choices)

    objects = CaseRowQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(likelihood__in=Likelihood.values), name="risk_likelihood_known"),
            models.CheckConstraint(condition=models.Q(impact__in=Impact.values), name="risk_impact_known"),
            models.CheckConstraint(condition=models.Q(treatment__in=Treatment.values), name="risk_treatment_known"),
            models.CheckConstraint(condition=models.Q(residual__in=Residual.values), name="risk_residual_known"),
            models.CheckConstraint(
                condition=models.Q(treatment=Treatment.ACCEPT) | ~models.Q(plan=""), name="risk_treated_by_a_plan",
                violation_error_message="Say in the plan what is done about it, or accept the risk.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.description


@tracked()
class PinnedVersion(BaseModel):
    """One exact version of something that the case rests on. The app that has it registers its kind (registry.py)."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="pinned_versions")
    kind = models.CharField(max_length=40)
    thing_id = models.CharField(max_length=64)
    name = models.CharField(max_length=300)
    label = models.CharField(max_length=300)
    content_hash = models.CharField(max_length=64)

    objects = CaseRowQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "kind", "thing_id"], name="pinned_version_once",
                violation_error_message="This version is pinned already.",
            ),
            models.CheckConstraint(condition=~models.Q(content_hash=""), name="pinned_version_hashed"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label


@tracked()
class AdoptionFigure(BaseModel):
    """How a case in use was taken up, on one day. Satisfaction is a mean from 1 to 5, training a share in percent."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="adoption_figures")
    day = models.DateField()
    active_users = models.PositiveIntegerField()
    satisfaction = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    training_completion = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    objects = CaseRowQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "day"], name="adoption_once_a_day",
                violation_error_message="This case has figures of that day already: change that row.",
            ),
            models.CheckConstraint(
                condition=models.Q(satisfaction__isnull=True)
                | models.Q(satisfaction__gte=Decimal(1), satisfaction__lte=Decimal(5)),
                name="adoption_satisfaction_1_to_5", violation_error_message="Satisfaction goes from 1 to 5.",
            ),
            models.CheckConstraint(
                condition=models.Q(training_completion__isnull=True)
                | models.Q(training_completion__gte=Decimal(0), training_completion__lte=Decimal(100)),
                name="adoption_training_percent", violation_error_message="Training goes from 0 to 100 percent.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.day}: {self.active_users}"


@tracked()
class FrameworkLink(BaseModel):
    """The article or control of a framework that a case answers to, and which edition of it from when on."""

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="framework_links")
    framework = models.CharField(max_length=100)
    control = models.CharField(max_length=100)
    edition = models.CharField(max_length=50)
    effective_from = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    objects = CaseRowQuerySet.as_manager()

    class Meta:
        ordering = ["framework", "control"]
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "framework", "control", "edition"], name="framework_link_once",
                violation_error_message="This case names this control already.",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.framework} {self.control}"
