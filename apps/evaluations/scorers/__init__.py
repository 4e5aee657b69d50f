"""Scorers: pure functions from expected and actual answer to a score; a new one is one module and one line here."""

from apps.evaluations.scorers.base import Judgement, Scorer
from apps.evaluations.scorers.exact import Exact
from apps.evaluations.scorers.numeric import Numeric

SCORERS: dict[str, Scorer] = {scorer.key: scorer for scorer in (Exact(), Numeric())}

__all__ = ["SCORERS", "Judgement", "Scorer"]
