"""What the decisions so far amount to."""

from itertools import product

import pytest

from apps.reviews.models import Outcome, RequestState
from apps.reviews.rules import fold

LANES = ["architecture", "steward"]


@pytest.mark.parametrize("outcomes", [{}, {"steward": "approve"}, {"architecture": "approve"}])
def test_a_request_stays_open_until_every_lane_approved(outcomes: dict[str, str]) -> None:
    assert fold(LANES, outcomes) == RequestState.IN_REVIEW


def test_approval_of_every_lane_approves() -> None:
    assert fold(LANES, dict.fromkeys(LANES, Outcome.APPROVE)) == RequestState.APPROVED


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
