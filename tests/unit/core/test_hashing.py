"""Canonical bytes: equal values give equal bytes, other values others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.hashing import canonical_bytes, sha256_hex

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=10,
)


@given(st.dictionaries(_TEXT, JSON))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(value.items())))


@given(JSON, JSON)
def test_values_that_json_tells_apart_have_other_bytes(one: object, other: object) -> None:
    if repr(one) != repr(other) and one != other:
        assert canonical_bytes(one) != canonical_bytes(other)


def test_the_hash_is_that_of_the_known_bytes() -> None:
    assert canonical_bytes({"b": [1, "ä"], "a": None}) == '{"a":null,"b":[1,"ä"]}'.encode()
    assert sha256_hex([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def test_dates_decimals_and_ids_have_a_plain_form() -> None:
    value = [date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC), Decimal("1.50"), UUID(int=1)]
    assert canonical_bytes(value) == (
        b'["2026-03-01","2026-03-01T00:00:00+00:00","1.50","00000000-0000-0000-0000-000000000001"]'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_has_no_canonical_form(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_bytes(value)


@pytest.mark.parametrize("value", [{1}, b"bytes", object()])
def test_other_types_have_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical_bytes(value)
