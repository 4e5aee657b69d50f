"""Rule sets that cannot work are refused at start, with every problem in words."""

from pathlib import Path

import pytest

from apps.usecases.rules import loading
from apps.usecases.rules.loading import RuleSetError

_HEAD = 'version = "{version}"\ntitle = "Rules"\neffective_from = {begins}\n'
_RULE = '[[rules]]\nid = "{id}"\ntier = "{tier}"\nsource = "Local rule"\nsentence = "Because."\nwhen = {when}\n'
_RIGHT = '{ field = "safety_component", is = true }'


def rule(when: str = _RIGHT, *, id: str = "one", tier: str = "HIGH") -> str:
    """A rule in TOML."""
    return _RULE.format(id=id, tier=tier, when=when)


def write(folder: Path, *rules: str, version: str = "a", begins: str = "2026-01-01", ends: str = "") -> None:
    """A rule set in a folder."""
    head = _HEAD.format(version=version, begins=begins) + (f"effective_to = {ends}\n" if ends else "")
    (folder / f"{version}.toml").write_text(head + "\n".join(rules or [rule()]), encoding="utf-8")


def problems(folder: Path) -> str:
    """What is wrong."""
    with pytest.raises(RuleSetError) as refused:
        loading.load(folder)
    return "\n".join(refused.value.problems)


def test_the_portals_own_rules_are_right_and_read_what_their_conditions_name() -> None:
    newest = loading.rule_sets()[-1]
    assert newest.effective_to is None
    assert newest.rule("annex-iii").reads == ("areas", "ground", "ground_accepted")
    assert set(newest.rule("three-elevated").reads) > {"personal_data", "yearly_cost"}


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ('{ field = "colour", is = "red" }', "reads the field 'colour', which does not exist"),
        ('{ field = "autonomy", is = "freely" }', "autonomy has no answer ['freely']; its answers are informs, "),
        ('{ field = "areas", in = ["justice", "space"] }', "areas has no answer ['space']"),
        ('{ field = "areas", in = [] }', "areas has no answer []"),
        ('{ field = "areas", in = "justice" }', "areas has no answer 'justice'"),
        ('{ field = "safety_component", is = 1 }', "safety_component has no answer [1]; its answers are True, False"),
        ('{ field = "oversight", is = "yes" }', "oversight has no list of answers"),
        ('{ field = "yearly_cost", over = "much" }', "yearly_cost over 'much' is not"),
        ('{ field = "areas", over = 3 }', "areas over 3 is not"),
        ('{ field = ["areas"], is = "none" }', "which does not exist"),
        ("{ all = [] }", "all needs a list of conditions"),
        ("{ some = [] }", "a condition is field with in, is or over"),
        ('{ not = { field = "colour", is = 1 } }', "'colour', which does not exist"),
        ('{ any = [{ field = "colour", is = 1 }] }', "'colour', which does not exist"),
        ('{ at_least = 2, tier = "ELEVATED" }', "there are 0 rules of ELEVATED, not 2"),
        ('{ at_least = "two", tier = "ELEVATED" }', "at_least needs a whole number"),
        ('{ at_least = 1, tier = "GRAVE" }', "there is no 'GRAVE'; choose one of STANDARD, "),
        ('{ at_least = 1, tier = "HIGH" }', "counts rules that count others"),
        ('"always"', "when is missing, or is no dict"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_in_words(tmp_path: Path, when: str, said: str) -> None:
    write(tmp_path, rule(when))
    found = problems(tmp_path)
    assert said in found
    assert found.startswith("a.toml")


def test_every_problem_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, rule(), rule(), version="a", ends="2026-12-31")
    write(
        tmp_path, rule('{ field = "colour", is = 1 }'), rule(tier="GRAVE", id="two"), version="b", begins="2027-01-01"
    )
    (tmp_path / "c.toml").write_text("this is no TOML")
    found = problems(tmp_path)
    assert "a.toml: two rules are called one" in found
    assert "b.toml, rule one: it reads the field 'colour'" in found
    assert "b.toml, rule two: there is no 'GRAVE'" in found
    assert "c.toml: it cannot be read" in found


@pytest.mark.parametrize(
    ("first_ends", "second_begins", "said"),
    [
        ("", "2026-06-01", "a and b overlap: end a with effective_to before 2026-06-01"),
        ("2026-06-01", "2026-06-01", "a and b overlap"),
        ("2026-05-01", "2026-06-01", "a and b leave days without rules: let b begin after 2026-05-01"),
    ],
)
def test_each_day_has_one_rule_set(tmp_path: Path, first_ends: str, second_begins: str, said: str) -> None:
    write(tmp_path, version="a", ends=first_ends)
    write(tmp_path, version="b", begins=second_begins)
    assert said in problems(tmp_path)


def test_rule_sets_that_follow_one_another_are_right(tmp_path: Path) -> None:
    write(tmp_path, version="b", begins="2026-06-01")
    write(tmp_path, version="a", ends="2026-05-31")
    assert [each.version for each in loading.load(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("title", "heading"), "title is missing, or is no str"),
        (("title", "heading"), "heading means nothing here"),
        (("2026-01-01", '"2026"'), "effective_from is missing, or is no date"),
        (("2026-01-01", "2026-01-01T10:00:00"), "effective_from is missing, or is no date"),
        (('version = "a"', 'version = "z"'), "the file must be called z.toml"),
        (('"Local rule"', '" "'), "source says nothing"),
        (('sentence = "Because."', ""), "sentence is missing"),
        (('id = "one"', 'id = "one"\ncolour = 1'), "colour means nothing here"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    write(tmp_path)
    path = tmp_path / "a.toml"
    path.write_text(path.read_text().replace(*change))
    assert said in problems(tmp_path)


def test_an_end_before_the_beginning_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ends="2025-12-31")
    assert "effective_to must be a day, and not before" in problems(tmp_path)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    assert "There is no file *.toml" in problems(tmp_path)


def test_the_words_of_the_refusal_hold_every_problem(tmp_path: Path) -> None:
    write(tmp_path, rule('{ field = "colour", is = 1 }'))
    with pytest.raises(RuleSetError, match=r"The rules of the risk tier are wrong:\n- a\.toml, rule one: it reads"):
        loading.load(tmp_path)
