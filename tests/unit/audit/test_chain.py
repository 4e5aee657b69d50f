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


def test_saved_heads_are_read_from_lines_with_and_without_chain_and_time() -> None:
    one, other = "a" * 64, "b" * 64
    lines = [f"events 12:{one} 2026-03-01T12:00:00+00:00", "", "# kept by hand", f"history 7:{other}", f"3:{one}"]
    found = rules.heads(lines)
    assert [str(head) for head in found] == [f"events 12:{one}", f"history 7:{other}", f"events 3:{one}"]


@pytest.mark.parametrize("line", ["12", "events 12", f"others 1:{'a' * 64}", f"-1:{'a' * 64}", f"1:{'A' * 64}", "1:ab"])
def test_a_line_that_is_no_head_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no head"):
        rules.heads([line])


def test_every_field_of_a_seal_changes_its_hash() -> None:
    seal: dict[str, Any] = {
        "previous": rules.GENESIS, "sequence": 1, "at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "fields": ("t", 1, "d", None, None), "columns": ["a", "b"],
    }  # fmt: skip
    others: list[dict[str, Any]] = [
        {"previous": "1" * 64}, {"sequence": 2}, {"at": datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)},
        {"fields": ("u", 1, "d", None, None)}, {"fields": ("t", 1, "d", 1, None)}, {"columns": ["a"]},
    ]  # fmt: skip
    hashes = {rules.sealed_hash(**{**seal, **change}) for change in ({}, *others)}
    assert len(hashes) == 7
