"""The Wilson score interval against published and recomputed figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluations.rules import passes, wilson


def test_the_recorded_solutions_of_gsm8k_have_the_known_interval() -> None:
    interval = wilson(742, 1319)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.5356, 0.5891)


def test_no_success_and_no_failure_have_their_closed_form() -> None:
    z2 = 3.8414588206941236  # the 95 % quantile of chi squared with one degree of freedom
    assert wilson(0, 10).high == pytest.approx(z2 / (10 + z2))
    assert wilson(10, 10).low == pytest.approx(10 / (10 + z2))


def test_nothing_tried_says_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(counts: tuple[int, int]) -> None:
    right, n = counts
    interval = wilson(right, n)
    assert 0 <= interval.low <= right / n + 1e-12
    assert right / n - 1e-12 <= interval.high <= 1


@given(st.integers(0, 200), st.integers(1, 200))
def test_failures_mirror_successes(right: int, more: int) -> None:
    n = right + more
    assert wilson(right, n).low == pytest.approx(1 - wilson(n - right, n).high)


@given(st.integers(1, 300))
def test_more_of_the_same_narrows_the_interval(n: int) -> None:
    few, many = wilson(n, 2 * n), wilson(2 * n, 4 * n)
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize(("threshold", "verdict"), [("0.535", True), ("0.536", False), ("0.5625", False)])
def test_the_lower_end_must_reach_the_threshold(threshold: str, verdict: bool) -> None:
    assert passes(742, 1319, threshold=Decimal(threshold)) is verdict


def test_a_run_without_samples_passes_nothing() -> None:
    assert not passes(0, 0, threshold=Decimal(0))
