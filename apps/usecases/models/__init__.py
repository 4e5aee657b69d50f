"""The registry's tables."""

from apps.usecases.models.cases import KIND, Contributor, ExternalId, UseCase, UseCaseShare
from apps.usecases.models.drafts import IntakeDraft
from apps.usecases.models.imports import (
    IMPORT_KIND,
    IMPORTERS,
    Import,
    ImportIssue,
    ImportProblem,
    ImportRow,
    ImportState,
    RowOutcome,
    Severity,
)
from apps.usecases.models.record import AdoptionFigure, CaseRisk, FrameworkLink, PinnedVersion, ValueMeasure
from apps.usecases.models.stages import StageStay
from apps.usecases.models.tiers import Direction, TierAdjustment
from apps.usecases.models.words import (
    EuClass,
    Impact,
    Likelihood,
    Residual,
    Stage,
    Standing,
    Tier,
    TopicArea,
    Treatment,
)

__all__ = [
    "IMPORTERS",
    "IMPORT_KIND",
    "KIND",
    "AdoptionFigure",
    "CaseRisk",
    "Contributor",
    "Direction",
    "EuClass",
    "ExternalId",
    "FrameworkLink",
    "Impact",
    "Import",
    "ImportIssue",
    "ImportProblem",
    "ImportRow",
    "ImportState",
    "IntakeDraft",
    "Likelihood",
    "PinnedVersion",
    "Residual",
    "RowOutcome",
    "Severity",
    "Stage",
    "StageStay",
    "Standing",
    "Tier",
    "TierAdjustment",
    "TopicArea",
    "Treatment",
    "UseCase",
    "UseCaseShare",
    "ValueMeasure",
]
