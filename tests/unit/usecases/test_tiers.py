"""The risk tier: the highest rule that fires, worst answers for what is open, and what would change it."""

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.usecases.models import Direction, EuClass, Tier
from apps.usecases.rules import FIELDS, TIERS, conditions, rule_sets, tiers
from apps.usecases.rules.conditions import Truth
from tests.factories.answers import FIRING, HARMLESS, value
from tests.unit.usecases.test_fields import record

RULES = rule_sets()[0]
OPEN: tuple[Any, ...] = (None, {"missing": "unknown"}, {"missing": "withheld"}, {"missing": "pending"})


def weighed(**answers: Any) -> tiers.TierResult:
    """The result for harmless answers but these."""
    return tiers.tier({**HARMLESS, **answers}, RULES)


def fired(result: tiers.TierResult) -> dict[str, bool]:
    """Whether each fired rule is certain."""
    return {one.rule.id: one.certain for one in result.fired}


def test_harmless_answers_are_standard_and_final() -> None:
    result = weighed()
    assert (result.tier, result.provisional, result.eu_class) == (Tier.STANDARD, False, EuClass.MINIMAL)
    assert (result.fired, result.open, result.changes) == ((), (), [])


def test_an_empty_form_is_provisional_at_its_worst_tier_and_shows_every_rule() -> None:
    result = tiers.tier({}, RULES)
    assert (result.tier, result.provisional, result.eu_class) == (Tier.PROHIBITED, True, EuClass.PROHIBITED)
    assert fired(result) == {rule.id: False for rule in RULES.rules}
    assert set(result.open) == RULES.reads


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: str(rule.id))
def test_every_rule_can_fire_for_certain_and_says_by_which_answers(rule: tiers.Rule) -> None:
    result = weighed(**FIRING[rule.id])
    [found] = [one for one in result.fired if one.rule == rule]
    assert found.certain
    assert not result.provisional
    assert set(found.by) <= set(rule.reads)
    assert found.by
    assert tiers.rank(result.tier) >= tiers.rank(rule.tier)
    assert tiers.rank(result.tier) == max(tiers.rank(one.rule.tier) for one in result.fired)


def test_every_tier_can_be_reached() -> None:
    reached = {weighed(**answers).tier for answers in [{}, *FIRING.values()]}
    assert reached == set(TIERS)


@pytest.mark.parametrize("key", HARMLESS)
@pytest.mark.parametrize("answer", OPEN, ids=str)
def test_what_is_open_counts_as_its_worst_answer(key: str, answer: Any) -> None:
    answers = {**HARMLESS, key: answer} if answer else {name: one for name, one in HARMLESS.items() if name != key}
    result = tiers.tier(answers, RULES)
    assert result.provisional
    assert key in result.open
    worst = [weighed(**more).tier for more in FIRING.values() if key in more and len(more) == 1]
    assert tiers.rank(result.tier) >= max(map(tiers.rank, worst), default=0)


@pytest.mark.parametrize("key", ["safety_component", "influences_people", "new_supplier", "intended_users", "autonomy"])
def test_what_does_not_apply_is_harmless_and_final(key: str) -> None:
    result = weighed(**{key: {"missing": "not_applicable"}})
    assert (result.tier, result.provisional) == (Tier.STANDARD, False)


def test_a_suspected_practice_is_provisionally_prohibited_until_legal_answers() -> None:
    suspected = {"practices": value(["face_scraping"])}
    assert (weighed(**suspected).tier, weighed(**suspected).provisional) == (Tier.PROHIBITED, True)
    cleared = weighed(**suspected, practice_finding=value("cleared"))
    assert (cleared.tier, cleared.provisional) == (Tier.STANDARD, False)


@pytest.mark.parametrize(
    ("ground", "tier"),
    [
        ({"ground": value("none")}, Tier.HIGH),
        ({"ground": value("narrow_task"), "ground_accepted": value(False)}, Tier.HIGH),
        ({"ground": value("narrow_task"), "ground_accepted": value(True)}, Tier.STANDARD),
    ],
)
def test_an_accepted_ground_exempts_from_annex_iii(ground: dict[str, Any], tier: Tier) -> None:
    result = weighed(areas=value(["justice"]), profiling=value(False), **ground)
    assert (result.tier, result.provisional) == (tier, False)


