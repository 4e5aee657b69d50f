"""What an audit row's hash covers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit import rules

_ROW: dict[str, Any] = {
    "previous": rules.GENESIS,
    "sequence": 7,
    "at": datetime(2026, 3, 1, 12, tzinfo=UTC),
    "actor_id": "a",
    "action": "use_case.edited",
    "subject": ("use_case", "1"),
    "data": {"fields": ["title"]},
}


@pytest.mark.parametrize(
    "change",
    [
        {"previous": "1" * 64},
        {"sequence": 8},
        {"at": datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)},
        {"actor_id": "b"},
        {"action": "use_case.advanced"},
        {"subject": ("prompt", "1")},
        {"subject": ("use_case", "2")},
        {"data": {"fields": ["purpose"]}},
    ],
)
def test_every_field_changes_the_hash(change: dict[str, Any]) -> None:
    assert rules.chained_hash(**_ROW) != rules.chained_hash(**{**_ROW, **change})


def test_moving_a_letter_from_one_field_to_its_neighbour_changes_the_hash() -> None:
    left, right = {**_ROW, "subject": ("ab", "c")}, {**_ROW, "subject": ("a", "bc")}
    assert rules.chained_hash(**left) != rules.chained_hash(**right)


def test_the_order_of_keys_in_the_data_does_not_matter() -> None:
    one, other = {**_ROW, "data": {"a": 1, "b": 2}}, {**_ROW, "data": {"b": 2, "a": 1}}
    assert rules.chained_hash(**one) == rules.chained_hash(**other)
