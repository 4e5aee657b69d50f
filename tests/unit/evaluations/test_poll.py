"""How often a page asks how a run stands."""

import pytest

from apps.evaluations import rules


@pytest.mark.parametrize(("age", "seconds"), [(0, 2), (29.9, 2), (30, 5), (179, 5), (180, 15), (86_400, 15)])
def test_a_page_asks_less_often_the_longer_a_run_goes(age: float, seconds: int) -> None:
    assert rules.poll_seconds(age) == seconds
