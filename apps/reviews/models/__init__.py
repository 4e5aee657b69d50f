"""Requests and their lane steps, decisions and conditions, and who stands in for whom."""

from apps.reviews.models.conditions import Condition, ConditionState
from apps.reviews.models.decisions import Decision
from apps.reviews.models.people import BreakGlass, Delegation, LaneHead, Recusal
from apps.reviews.models.requests import APPROVALS, Outcome, RequestState, ReviewRequest
from apps.reviews.models.steps import LaneStep, StepState, Via

__all__ = [
    "APPROVALS", "BreakGlass", "Condition", "ConditionState", "Decision", "Delegation", "LaneHead", "LaneStep",
    "Outcome", "Recusal", "RequestState", "ReviewRequest", "StepState", "Via",
]  # fmt: skip
