"""The prompt grammar: `{{name}}` and nothing that executes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import InvalidError
from apps.prompts import rules

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


def test_places_are_filled_by_name() -> None:
    assert rules.render("{{ a }} and {{b}}, {{a}}", {"a": "one", "b": 2}) == "one and 2, one"


@given(NAMES, st.text())
def test_a_value_stays_as_it_is_whatever_it_contains(name: str, value: str) -> None:
    assert rules.render(f"<{{{{{name}}}}}>", {name: value}) == f"<{value}>"


@pytest.mark.parametrize("value", ["{{b}}", "{{ a }}", "}}{{", "{% now %}", r"\1 \g<0>", "{0.__class__}"])
def test_a_value_with_braces_is_not_filled_again(value: str) -> None:
    assert rules.render("{{a}}{{b}}", {"a": value, "b": "!"}) == f"{value}!"


def test_a_place_without_a_value_is_named() -> None:
    with pytest.raises(InvalidError, match="No value for b, c"):
        rules.render("{{a}} {{c}} {{b}}", {"a": 1})


def test_values_nobody_asks_for_are_passed_over() -> None:
    assert rules.render("{{a}}", {"a": 1, "b": 2}) == "1"


@pytest.mark.parametrize("text", ["", "plain", "{one} brace", "{{a}}{{ b_2 }}", "a } b", '{"json": {"x": 1} }'])
def test_a_text_with_plain_places_has_no_problem(text: str) -> None:
    assert rules.grammar_problem(text) == ""


@pytest.mark.parametrize("text", ["{{", "}}", "{{a b}}", "{{a.b}}", "{{1a}}", "{{}}", "{{a|upper}}", "{{a}} }}"])
def test_a_faulty_place_is_shown_with_its_surroundings(text: str) -> None:
    assert "{{name}}" in rules.grammar_problem(text)


@given(st.text(alphabet="{} ab_1.|%", max_size=40))
def test_a_text_without_a_problem_is_filled_without_a_trace(text: str) -> None:
    if not rules.grammar_problem(text):
        filled = rules.render(text, dict.fromkeys(rules.variables(text), "x"))
        assert "{{" not in filled
        assert "}}" not in filled


def test_the_system_message_comes_first_and_may_be_missing() -> None:
    values = {"q": "?"}
    assert rules.messages(system="", user="{{q}}", values=values) == [{"role": "user", "content": "?"}]
    roles = [message["role"] for message in rules.messages(system="Be brief.", user="{{q}}", values=values)]
    assert roles == ["system", "user"]