def test_no_ground_exempts_profiling() -> None:
    result = weighed(**FIRING["annex-iii-profiling"])
    assert fired(result) == {"annex-iii-profiling": True}
    assert result.eu_class == EuClass.HIGH_RISK


def test_a_ground_that_legal_has_not_judged_is_no_ground_yet() -> None:
    result = weighed(areas=value(["justice"]), profiling=value(False), ground=value("narrow_task"))
    assert fired(result) == {"annex-iii": False}
    assert result.open == ("ground_accepted",)


def test_two_reasons_for_elevated_stay_elevated_and_three_are_high() -> None:
    two = {"personal_data": value(["personal"]), "intended_users": value(["public"])}
    assert weighed(**two).tier == Tier.ELEVATED
    three = weighed(**two, new_supplier=value(True))
    assert three.tier == Tier.HIGH
    [counting] = three.holding
    assert counting.by == ("intended_users", "personal_data", "new_supplier")


def test_class_and_tier_are_two_answers() -> None:
    result = weighed(transparency=value(["deep_fake"]))
    assert (result.tier, result.eu_class) == (Tier.ELEVATED, EuClass.TRANSPARENCY)
    assert weighed(**FIRING["public-impact"]).eu_class == EuClass.MINIMAL


def test_hidden_answers_never_count() -> None:
    hidden = {
        "acts_on": value(["external"]), "practice_finding": value("confirmed"), "ground": value("none"),
        "profiling": value(True), "ground_accepted": value(False),
    }  # fmt: skip
    assert weighed(**hidden).tier == Tier.STANDARD
    # Nor in favour: while the area is open, an accepted ground is not asked for.
    accepted = {"ground": value("preparatory"), "ground_accepted": value(True), "profiling": value(False)}
    assert weighed(areas={"missing": "unknown"}, **accepted).tier == Tier.HIGH


def test_what_would_change_it_names_single_answers_that_lower_the_tier() -> None:
    changes = {(change.field.key, change.words): change.tier for change in weighed(**FIRING["public-impact"]).changes}
    assert changes == {("public_impact", "Neither"): Tier.STANDARD}
    costly = weighed(**FIRING["costly"]).changes
    assert [(change.field.key, change.words, change.tier) for change in costly] == [
        ("yearly_cost", "100,000", Tier.STANDARD)
    ]


def test_nothing_single_would_change_what_two_rules_hold() -> None:
    assert weighed(public_impact=value("rights"), safety_component=value(True)).changes == []


@given(record())
def test_each_change_that_is_offered_lowers_the_tier(answers: dict[str, Any]) -> None:
    result = tiers.tier(answers, RULES)
    for change in result.changes:
        after = tiers.tier({**answers, change.field.key: change.answer}, RULES)
        assert after.tier == change.tier
        assert tiers.rank(after.tier) < tiers.rank(result.tier)


@given(record(), st.sampled_from(sorted(RULES.reads)), st.sampled_from(OPEN))
def test_an_answer_that_becomes_unknown_never_lowers_the_tier_nor_the_class(
    answers: dict[str, Any], key: str, missing: Any
) -> None:
    known = tiers.tier(answers, RULES)
    unknown = tiers.tier({**answers, key: missing or {}}, RULES)
    assert tiers.rank(unknown.tier) >= tiers.rank(known.tier)
    assert tiers.EU_CLASSES.index(unknown.eu_class) >= tiers.EU_CLASSES.index(known.eu_class)
    assert fired(known).keys() <= fired(unknown).keys()


@given(record(), record(), st.sampled_from(sorted(RULES.reads)))
def test_answering_what_was_unknown_never_raises_the_tier(
    answers: dict[str, Any], others: dict[str, Any], key: str
) -> None:
    unknown = {**answers, key: {"missing": "unknown"}}
    answered = {**answers, key: others.get(key, {"missing": "unknown"})}
    assert tiers.rank(tiers.tier(answered, RULES).tier) <= tiers.rank(tiers.tier(unknown, RULES).tier)


