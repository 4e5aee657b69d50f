"""What gates ask for and when a case may pass."""

from decimal import Decimal
from typing import Any

import pytest

from apps.core.errors import ConflictError, InvalidError
from apps.reviews.lanes import LANES
from apps.usecases import rules
from apps.usecases.models import Stage, Standing, Tier
from apps.usecases.rules import Need, Needed

G1, G2, G3, G4, G5 = rules.GATES.values()


def test_the_gates_lead_from_stage_to_stage_to_deployment() -> None:
    assert [(gate.key, gate.stages, gate.to) for gate in (G1, G2, G3)] == [
        ("G1", (Stage.DISCOVER,), Stage.PLAY), ("G2", (Stage.PLAY,), Stage.DEVELOP),
        ("G3", (Stage.DEVELOP,), Stage.DEPLOY),
    ]  # fmt: skip
    assert [rules.gate_of(stage) for stage in Stage] == [G1, G2, G3, G4, None]


def test_a_case_retires_from_any_stage_after_the_first_and_only_when_asked() -> None:
    found = [stage for stage in Stage if rules.gate_of(stage, retiring=True)]
    assert found == [Stage.PLAY, Stage.DEVELOP, Stage.DEPLOY]
    assert G5.to == Stage.RETIRED


def test_a_review_of_what_operates_moves_nothing() -> None:
    assert G4.to is None
    with pytest.raises(ConflictError, match="no further stage"):
        rules.check_can_advance(G4, [], cleared=True)


def test_every_gate_names_lanes_that_exist_and_needs_that_have_words() -> None:
    for gate in rules.GATES.values():
        assert gate.lanes
        assert {*gate.lanes, *gate.high} <= LANES.keys()
        assert set(gate.pins) <= rules.PINS.keys()
        assert set(gate.claims) <= rules.CLAIMS.keys()
        assert set(gate.musts) <= rules.FIELDS.keys()
        assert {*gate.settles, *gate.keeps} <= rules.GATES.keys()


@pytest.mark.parametrize(
    ("gate", "tier", "cost", "lanes"),
    [
        (G1, Tier.HIGH, None, "steward"),
        (G2, Tier.STANDARD, None, "architecture security privacy"),
        (G2, Tier.HIGH, Decimal(100_000), "architecture security privacy"),
        (G2, Tier.STANDARD, Decimal("100000.01"), "architecture security privacy finance"),
        (G3, Tier.ELEVATED, None, "architecture security privacy finance"),
        (G3, Tier.HIGH, Decimal(1), "architecture security privacy finance legal board"),
        (G4, Tier.HIGH, None, "architecture security privacy finance legal board"),
        (G5, Tier.HIGH, None, "steward"),
    ],
)
def test_tier_and_cost_decide_who_decides(gate: rules.Gate, tier: str, cost: Decimal | None, lanes: str) -> None:
    assert rules.lanes(gate, tier=tier, yearly_cost=cost) == tuple(lanes.split())


def test_lanes_watch_fields_that_a_revision_can_have() -> None:
    plain = {"Problem and benefit", "Risk tier", "Prompt", "Endpoint", "Pinned versions", "Value", "Risks", "Sponsor",
             "Business unit", "Evidence"}  # fmt: skip
    labels = {field.label for field in rules.FIELDS.values()}
    for lane, names in rules.WATCHES.items():
        assert lane in LANES
        assert set(names) <= plain | labels


def test_a_lane_watches_what_is_asked_of_the_case() -> None:
    assert rules.watched("privacy", ["Prompt", "Personal data", "Title"]) == ("Prompt", "Personal data")
    assert rules.watched("architecture", ["Prompt"]) == ("Prompt", "Evidence")
    assert rules.watched("steward", ["Prompt"]) == ()


def words(gate: rules.Gate, **facts: Any) -> list[str]:
    """What the gate needs, in words."""
    return [need.words for need in rules.missing(gate, **facts)]


def test_the_first_gate_asks_for_answers_alone() -> None:
    assert rules.missing(G1, pinned=[], passed=[]) == []
    assert rules.missing(G1, pinned=[], passed=[], asked=["autonomy"]) == [
        Need(Needed.ANSWER, "autonomy", "an answer to “Autonomy”")
    ]


@pytest.mark.parametrize("gate", [G2, G3, G4])
def test_later_gates_name_each_missing_pin_and_claim(gate: rules.Gate) -> None:
    assert words(gate, pinned=["endpoint"], passed=[]) == [
        "a pinned prompt version", rules.CLAIMS[rules.EVALUATION_PASSED],
    ]  # fmt: skip
    assert rules.missing(gate, pinned=rules.PINS, passed=[rules.EVALUATION_PASSED]) == []


