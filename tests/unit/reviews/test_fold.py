"""What the decisions so far amount to."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.lanes import LANES as KNOWN
from apps.reviews.models import APPROVALS, Outcome, RequestState
from apps.reviews.rules import fold

LANES = ["architecture", "steward"]
YES = (Outcome.APPROVE, Outcome.APPROVE_WITH_CONDITIONS)
some_lanes = st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, unique=True)
decisions = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.sampled_from(Outcome.values))


@pytest.mark.parametrize("outcomes", [{}, {"steward": "approve"}, {"architecture": "approve_conditions"}])
def test_a_request_stays_open_until_every_lane_approved(outcomes: dict[str, str]) -> None:
    assert fold(LANES, outcomes) == RequestState.IN_REVIEW


def test_approval_of_every_lane_approves() -> None:
    assert fold(LANES, dict.fromkeys(LANES, Outcome.APPROVE)) == RequestState.APPROVED


def test_one_condition_makes_the_approval_conditional() -> None:
    outcomes = {"steward": Outcome.APPROVE.value, "architecture": Outcome.APPROVE_WITH_CONDITIONS.value}
    assert fold(LANES, outcomes) == RequestState.APPROVED_WITH_CONDITIONS


@pytest.mark.parametrize("other", [None, *Outcome])
def test_one_rejection_rejects_whatever_the_other_lane_says(other: Outcome | None) -> None:
    outcomes = {"steward": Outcome.REJECT.value, **({"architecture": other.value} if other else {})}
    assert fold(LANES, outcomes) == RequestState.REJECTED


def test_one_request_for_changes_ends_the_review() -> None:
    assert fold(LANES, {"steward": "request_changes", "architecture": "approve"}) == RequestState.CHANGES_REQUESTED


def test_approvals_in_other_lanes_do_not_count() -> None:
    assert fold(["steward"], {"architecture": "approve"}) == RequestState.IN_REVIEW


@pytest.mark.parametrize(("first", "second"), list(product(Outcome, Outcome)))
def test_the_order_of_decisions_does_not_matter(first: Outcome, second: Outcome) -> None:
    one = fold(LANES, {"steward": first, "architecture": second})
    assert one == fold(LANES, dict(reversed([("steward", first.value), ("architecture", second.value)])))


def test_an_overturned_rejection_counts_as_approved_and_decides_the_boards_own_lane() -> None:
    outcomes = {"steward": Outcome.REJECT.value}
    assert fold(["steward", "board"], outcomes, overturned=["steward"]) == RequestState.APPROVED
    assert fold(["steward", "legal"], outcomes, overturned=["steward"]) == RequestState.IN_REVIEW


def test_the_boards_own_word_is_not_replaced_by_its_overturning_another_lanes() -> None:
    outcomes = {"steward": Outcome.REJECT.value, "board": Outcome.REJECT.value}
    assert fold(["steward", "board"], outcomes, overturned=["steward"]) == RequestState.REJECTED


@given(some_lanes, decisions)
def test_it_is_approved_only_where_every_asked_lane_said_yes_and_nobody_no(
    lanes: list[str], outcomes: dict[str, str]
) -> None:
    every_yes = all(outcomes.get(lane) in YES for lane in lanes)
    nobody_no = all(outcome in YES for outcome in outcomes.values())
    assert (fold(lanes, outcomes) in APPROVALS) == (every_yes and nobody_no)


@given(some_lanes, decisions, st.sampled_from(sorted(KNOWN)))
def test_asking_a_further_lane_never_approves(lanes: list[str], outcomes: dict[str, str], more: str) -> None:
    if fold([*lanes, more], outcomes) in APPROVALS:
        assert fold(lanes, outcomes) in APPROVALS


@given(some_lanes, decisions)
def test_a_decided_lane_never_reopens_by_a_further_decision(lanes: list[str], outcomes: dict[str, str]) -> None:
    for lane in lanes:
        without = {key: outcome for key, outcome in outcomes.items() if key != lane}
        if fold(lanes, without) != RequestState.IN_REVIEW:
            assert fold(lanes, outcomes) != RequestState.IN_REVIEW or outcomes.get(lane) in YES
