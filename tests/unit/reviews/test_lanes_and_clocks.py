"""What a lane watches, whether its decision carries, and how its clock stands."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reviews import rules
from apps.reviews.models import Outcome
from apps.reviews.subjects import EVIDENCE

OPENED = datetime(2026, 11, 21, 9, tzinfo=UTC)
DUE = OPENED + timedelta(days=5)
texts = st.one_of(st.none(), st.text(max_size=5))
revisions = st.dictionaries(st.sampled_from("ABCDE"), texts, min_size=2)


def frozen(fields: dict[str, str | None]) -> list[dict[str, str | None]]:
    """Fields as a revision has them."""
    return [{"field": name, "value": value} for name, value in fields.items()]


@given(revisions, st.data())
def test_a_lanes_hash_changes_exactly_with_what_it_watches(fields: dict[str, str | None], data: st.DataObject) -> None:
    watched = data.draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, unique=True))
    touched, value = data.draw(st.sampled_from(sorted(fields))), data.draw(texts)
    before, after = (rules.lane_hash(frozen(each), [], watched) for each in (fields, {**fields, touched: value}))
    assert (before == after) == (touched not in watched or fields[touched] == value)


def test_empty_and_missing_values_are_not_the_same_and_neither_are_names() -> None:
    hashes = {rules.lane_hash(frozen({"A": value}), [], ["A"]) for value in (None, "", "None")}
    assert len({*hashes, rules.lane_hash(frozen({"B": None}), [], ["B"])}) == 4


def test_watching_nothing_by_name_watches_everything_evidence_too() -> None:
    claim = {"name": "passed", "verdict": "passed", "content_hash": "a"}
    assert rules.lane_hash(frozen({"A": "1"}), [claim], ()) != rules.lane_hash(frozen({"A": "1"}), [], ())
    assert rules.lane_hash(frozen({"A": "1"}), [claim], ["A"]) == rules.lane_hash(frozen({"A": "1"}), [], ["A"])


def test_evidence_counts_by_what_it_says_in_any_order() -> None:
    one = {"name": "a", "verdict": "passed", "content_hash": "1", "valid_until": "2027", "source": "run:1"}
    two = {"name": "b", "verdict": "failed", "content_hash": "2", "facts": {"n": 1}, "claim": "2"}
    bare = [
        {key: value for key, value in claim.items() if key not in ("valid_until", "source", "claim")}
        for claim in (two, one)
    ]
    assert rules.lane_hash([], [one, two], [EVIDENCE]) == rules.lane_hash([], bare, [EVIDENCE])


@pytest.mark.parametrize(
    "change", [{"facts": {"threshold": "0.2"}}, {"summary": "1 of 9 right"}, {"verdict": "failed"}]
)
def test_what_a_claim_says_changes_the_lanes_hash(change: dict[str, object]) -> None:
    claim = {"name": "a", "verdict": "passed", "content_hash": "1", "facts": {"threshold": "0.5"}, "summary": "9 of 9"}
    assert rules.lane_hash([], [claim], [EVIDENCE]) != rules.lane_hash([], [{**claim, **change}], [EVIDENCE])


def test_a_lane_cannot_watch_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="does not have: Colour"):
        rules.lane_hash(frozen({"A": "1"}), [], ["Colour"])


@pytest.mark.parametrize(
    ("change", "carries"),
    [
        ({}, True),
        ({"outcome": Outcome.APPROVE_WITH_CONDITIONS.value}, True),
        ({"outcome": Outcome.REJECT.value}, False),
        ({"outcome": Outcome.REQUEST_CHANGES.value}, False),
        ({"now": ("b", "")}, False),
        ({"now": ("a", "2027")}, False),
        ({"barred": {2}}, False),
    ],
)
def test_only_an_untouched_approval_by_somebody_uninvolved_carries(change: dict[str, object], carries: bool) -> None:
    given_ = {"outcome": "approve", "then": ("a", ""), "now": ("a", ""), "people": {1, 2}, "barred": {3}, **change}
    assert rules.carries(**given_) == carries  # type: ignore[arg-type]  # any hashable names somebody here


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (0, "on_time", "5 days left"),
        (3.9, "on_time", "1 day left"),
        (4, "due_soon", "Due in 1 day"),
        (4.5, "due_soon", "Due in less than a day"),
        (5, "overdue", "Overdue by less than a day"),
        (7.1, "overdue", "Overdue by 2 days"),
    ],
)
def test_a_clock_turns_at_four_fifths_and_at_the_end(days: float, state: str, words: str) -> None:
    found = rules.clock(opened=OPENED, due=DUE, on=OPENED + timedelta(days=days))
    assert (found.state, found.words) == (state, words)


@given(st.floats(0, 20), st.booleans(), st.booleans())
def test_nothing_is_told_twice(days: float, reminded: bool, escalated: bool) -> None:
    on = OPENED + timedelta(days=days)
    late = rules.late(opened=OPENED, due=DUE, on=on, reminded=reminded, escalated=escalated)
    assert not (escalated and late)
    assert not (reminded and late == rules.DUE_SOON)
    assert (late == rules.OVERDUE) == (on >= DUE and not escalated)


def test_what_was_spent_before_a_pause_shortens_what_is_left_and_never_below_nothing() -> None:
    assert rules.due(opened=OPENED, days=5, spent=timedelta(days=2)) == OPENED + timedelta(days=3)
    assert rules.due(opened=OPENED, days=5, spent=timedelta(days=9)) == OPENED


def test_what_is_expected_is_the_median_of_the_past_or_the_target() -> None:
    past = [timedelta(hours=hours) for hours in (1, 30, 300)]
    assert rules.expected_days(past, target=5) == 2
    assert rules.expected_days([timedelta(0)], target=5) == 1
    assert rules.expected_days([], target=5) == 5


def test_what_is_due_on_a_day_is_overdue_from_the_next() -> None:
    assert rules.end_of_day(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=UTC)