def test_the_second_gate_wants_a_value_and_a_risk() -> None:
    lacking = words(G2, pinned=rules.PINS, passed=rules.CLAIMS, rows=["risks"])
    assert lacking == ["a value: what gets better, and by how much"]
    assert rules.missing(G3, pinned=rules.PINS, passed=rules.CLAIMS, rows=[]) == []


def test_what_must_be_yes_and_what_is_owed_is_missing() -> None:
    lacking = words(G3, pinned=rules.PINS, passed=rules.CLAIMS, denied=["trained"], owed=2)
    assert lacking == ["a yes to “Training done”", "2 conditions of gate G2 met"]


def test_what_is_prohibited_passes_no_gate_but_the_last() -> None:
    for gate in (G1, G2, G3, G4):
        assert len(rules.missing(gate, pinned=rules.PINS, passed=rules.CLAIMS, prohibited=rules.BY_LAW)) == 1
    assert rules.missing(G5, pinned=[], passed=[], prohibited=rules.BY_LAW) == []


def test_a_submission_with_gaps_is_refused_with_their_names() -> None:
    with pytest.raises(InvalidError, match="Gate G2 still needs a pinned prompt version; b"):
        rules.check_submittable(G2, ["a pinned prompt version", "b"], cleared=False)
    assert rules.check_submittable(G2, [], cleared=False) is G2


def test_a_cleared_case_is_not_submitted_again() -> None:
    with pytest.raises(ConflictError, match="already cleared"):
        rules.check_submittable(G2, [], cleared=True)


def test_there_is_no_gate_after_the_last_stage() -> None:
    with pytest.raises(ConflictError, match="no further gate"):
        rules.check_submittable(rules.gate_of(Stage.RETIRED), [], cleared=False)


@pytest.mark.parametrize("standing", Standing)
def test_a_gate_is_cleared_by_a_standing_that_says_so_at_that_gate(standing: Standing) -> None:
    assert rules.is_cleared(G2, standing=standing, approved_gate="G2") is (standing in rules.CLEARED)
    assert not rules.is_cleared(G2, standing=standing, approved_gate="G1")


def test_only_a_cleared_case_advances() -> None:
    with pytest.raises(ConflictError, match="G2 must be cleared first"):
        rules.check_can_advance(G2, [], cleared=False)
    assert rules.check_can_advance(G2, [], cleared=True) is Stage.DEVELOP


def test_a_cleared_case_whose_evidence_is_gone_does_not_advance() -> None:
    with pytest.raises(ConflictError, match="has lost a passed evaluation"):
        rules.check_can_advance(G2, ["a passed evaluation"], cleared=True)


@pytest.mark.parametrize(
    ("verdict", "threshold", "counts"),
    [("passed", "0.500", True), ("passed", "0.9", True), ("passed", "0.499", False), ("failed", "0.9", False)],
)
def test_a_claim_counts_when_it_passed_against_a_bar_that_is_high_enough(
    verdict: str, threshold: str, counts: bool
) -> None:
    assert rules.counts(G2, verdict=verdict, threshold=threshold) is counts


def test_the_configuration_is_known_only_when_both_parts_are_pinned() -> None:
    assert rules.configuration_hash("", "e") == rules.configuration_hash("p", "") == ""
    assert len(rules.configuration_hash("p", "e")) == 64


def test_another_prompt_or_another_endpoint_is_another_configuration() -> None:
    hashes = {rules.configuration_hash(p, e) for p in ("p", "q") for e in ("e", "f")}
    assert len(hashes) == 4


def test_the_topic_other_needs_words() -> None:
    with pytest.raises(InvalidError) as refused:
        rules.check_topic("other", "  ")
    assert refused.value.fields.keys() == {"topic_other"}
    rules.check_topic("other", "Museums")
    rules.check_topic("law", "")


def test_words_beside_another_area_are_refused_since_no_review_would_see_them() -> None:
    with pytest.raises(InvalidError) as refused:
        rules.check_topic("law", "Automated benefit denial")
    assert refused.value.fields.keys() == {"topic_other"}


def test_an_editor_who_saw_an_older_version_is_stopped() -> None:
    with pytest.raises(ConflictError, match="Someone else saved"):
        rules.check_version(seen=1, current=2)
    rules.check_version(seen=2, current=2)


def test_only_fields_with_another_value_count_as_changed() -> None:
    assert rules.changed_fields({"a": 1, "b": 2}, {"a": 1, "b": 3}) == ["b"]