@given(record(), st.randoms(use_true_random=False))
def test_the_order_of_the_rules_changes_nothing(answers: dict[str, Any], shuffler: random.Random) -> None:
    rules = list(RULES.rules)
    shuffler.shuffle(rules)
    other = tiers.tier(answers, replace(RULES, rules=tuple(rules)))
    result = tiers.tier(answers, RULES)
    assert (other.tier, other.provisional, other.eu_class) == (result.tier, result.provisional, result.eu_class)
    assert fired(other) == fired(result)


@given(record())
def test_a_result_is_final_exactly_when_nothing_that_the_rules_read_is_open(answers: dict[str, Any]) -> None:
    result = tiers.tier(answers, RULES)
    assert result.provisional == bool(result.open)
    assert result.provisional or all(one.certain for one in result.fired)


def test_not_and_not_applicable_are_harmless_together() -> None:
    denied = conditions.Not(conditions.Among("autonomy", ("informs",)))
    judged = [
        conditions.judge(denied, conditions.Case(answers, {})).truth
        for answers in ({"autonomy": {"missing": "not_applicable"}}, {"autonomy": value("acts_alone")}, {})
    ]
    assert judged == [Truth.NO, Truth.YES, Truth.OPEN]


def test_some_or_every_part_is_judged_in_three_values() -> None:
    yes, no = conditions.Among("autonomy", ("informs",)), conditions.Among("autonomy", ("recommends",))
    unanswered = conditions.Among("approach", ("buy",))
    case = conditions.Case({"autonomy": value("informs")}, {})
    some = [
        conditions.judge(conditions.Any_(parts), case).truth for parts in ((yes, unanswered), (no, unanswered), (no,))
    ]
    every = [
        conditions.judge(conditions.All(parts), case).truth for parts in ((yes, unanswered), (no, unanswered), (yes,))
    ]
    assert some == [Truth.YES, Truth.OPEN, Truth.NO]
    assert every == [Truth.OPEN, Truth.NO, Truth.YES]


@pytest.mark.parametrize(
    ("computed", "adjustments", "counts"),
    [
        ("ELEVATED", [], "ELEVATED"),
        ("ELEVATED", [(Direction.RAISE, "HIGH")], "HIGH"),
        ("PROHIBITED", [(Direction.RAISE, "HIGH")], "PROHIBITED"),
        ("HIGH", [(Direction.LOWER, "STANDARD")], "STANDARD"),
        ("STANDARD", [(Direction.LOWER, "ELEVATED")], "STANDARD"),
    ],
)
def test_an_adjustment_never_goes_against_its_direction(
    computed: str, adjustments: list[tuple[str, str]], counts: str
) -> None:
    assert tiers.effective(computed, adjustments) == counts


def test_each_adjustment_goes_on_from_what_counted_before_it() -> None:
    raised, lowered = (Direction.RAISE, "HIGH"), (Direction.LOWER, "ELEVATED")
    assert tiers.effective("STANDARD", [raised, lowered]) == "ELEVATED"
    assert tiers.effective("HIGH", [(Direction.LOWER, "STANDARD"), (Direction.RAISE, "ELEVATED")]) == "ELEVATED"


def test_a_day_takes_the_rules_in_force_then() -> None:
    first = replace(RULES, version="a", effective_from=date(2026, 1, 1), effective_to=date(2026, 5, 31))
    second = replace(RULES, version="b", effective_from=date(2026, 6, 1), effective_to=None)
    days = {date(2025, 1, 1): "a", date(2026, 5, 31): "a", date(2026, 6, 1): "b", date(2030, 1, 1): "b"}
    assert {on: tiers.in_force([first, second], on).version for on in days} == days


def test_the_rules_name_their_sources_and_read_fields_of_the_first_gate() -> None:
    for rule in RULES.rules:
        assert rule.source
        assert rule.sentence.endswith(".")
    assert {FIELDS[key].gate for key in RULES.reads} == {"G1"}
