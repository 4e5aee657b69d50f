"""Differences: lines first, then words, and nothing lost on either side."""

from hypothesis import given
from hypothesis import strategies as st

from apps.core import diff

OLD = "You are a clerk.\nAnswer in one sentence.\nNever guess."


def side(rows: list[diff.Row], name: str) -> list[str]:
    """One side's lines put together again."""
    lines = [getattr(row, name) for row in rows]
    return ["".join(part.text for part in line.parts) for line in lines if line]


def test_equal_texts_have_no_changed_row() -> None:
    assert {row.kind for row in diff.lines(OLD, OLD)} <= {"same", "gap"}


def test_only_the_words_that_changed_are_marked() -> None:
    rows = diff.lines(OLD, OLD.replace("one sentence", "two sentences"))
    (changed,) = [row for row in rows if row.kind == "changed"]
    assert changed.old
    assert changed.new
    assert [part.text for part in changed.old.parts if part.changed] == ["one", "sentence"]
    assert [part.text for part in changed.new.parts if part.changed] == ["two", "sentences"]


def test_added_and_removed_lines_stand_alone() -> None:
    assert [row.kind for row in diff.lines("a\nb", "a\nb\nc")] == ["same", "same", "added"]
    assert [row.kind for row in diff.lines("a\nb\nc", "a\nc")] == ["same", "removed", "same"]


def test_long_unchanged_runs_are_folded_but_for_three_lines() -> None:
    text = "\n".join(str(number) for number in range(40))
    rows = diff.lines(text, f"{text}\nnew")
    assert [row.kind for row in rows] == ["gap", "same", "same", "same", "added"]
    assert rows[0].hidden == 37


def test_line_numbers_are_those_of_each_side() -> None:
    rows = diff.lines("a\nb", "x\na\nb")
    assert [(row.old and row.old.number, row.new and row.new.number) for row in rows] == [(None, 1), (1, 2), (2, 3)]


def test_huge_changes_are_shown_as_whole_lines_at_once() -> None:
    old, new = " ".join("abc" for _ in range(5_000)), " ".join("xyz" for _ in range(5_000))
    (row,) = diff.lines(old, new)
    assert row.old
    assert [part.changed for part in row.old.parts] == [True]


def test_fields_come_in_the_order_of_the_new_text() -> None:
    found = diff.fields({"Gone": "x", "Title": "a"}, {"Title": "a", "Purpose": "b"})
    assert [(one.name, one.changed) for one in found] == [("Title", False), ("Purpose", True), ("Gone", True)]


@given(st.text(alphabet="ab \n.", max_size=60), st.text(alphabet="ab \n.", max_size=60))
def test_both_texts_can_be_read_back_from_the_rows(old: str, new: str) -> None:
    rows = diff.lines(old, new)
    hidden = any(row.kind == "gap" for row in rows)
    assert hidden or side(rows, "old") == old.splitlines()
    assert hidden or side(rows, "new") == new.splitlines()
