"""Text that PostgreSQL can store."""

from hypothesis import given
from hypothesis import strategies as st

from apps.core.text import clean_text, clean_value


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_is_storable_and_keeps_its_length(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert len(cleaned.encode()) >= len(cleaned)
    assert len(cleaned) == len(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_storable_text_is_left_alone(text: str) -> None:
    assert clean_text(text) == text


def test_every_string_inside_a_value_is_cleaned_and_nothing_else_changes() -> None:
    assert clean_value({"a\x00": ["\ud800", 1, None, {"b": "\x00"}]}) == {
        "a\ufffd": ["\ufffd", 1, None, {"b": "\ufffd"}]
    }
