"""What may be answered to the questions of the record, which answers count, and what a gate still waits for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import InvalidError
from apps.usecases.rules import FIELDS, MISSING, fields
from apps.usecases.rules.questions import Field
from tests.factories.answers import value

_CORE = {
    "Reference", "Title", "Problem and benefit", "Owner", "Sponsor", "Business unit", "Topic area",
    "Topic area in words", "Risk tier", "Value", "Risks", "Pinned versions", "Prompt", "Endpoint",
}  # fmt: skip


def refused(answers: dict[str, Any]) -> dict[str, list[str]]:
    """What is wrong, by field."""
    with pytest.raises(InvalidError) as found:
        fields.check(answers)
    return found.value.fields


def test_every_question_says_what_it_needs_to_be_asked() -> None:
    for key, field in FIELDS.items():
        assert key == field.key
        assert field.question.endswith("?")
        assert field.gate in ("G1", "G2", "G3", "G5")
        assert field.source
        assert (field.vocabulary is not None) == (field.kind in ("choice", "choices"))
        assert field.vocabulary is None or not field.vocabulary.nothing or field.vocabulary.nothing in field.options()


def test_no_two_fields_of_a_revision_have_the_same_name() -> None:
    labels = [field.label for field in FIELDS.values()]
    assert len(set(labels)) == len(labels)
    assert not _CORE & set(labels)


def test_a_field_is_shown_with_answers_that_its_asker_can_have_and_no_circle_is_closed() -> None:
    asking = {key: field.shown_with for key, field in FIELDS.items() if field.shown_with}
    assert asking
    for key, (other, wanted) in asking.items():
        assert set(wanted) <= set(FIELDS[other].options())
        # The asker stands before it, so there is no way back.
        assert list(FIELDS).index(other) < list(FIELDS).index(key)


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = refused(
        {
            "approach": value("rent"), "nonsense": value(1), "people_affected": value(["public", "martians"]),
            "yearly_cost": value("much"), "kept_until": value("soon"), "profiling": value("yes"),
            "oversight": value("  "), "autonomy": "recommends", "areas": value([]),
        }
    )  # fmt: skip
    assert set(wrong) == {
        "approach", "nonsense", "people_affected", "yearly_cost", "kept_until", "profiling", "oversight", "autonomy",
        "areas",
    }  # fmt: skip
    assert wrong["approach"] == ["Choose one of: buy, build, both, embedded."]
    assert wrong["nonsense"] == ["There is no such field in the record."]


@pytest.mark.parametrize(
    ("key", "given", "stored"),
    [
        ("autonomy", "recommends", "recommends"),
        ("intended_users", ["public", "internal", "public"], ["internal", "public"]),
        ("profiling", False, False),
        ("yearly_cost", "1250.50", "1250.5"),
        ("yearly_cost", 100000, "100000"),
        ("yearly_cost", 0.1, "0.1"),
        ("kept_until", "2030-01-31", "2030-01-31"),
        ("oversight", " A clerk\x00 looks. ", "A clerk\ufffd looks."),
    ],
)
def test_a_right_answer_is_stored_in_one_form(key: str, given: Any, stored: Any) -> None:
    assert fields.check({key: value(given)}) == {key: value(stored)}


@pytest.mark.parametrize(
    "number", [True, "-1", "NaN", "Infinity", "1e12", "1e999999", "1e-999999", "0.0000001", None, [], {}, ""]
)
def test_what_is_no_amount_is_refused(number: Any) -> None:
    assert refused({"budget": value(number)}).keys() == {"budget"}


@pytest.mark.parametrize("answer", [{}, [], 1, {"value": 1, "missing": "unknown"}, {"values": 1}])
def test_an_answer_of_another_shape_is_refused(answer: Any) -> None:
    assert "null to take it back" in refused({"budget": answer})["budget"][0]


def test_none_takes_an_answer_back() -> None:
    assert fields.check({"budget": None}) == {"budget": None}


@pytest.mark.parametrize("reason", MISSING)
def test_the_four_reasons_for_no_value_are_four_stored_values(reason: str) -> None:
    assert fields.check({"residency": {"missing": reason}}) == {"residency": {"missing": reason}}
    assert fields.words(FIELDS["residency"], {"missing": reason}) == f"[{MISSING[reason]}]"


def test_no_other_reason_is_taken() -> None:
    wrong: list[Any] = ["perhaps", "", None, 1, []]
    for reason in wrong:
        assert refused({"residency": {"missing": reason}})["residency"] == [
            "Choose one of: unknown, not_applicable, withheld, pending."
        ]


@pytest.mark.parametrize("key", ["practices", "areas", "ground", "ground_accepted", "practice_finding", "transparency"])
def test_where_a_value_says_none_or_a_lane_decides_nothing_is_not_applicable(key: str) -> None:
    assert refused({key: {"missing": "not_applicable"}})[key] == ["Choose one of: unknown, withheld, pending."]


def test_none_of_these_stands_alone() -> None:
    assert refused({"areas": value(["none", "justice"])})["areas"] == ["Choose none alone, or leave it out."]


def test_a_hidden_answer_does_not_count_and_comes_back_with_its_question() -> None:
    answers = {"autonomy": value("informs"), "acts_on": value(["external"])}
    assert fields.visible(answers).keys() == {"autonomy"}
    assert "acts_on" in fields.visible({**answers, "autonomy": value("acts_alone")})


def test_what_hangs_on_a_hidden_field_is_hidden_too() -> None:
    answers = {"areas": value(["none"]), "ground": value("preparatory"), "ground_accepted": value(True)}
    assert fields.visible(answers).keys() == {"areas"}


def test_a_gate_needs_its_own_fields_and_those_before_it() -> None:
    first, second, last = (fields.needed(gate, {}) for gate in ("G1", "G2", "G3"))
    assert {field.gate for field in first} == {"G1"}
    assert {field.gate for field in second} == {"G1", "G2"}
    assert set(last) > set(second)
    assert {field.gate for field in fields.needed("G5", {})} == {"G5"}
    assert fields.needed("G0", {}) == []


def open_keys(gate: str, answers: Any, **more: Any) -> set[str]:
    """The keys of what the gate waits for."""
    return {field.key for field in fields.open_fields(gate, answers, **more)}


@pytest.mark.parametrize(
    ("answer", "is_open", "open_for_the_tier"),
    [
        (None, True, True),
        ({"missing": "pending"}, True, True),
        ({"missing": "unknown"}, False, True),
        ({"missing": "withheld"}, False, True),
        ({"missing": "not_applicable"}, False, False),
        ({"value": True}, False, False),
    ],
)
def test_unknown_answers_a_gate_but_not_where_the_tier_reads(
    answer: Any, is_open: bool, open_for_the_tier: bool
) -> None:
    answers = {} if answer is None else {"safety_component": answer}
    assert ("safety_component" in open_keys("G1", answers)) is is_open
    assert ("safety_component" in open_keys("G1", answers, tier_fields={"safety_component"})) is open_for_the_tier


def right(field: Field) -> st.SearchStrategy[Any]:
    """Any right value of a field."""
    if field.kind == "choices":
        nothing = field.vocabulary.nothing if field.vocabulary else ""
        some = [each for each in field.options() if each != nothing]
        several = st.lists(st.sampled_from(some), min_size=1, unique=True)
        return several | st.just([nothing]) if nothing else several
    if field.kind in ("choice", "yes_no"):
        return st.sampled_from(field.options())
    if field.kind == "number":
        return st.decimals(0, 10**9, places=2).map(str)
    if field.kind == "date":
        return st.dates().map(str)
    return st.text(min_size=1, max_size=20).filter(lambda text: any(letter.isalnum() for letter in text))


def record() -> st.SearchStrategy[dict[str, Any]]:
    """Any right answers to any of the fields."""
    every = {
        key: st.fixed_dictionaries({"value": right(field)})
        | st.fixed_dictionaries({"missing": st.sampled_from(field.missing)})
        for key, field in FIELDS.items()
    }
    return st.fixed_dictionaries({}, optional=every)


@given(record())
def test_checking_what_was_checked_changes_nothing(answers: dict[str, Any]) -> None:
    once = fields.check(answers)
    assert once.keys() == answers.keys()
    assert fields.check(once) == once
    assert all(fields.words(FIELDS[key], answer) for key, answer in once.items())


@pytest.mark.parametrize("reason", ["unknown", "not_applicable", "withheld", "pending"])
@pytest.mark.parametrize("key", ["oversight", "fallback", "monitoring"])
def test_before_a_case_goes_live_some_things_must_be_named(key: str, reason: str) -> None:
    def waits(gate: str, answer: dict[str, Any]) -> bool:
        return FIELDS[key] in fields.open_fields(gate, {key: answer})

    named = value("manual" if key == "monitoring" else "A clerk.")
    assert [waits(gate, {"missing": reason}) for gate in ("G3", "G4")] == [True, True]
    assert [waits(gate, named) for gate in ("G3", "G4")] == [False, False]
    if key != "monitoring":
        assert waits("G1", {"missing": reason}) is (reason == "pending")


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"ground": value("preparatory")}, ["ground_accepted"]),
        ({"areas": value(["education"])}, ["ground_accepted"]),
        ({"areas": value(["none"])}, ["ground_accepted"]),
        ({"practices": value(["manipulation", "social_scoring"])}, ["practice_finding"]),
        ({"practices": value(["manipulation"]), "profiling": value(True)}, []),
    ],
)
def test_a_finding_is_overtaken_once_its_question_is_another(change: dict[str, Any], gone: list[str]) -> None:
    before = {
        "areas": value(["employment"]), "ground": value("narrow_task"), "ground_accepted": value(True),
        "practices": value(["manipulation"]), "practice_finding": value("cleared"),
    }  # fmt: skip
    assert fields.overtaken(before, {**before, **change}) == gone


def test_a_finding_that_nobody_gave_is_not_overtaken() -> None:
    before = {"practices": value(["manipulation"]), "practice_finding": {"missing": "pending"}}
    assert fields.overtaken(before, {}) == []
