"""The scorers: what is right, what is wrong, and that they never raise."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluations.scorers import SCORERS
from apps.evaluations.scorers.exact import Exact
from apps.evaluations.scorers.numeric import Numeric, last_number

ANSWERS = st.text() | st.from_regex(r"[-+.,\d\s$<>=eE%٣]{0,40}", fullmatch=True)


@given(st.sampled_from(sorted(SCORERS)), ANSWERS, ANSWERS)
def test_no_answer_makes_a_scorer_raise(key: str, expected: str, output: str) -> None:
    verdict = SCORERS[key].score(expected=expected, output=output)
    assert verdict.value is None or 0 <= verdict.value <= 1
    assert (verdict.value is None) == bool(verdict.error)


@given(ANSWERS)
def test_an_answer_equal_to_the_expected_one_is_right(answer: str) -> None:
    assert Exact().score(expected=answer, output=answer).value == 1
    if last_number(answer) is not None:
        assert Numeric().score(expected=answer, output=answer).value == 1


def test_every_scorer_is_listed_under_its_own_key_with_title_and_version() -> None:
    for key, scorer in SCORERS.items():
        assert scorer.key == key
        assert scorer.title
        assert scorer.version >= 1


@pytest.mark.parametrize(("expected", "output"), [("Paris", " Paris\n"), ("a b", "a \t\n b"), ("", "  ")])
def test_white_space_does_not_make_an_answer_wrong(expected: str, output: str) -> None:
    assert Exact().score(expected=expected, output=output).value == 1


@pytest.mark.parametrize(("expected", "output"), [("Paris", "paris"), ("ab", "a b"), ("4", "4.0"), ("4", "")])
def test_any_other_difference_does(expected: str, output: str) -> None:
    assert Exact().score(expected=expected, output=output).value == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18", "18"),
        ("She pays $1,234.50.", "1234.50"),
        ("3 apples and 4 pears", "4"),
        ("The result is -7", "-7"),
        ("9 * 2 = <<9*2=18>>18 dollars a day", "18"),
        ("she has 5 <<10-5=5>>", "5"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("1,000,000", "1000000"),
        ("10-3", "3"),
        ("about 18.", "18"),
        ("1,23", "23"),
        ("no number", None),
        ("", None),
    ],
)
def test_the_last_number_of_a_text_is_found_in_its_usual_forms(text: str, number: str | None) -> None:
    assert last_number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(("expected", "output"), [("18", "It is 18.0"), ("1,000", "1000"), ("0.50", "= .5")])
def test_numbers_are_compared_by_value(expected: str, output: str) -> None:
    assert Numeric().score(expected=expected, output=output).value == 1


def test_an_answer_without_a_number_is_wrong_but_an_expectation_without_one_is_an_error() -> None:
    assert Numeric().score(expected="4", output="four").value == 0
    assert Numeric().score(expected="four", output="4").value is None
