"""The language of the tier rules: conditions over answers, judged in three values.

A condition is yes, no, or open where an answer is missing. All takes the least of its parts, any the most, and not
turns around, which is Kleene's logic: an answer that comes later can settle what was open and overturns nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any

from apps.usecases.models import Tier
from apps.usecases.rules import fields
from apps.usecases.rules.fields import Answers
from apps.usecases.rules.questions import FIELDS, Field


class Truth(IntEnum):
    """No, open or yes."""

    NO = 0
    OPEN = 1
    YES = 2


@dataclass(frozen=True)
class Judged:
    """What a condition came to, and the fields whose answers made it so."""

    truth: Truth
    by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """What conditions are judged on: the answers, and what the rules of each tier came to."""

    answers: Answers
    counted: Mapping[Tier, Sequence[Judged]]


@dataclass(frozen=True)
class Among:
    """The answer to `field` names one of `values`."""

    field: str
    values: tuple[Any, ...]

    def matches(self, answers: Answers) -> bool:
        """For a field that is answered."""
        return bool(fields.values(answers, self.field) & set(self.values))


@dataclass(frozen=True)
class Over:
    """The answer to `field` is a number above `limit`."""

    field: str
    limit: Decimal

    def matches(self, answers: Answers) -> bool:
        """For a field that is answered."""
        return Decimal(answers[self.field]["value"]) > self.limit


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Any_:
    """Some part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True)
class AtLeast:
    """At least `count` rules of `tier` fire."""

    count: int
    tier: Tier


Leaf = Among | Over
Condition = Leaf | All | Any_ | Not | AtLeast


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The comparisons with answers, wherever they stand in it."""
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Among() | Over():
            yield condition


def counts_of(condition: Condition) -> Iterator[AtLeast]:
    """The counts of other rules, wherever they stand in it."""
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from counts_of(part)
        case Not(part):
            yield from counts_of(part)
        case AtLeast():
            yield condition


def judge(condition: Condition, case: Case, *, negated: bool = False) -> Judged:
    """What the condition comes to. `negated` tells which end is harmless for what does not apply."""
    match condition:
        case All(parts):
            return _all([judge(part, case, negated=negated) for part in parts])
        case Any_(parts):
            return _any([judge(part, case, negated=negated) for part in parts])
        case Not(part):
            judged = judge(part, case, negated=not negated)
            return Judged(Truth(Truth.YES - judged.truth), judged.by)
        case AtLeast(count, tier):
            return _counted(case.counted[tier], count)
    return Judged(_of_leaf(condition, case, negated), frozenset({condition.field}))


def _all(parts: Sequence[Judged]) -> Judged:
    """A no is made by the parts that say no, all else by every part that does not."""
    truth = min(part.truth for part in parts)
    return Judged(truth, _made_by(part for part in parts if truth != Truth.NO or part.truth == Truth.NO))


def _any(parts: Sequence[Judged]) -> Judged:
    truth = max(part.truth for part in parts)
    return Judged(truth, _made_by(part for part in parts if part.truth == truth))


def _made_by(parts: Iterable[Judged]) -> frozenset[str]:
    return frozenset(key for part in parts for key in part.by)


def _counted(rules: Sequence[Judged], count: int) -> Judged:
    certain = sum(rule.truth == Truth.YES for rule in rules)
    fired = [rule for rule in rules if rule.truth != Truth.NO]
    truth = Truth.YES if certain >= count else Truth.OPEN if len(fired) >= count else Truth.NO
    return Judged(truth, _made_by(fired if truth else rules))


def _of_leaf(leaf: Leaf, case: Case, negated: bool) -> Truth:
    state = state_of(leaf.field, case.answers)
    if state == Truth.NO:
        return Truth.YES if negated else Truth.NO
    if state == Truth.OPEN:
        return Truth.OPEN
    return Truth.YES if leaf.matches(case.answers) else Truth.NO


def state_of(key: str, answers: Answers) -> Truth:
    """Whether the field counts: yes with a value, no where it is hidden or does not apply, open otherwise.

    A field is open, whatever is stored, while it is open whether it is asked.
    """
    asked = _is_asked(FIELDS[key], answers)
    if asked != Truth.YES:
        return asked
    if fields.is_answered(answers, key):
        return Truth.YES
    return Truth.NO if fields.is_not_applicable(answers, key) else Truth.OPEN


def _is_asked(field: Field, answers: Answers) -> Truth:
    if field.shown_with is None:
        return Truth.YES
    other, wanted = field.shown_with
    state = state_of(other, answers)
    if state != Truth.YES:
        return state
    return Truth.YES if fields.values(answers, other) & set(wanted) else Truth.NO
