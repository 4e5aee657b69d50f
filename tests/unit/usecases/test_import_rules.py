"""What cells say, which row is which case, and what is taken over."""

from typing import Any

import pytest

from apps.usecases.importers.cells import Missing, Said, Sort, dated, missing
from apps.usecases.importers.matching import Named, keys
from apps.usecases.importers.merging import merge


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7/16/2024", Said(Sort.DAY, "2024-07-16")),
        (" 07/01/1999\n", Said(Sort.DAY, "1999-07-01")),
        ("2024-07-16", Said(Sort.DAY, "2024-07-16")),
        ("7/16/1905", Said(Sort.YEAR, "2024")),
        ("7/8/1905", Said(Sort.YEAR, "2016")),
        ("1/1/1905", Said(Sort.UNREADABLE, "1/1/1905")),
        ("1/1/1904", Said(Sort.UNREADABLE, "1/1/1904")),
        ("2/30/2024", Said(Sort.UNREADABLE, "2/30/2024")),
        ("22-Jul", Said(Sort.DAY_AND_MONTH, "22-Jul")),
        ("Q3 2024", Said(Sort.UNREADABLE, "Q3 2024")),
        ("N/A", Said(Sort.MISSING, "not_applicable")),
        ("unknown", Said(Sort.MISSING, "unknown")),
    ],
)
def test_a_date_says_no_more_than_its_cell(text: str, said: Said) -> None:
    assert dated(text) == said


def test_an_empty_cell_says_nothing_at_all() -> None:
    assert dated(" \n ") is None
    assert missing("  ") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("n/a", Missing.NOT_APPLICABLE), ("N.A.", Missing.NOT_APPLICABLE), ("Not applicable.", Missing.NOT_APPLICABLE),
        ("None", Missing.NOT_APPLICABLE), ("TBD", Missing.PENDING), ("Withheld - Cybersecurity", Missing.WITHHELD),
        ("Pending", Missing.PENDING), ("Nobody", None), ("NA-2024", None), ("National archive", None),
    ],
)  # fmt: skip
def test_four_ways_of_saying_nothing_stay_apart(text: str, why: Missing | None) -> None:
    assert missing(text) == why


def test_none_is_an_answer_where_the_question_asks_how_many() -> None:
    assert missing("None", none_is_real=True) is None
    assert missing("N/A", none_is_real=True) == Missing.NOT_APPLICABLE


def rows(*texts: str, stem: str = "s") -> list[Named]:
    """Rows that nothing but their words tells apart."""
    return [Named(stem, has_own_key=False, values={"purpose": text}) for text in texts]


def kept(*texts: str) -> dict[str, dict[str, Any]]:
    """What was imported before, in this order."""
    return {f"s-{number}": {"purpose": text} for number, text in enumerate(texts, start=1)}


def test_rows_alike_are_counted_in_the_order_of_the_file() -> None:
    assert keys(rows("a", "b", "a"), {}) == ["s-1", "s-2", "s-3"]
    assert keys([*rows("a"), *rows("b", stem="t"), *rows("c")], {}) == ["s-1", "t-1", "s-2"]


def test_a_row_taken_out_leaves_the_others_their_cases() -> None:
    assert keys(rows("b", "c"), kept("a", "b", "c")) == ["s-2", "s-3"]
    assert keys(rows("c", "a"), kept("a", "b", "c")) == ["s-3", "s-1"]


def test_a_row_that_says_something_else_takes_the_case_that_is_left() -> None:
    assert keys(rows("a", "new", "c"), kept("a", "b", "c")) == ["s-1", "s-2", "s-3"]
    assert keys(rows("x", "a", "y"), kept("a", "b")) == ["s-2", "s-1", "s-3"]


def test_the_sources_own_id_is_the_key() -> None:
    own = [Named("A-7", has_own_key=True, values={}), Named("A-7x", has_own_key=True, values={})]
    assert keys(own, {"A-7": {"purpose": "a"}}) == ["A-7", "A-7x"]


BEFORE = {"title": "a", "purpose": "p"}


def test_what_only_the_file_changed_is_taken_over() -> None:
    found = merge(before=BEFORE, theirs={"title": "b", "purpose": "p"}, ours=BEFORE)
    assert (found.take, found.clashes) == ({"title": "b"}, [])
    assert found.imported == {"title": "b", "purpose": "p"}


def test_what_only_people_changed_stays() -> None:
    found = merge(before=BEFORE, theirs=BEFORE, ours={"title": "mine", "purpose": "p"})
    assert (found.take, found.clashes, found.imported) == ({}, [], BEFORE)


def test_where_both_changed_it_the_file_is_told_of_and_not_followed() -> None:
    found = merge(before=BEFORE, theirs={"title": "b"}, ours={"title": "mine"})
    assert (found.take, found.clashes, found.imported["title"]) == ({}, ["title"], "a")
    agreed = merge(before=BEFORE, theirs={"title": "b"}, ours={"title": "b"})
    assert (agreed.take, agreed.clashes, agreed.imported["title"]) == ({}, [], "b")


def test_what_people_have_taken_into_their_hands_is_not_taken_over() -> None:
    found = merge(before={"stage": "PLAY"}, theirs={"stage": "DEPLOY"}, ours={"stage": "PLAY"}, fixed=["stage"])
    assert (found.take, found.clashes) == ({}, ["stage"])


def test_a_field_that_is_new_in_the_file_is_taken_over_where_nobody_answered_it() -> None:
    assert merge(before={}, theirs={"answer:reuse": 1}, ours={}).take == {"answer:reuse": 1}
    assert merge(before={}, theirs={"answer:reuse": 1}, ours={"answer:reuse": 2}).clashes == ["answer:reuse"]
