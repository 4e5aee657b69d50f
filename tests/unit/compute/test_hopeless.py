"""When a job stops being tried."""

import pytest

from apps.compute.rules import FRUITLESS_ATTEMPTS, is_hopeless


@pytest.mark.parametrize(
    "stored", [[], [0], [0] * (FRUITLESS_ATTEMPTS - 1), [0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0], [50] * 20]
)
def test_a_job_that_got_on_lately_or_has_tries_left_is_tried_again(stored: list[int]) -> None:
    assert not is_hopeless(stored)


@pytest.mark.parametrize("stored", [[0] * FRUITLESS_ATTEMPTS, [0] * 12, [50, 0, 0, 0, 0, 0]])
def test_a_job_whose_last_attempts_all_stored_nothing_is_hopeless(stored: list[int]) -> None:
    assert is_hopeless(stored)
