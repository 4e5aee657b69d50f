"""The risk tier of a case: what the rules in force make of its answers, and what would change it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from apps.usecases.models import Direction, EuClass, Tier
from apps.usecases.rules import conditions, fields
from apps.usecases.rules.conditions import Case, Condition, Judged, Over, Truth
from apps.usecases.rules.fields import Answers
from apps.usecases.rules.questions import FIELDS, Field

# Lowest first.
TIERS = (Tier.STANDARD, Tier.ELEVATED, Tier.HIGH, Tier.PROHIBITED)
EU_CLASSES = (EuClass.MINIMAL, EuClass.TRANSPARENCY, EuClass.HIGH_RISK, EuClass.PROHIBITED)


@dataclass(frozen=True)
class Rule:
    """One rule: when `when` holds, the tier is at least `tier`. `reads` follows from the condition."""

    id: str
    tier: Tier
    source: str
    sentence: str
    when: Condition
    reads: tuple[str, ...]
    eu_class: EuClass = EuClass.MINIMAL


@dataclass(frozen=True)
class RuleSet:
    """The rules that are in force from `effective_from` to `effective_to`, both included; None has no end yet."""

    version: str
    title: str
    effective_from: date
    effective_to: date | None
    rules: tuple[Rule, ...]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The fields that any rule reads, and those that decide whether these are asked."""
        return _with_askers({key for rule in self.rules for key in rule.reads})

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; raises KeyError."""
        return {rule.id: rule for rule in self.rules}[rule_id]


@dataclass(frozen=True)
class Fired:
    """A rule that fired, and the fields whose answers made it; not `certain` where an answer counted as its worst."""

    rule: Rule
    certain: bool
    by: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One answer that alone would lower the tier to `tier`."""

    field: Field
    answer: dict[str, Any]
    tier: Tier

    @property
    def words(self) -> str:
        """The answer as people read it."""
        return fields.words(self.field, self.answer) or ""


@dataclass(frozen=True)
class TierResult:
    """The highest tier of all rules that fired; provisional while the rules read something that is still open.

    `eu_class` is what the EU AI Act calls it: another answer of the same rules, and no tier.
    """

    tier: Tier
    provisional: bool
    eu_class: EuClass
    fired: tuple[Fired, ...]
    open: tuple[str, ...]
    rule_set: RuleSet
    answers: Answers

    @property
    def holding(self) -> list[Fired]:
        """The fired rules that hold the tier where it is."""
        return [fired for fired in self.fired if fired.rule.tier == self.tier]

    @cached_property
    def changes(self) -> list[Change]:
        """The single answers that would lower the tier; each is tried."""
        return list(_changes(self))


def tier(answers: Answers, rule_set: RuleSet) -> TierResult:
    """Weigh the answers. What is open counts as its worst answer, what does not apply as harmless."""
    judged = _judged(answers, rule_set)
    fired = [
        Fired(rule, judged[rule.id].truth == Truth.YES, _in_order(judged[rule.id].by))
        for rule in rule_set.rules
        if judged[rule.id].truth != Truth.NO
    ]
    fired.sort(key=lambda one: (-rank(one.rule.tier), not one.certain))
    unsettled = [key for key in _in_order(rule_set.reads) if conditions.state_of(key, answers) == Truth.OPEN]
    return TierResult(
        max((one.rule.tier for one in fired), key=rank, default=Tier.STANDARD), bool(unsettled),
        max((one.rule.eu_class for one in fired), key=EU_CLASSES.index, default=EuClass.MINIMAL),
        tuple(fired), tuple(unsettled), rule_set, answers,
    )  # fmt: skip


def rank(tier: str) -> int:
    """How high a tier is, 0 for the lowest."""
    return TIERS.index(Tier(tier))


def above(tier: str) -> list[Tier]:
    """The tiers above one."""
    return [other for other in TIERS if rank(other) > rank(tier)]


def below(tier: str) -> list[Tier]:
    """The tiers below one."""
    return [other for other in TIERS if rank(other) < rank(tier)]


def effective(computed: str, adjustments: Iterable[tuple[str, str]]) -> Tier:
    """The tier that counts after what people set in place of the computed one: (direction, tier), oldest first.

    Each goes on from what counted before it, as whoever set it saw it: a raise is a floor, a lowering a ceiling.
    """
    now = Tier(computed)
    for direction, to in adjustments:
        pick = max if direction == Direction.RAISE else min
        now = Tier(pick(now, to, key=rank))
    return now


def overruled(result: TierResult, to: str) -> list[str]:
    """The ids of the fired rules that ask for more than the tier `to`."""
    return sorted(fired.rule.id for fired in result.fired if rank(fired.rule.tier) > rank(to))


def in_force(rule_sets: Sequence[RuleSet], on: date) -> RuleSet:
    """The rule set of a day; days before the first set take the first, so that no case is without rules."""
    begun = [each for each in rule_sets if each.effective_from <= on]
    return begun[-1] if begun else rule_sets[0]


def _judged(answers: Answers, rule_set: RuleSet) -> dict[str, Judged]:
    """What each rule comes to: first those that count no others."""
    counting = [rule for rule in rule_set.rules if next(conditions.counts_of(rule.when), None)]
    plain = [rule for rule in rule_set.rules if rule not in counting]
    found = {rule.id: conditions.judge(rule.when, Case(answers, {})) for rule in plain}
    counted = {each: [found[rule.id] for rule in plain if rule.tier == each] for each in TIERS}
    case = Case(answers, counted)
    return found | {rule.id: conditions.judge(rule.when, case) for rule in counting}


def _in_order(keys: Collection[str]) -> tuple[str, ...]:
    return tuple(key for key in FIELDS if key in keys)


def _with_askers(keys: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        found.add(key)
        asker = FIELDS[key].shown_with
        waiting += [asker[0]] if asker and asker[0] not in found else []
    return frozenset(found)


def _changes(result: TierResult) -> Iterator[Change]:
    held_by = _with_askers({key for fired in result.holding for key in fired.by})
    for key in _in_order(held_by):
        for value in _others(key, result):
            answer = {"value": value}
            lower = tier({**result.answers, key: answer}, result.rule_set).tier
            if rank(lower) < rank(result.tier):
                yield Change(FIELDS[key], answer, lower)


def _others(key: str, result: TierResult) -> list[Any]:
    """What could be answered instead: each single value, or for numbers the limits that the rules name."""
    field, current = FIELDS[key], result.answers.get(key, {}).get("value")
    if field.kind == "number":
        named = [leaf for rule in result.rule_set.rules for leaf in conditions.leaves(rule.when)]
        limits = {leaf.limit for leaf in named if isinstance(leaf, Over) and leaf.field == key}
        return [str(limit) for limit in sorted(limits)]
    if field.kind == "choices":
        nothing = field.vocabulary.nothing if field.vocabulary else ""
        return [[nothing]] if nothing else [[each] for each in field.options() if [each] != current]
    return [each for each in field.options() if each != current]
