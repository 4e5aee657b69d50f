"""Who may not decide, and the words that say why."""

from typing import Any
from uuid import uuid4

import pytest

from apps.reviews.rules import bar_to_deciding

ME, OTHER = uuid4(), uuid4()
_FREE: dict[str, Any] = {
    "person": ME,
    "holds_role": True,
    "requested_by": OTHER,
    "barred": [OTHER],
    "decided_by": [],
}


def test_a_person_with_the_lanes_role_and_no_part_in_it_may_decide() -> None:
    assert bar_to_deciding(**_FREE) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"requested_by": ME}, "You asked for this review"),
        ({"barred": [OTHER, ME]}, "You have or had a part"),
        ({"decided_by": [ME]}, "You have already decided"),
        ({"holds_role": False}, "You do not hold this lane's role"),
        ({"is_person": False}, "Programs do not decide"),
    ],
)
def test_whoever_has_a_part_in_it_is_told_which(change: dict[str, Any], reason: str) -> None:
    assert bar_to_deciding(**{**_FREE, **change}).startswith(reason)
