"""What operates is asked about again: after a change, after a year, by new rules; and only where something changed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, StaleError
from apps.evidence.models import Verdict
from apps.reviews import services as reviews
from apps.reviews.models import Outcome, RequestState, ReviewRequest
from apps.usecases import rules, selectors
from apps.usecases import services as usecases
from apps.usecases.models import KIND, Stage, Standing, Tier, UseCase
from tests.factories import cases
from tests.factories.answers import value
from tests.factories.people import person

pytestmark = pytest.mark.django_db
HIGH = {**cases.COMPLETE, "safety_component": value(True)}


def standing(case: UseCase) -> str:
    """The standing of the case as it is now."""
    return selectors.with_standing(UseCase.objects.filter(pk=case.pk)).get().standing


def answered(case: UseCase, **answers: Any) -> UseCase:
    """The case with other answers by its owner, and what a worker does about it."""
    case = UseCase.objects.get(pk=case.pk)
    case = usecases.answer(use_case=case, version=case.version, answers=answers, by=case.owner)
    usecases.reopen_changed(kind=KIND, id=str(case.pk))
    return case


def latest(case: UseCase) -> ReviewRequest:
    """The newest request about the case."""
    found = ReviewRequest.objects.filter(subject_id=str(case.pk)).order_by("-created_at").first()
    assert found
    return found


def test_every_gate_was_decided_by_all_its_lanes() -> None:
    case = cases.deployed()
    assert (case.stage, standing(case)) == (Stage.DEPLOY, Standing.CLEARED)
    asked = ReviewRequest.objects.filter(subject_id=str(case.pk)).order_by("created_at")
    assert [(one.gate, *one.lanes) for one in asked] == [
        ("G1", "steward"), ("G2", "architecture", "security", "privacy"),
        ("G3", "architecture", "security", "privacy", "finance"),
    ]  # fmt: skip


def test_a_change_asks_the_lanes_that_watch_it_and_no_other() -> None:
    case = cases.deployed()
    answered(case, budget=value("1600"))
    request = latest(case)
    assert (request.gate, request.state, standing(case)) == ("G4", RequestState.IN_REVIEW, Standing.IN_REVIEW)
    assert request.trigger == "Its content changed after it was cleared."
    assert request.undecided == ["finance"]
    assert {step.carried.request.gate for step in request.steps.exclude(carried=None) if step.carried} == {"G3"}
    cases.decided(request)
    assert (standing(case), UseCase.objects.get(pk=case.pk).stage) == (Standing.CLEARED, Stage.DEPLOY)


def test_a_change_that_no_lane_watches_keeps_the_approval_on_the_record() -> None:
    case = cases.deployed()
    edited = usecases.edit(use_case=case, version=case.version, by=case.owner, title="Sort all incoming invoices")
    assert standing(edited) == Standing.LAPSED
    usecases.reopen_changed(kind=KIND, id=str(case.pk))
    request = latest(case)
    assert (request.gate, request.state, request.undecided) == ("G4", RequestState.APPROVED, [])
    assert standing(case) == Standing.CLEARED
    assert ReviewRequest.objects.get(subject_id=str(case.pk), gate="G3").state == RequestState.APPROVED


def test_ringing_twice_asks_once() -> None:
    case = cases.deployed()
    answered(case, budget=value("1600"))
    usecases.reopen_changed(kind=KIND, id=str(case.pk))
    usecases.reopen_changed(kind="prompt", id=str(case.pk))
    assert ReviewRequest.objects.filter(subject_id=str(case.pk), gate="G4").count() == 1


def test_a_change_during_the_review_voids_it_and_asks_anew() -> None:
    case = cases.deployed()
    answered(case, budget=value("1600"))
    first = latest(case)
    answered(case, budget=value("1700"))
    first.refresh_from_db()
    assert first.state == RequestState.VOIDED
    assert (latest(case).gate, latest(case).state, latest(case).undecided) == ("G4", "in_review", ["finance"])


def test_what_operates_without_ever_having_been_cleared_is_not_asked_about_by_itself() -> None:
    case = cases.case(stage=Stage.DEPLOY)
    answered(case, budget=value("1600"))
    assert standing(case) == Standing.UNREVIEWED
    assert usecases.reopen(use_case=case, trigger="Its model was retired.") is None


def test_what_break_glass_let_into_operation_is_asked_about_however_its_review_ends() -> None:
    case, breaker = cases.pinned(cases.case(stage=Stage.DEVELOP)), person()
    cases.evidenced(case)
    reviews.permit_break_glass(person=breaker, by=None)
    forced = usecases.break_glass(use_case=case, reason="It burns.", by=breaker).request
    usecases.advance(use_case=case, by=case.owner)
    with pytest.raises(ConflictError, match="cannot be withdrawn"):
        reviews.withdraw(request_id=forced.pk, by=breaker)
    answered(case, fallback=value("Another way."))
    forced.refresh_from_db()
    assert forced.state == RequestState.VOIDED
    request = latest(case)
    assert (request.gate, request.undecided) == ("G4", ["architecture", "security", "privacy", "finance"])


def test_what_is_not_in_operation_is_submitted_again_by_its_owner() -> None:
    case = cases.case()
    cases.decided(cases.submitted(case))
    answered(case, fallback=value("Another way."))
    assert standing(case) == Standing.LAPSED


def test_after_a_year_every_lane_is_asked_again() -> None:
    case = cases.deployed()
    assert usecases.keep_current(on=timezone.now() + timedelta(days=300)) == 0
    assert usecases.keep_current(on=timezone.now() + timedelta(days=366)) == 1
    request = latest(case)
    assert (request.gate, request.trigger) == ("G4", "It was approved more than a year ago.")
    assert request.undecided == request.lanes
    assert usecases.keep_current(on=timezone.now() + timedelta(days=367)) == 0


def test_a_year_is_counted_from_the_oldest_decision_that_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    case, beginning, real = cases.deployed(), timezone.now(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=360))
    case = UseCase.objects.get(pk=case.pk)
    cases.evidenced(case)
    usecases.edit(use_case=case, version=case.version, by=case.owner, title="Sort all incoming invoices")
    usecases.reopen_changed(kind=KIND, id=str(case.pk))
    assert (latest(case).gate, latest(case).undecided, standing(case)) == ("G4", [], Standing.CLEARED)
    assert usecases.keep_current(on=beginning + timedelta(days=366)) == 1
    assert latest(case).undecided == latest(case).lanes


def test_what_the_portal_asks_is_not_taken_back_and_names_nobody_in_the_trail() -> None:
    case = cases.deployed()
    answered(case, budget=value("1600"))
    with pytest.raises(ConflictError, match=r"cannot be withdrawn, its lanes must decide\. Its content changed"):
        reviews.withdraw(request_id=latest(case).pk, by=case.owner)
    asked = AuditEvent.objects.filter(action="review.requested", subject_id=str(case.pk)).latest("sequence")
    assert asked.actor_id == ""
    assert latest(case).requested_by == case.owner


def test_a_second_look_that_was_taken_back_changes_nothing() -> None:
    case = cases.deployed()
    case = usecases.answer(use_case=case, version=case.version, answers={"budget": value("1600")}, by=case.owner)
    again = usecases.submit(use_case=case, by=case.owner)
    reviews.withdraw(request_id=again.pk, by=case.owner)
    assert standing(case) == Standing.LAPSED
    assert usecases.keep_current(on=timezone.now()) == 1
    assert latest(case).trigger == "Its content changed after it was cleared."


def test_asking_to_retire_does_not_change_what_stands() -> None:
    settled = {"dependants": value("Nobody."), "keys_revoked": value(True), "data_end": value("deleted")}
    case = cases.deployed(answers={**cases.COMPLETE, **settled, "kept_until": value("2036-01-01")})
    retiring = usecases.submit(use_case=case, by=case.owner, retire=True)
    assert standing(case) == Standing.CLEARED
    reviews.withdraw(request_id=retiring.pk, by=case.owner)
    assert usecases.keep_current(on=timezone.now() + timedelta(days=366)) == 1
    reviews.revoke(request_id=cases.decided(latest(case)).pk, reason="It paid twice.", by=cases.decider("board"))
    assert standing(case) == Standing.SUSPENDED
    cases.decided(usecases.submit(use_case=case, by=case.owner, retire=True))
    assert standing(case) == Standing.SUSPENDED
    assert usecases.advance(use_case=case, by=case.owner).stage == Stage.RETIRED


def test_one_trouble_stops_no_other_and_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, later = cases.deployed(), cases.deployed(), timezone.now() + timedelta(days=366)
    real = reviews.open_request

    def troubled(**asked: Any) -> Any:
        if asked["subject"] == first.subject:
            raise RuntimeError
        return real(**asked)

    with monkeypatch.context() as trouble:
        trouble.setattr(reviews, "open_request", troubled)
        assert usecases.keep_current(on=later) == 1
    assert (latest(first).gate, latest(first).state, latest(second).gate) == ("G3", RequestState.EXPIRED, "G4")
    assert usecases.keep_current(on=later) == 1
    assert (latest(first).gate, latest(first).trigger) == ("G4", "It was approved more than a year ago.")


def test_a_review_that_the_portal_opens_without_evidence_is_sent_back_and_not_void() -> None:
    case = cases.deployed()
    cases.evidenced(case, verdict=Verdict.FAILED)
    answered(case, budget=value("1600"))
    request = latest(case)
    with pytest.raises(ConflictError, match="it lacks a passed evaluation"):
        cases.decided(request)
    cases.decided(request, Outcome.REQUEST_CHANGES)
    assert standing(case) == Standing.CHANGES_REQUESTED


def test_a_lowered_tier_that_is_over_takes_the_approval_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    case, now = cases.pinned(cases.case(stage=Stage.DEVELOP, answers=HIGH)), timezone.now()
    cases.evidenced(case)
    until = now.date() + timedelta(days=30)
    usecases.propose_lower_tier(
        use_case=case, to=Tier.ELEVATED, reason="A pilot.", expires_on=until, by=person(Role.STEWARD)
    )
    usecases.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))
    request = usecases.submit(use_case=case, by=case.owner)
    assert "legal" not in request.lanes
    cases.decided(request)
    assert standing(case) == Standing.CLEARED
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=31))
    with pytest.raises(ConflictError, match="G3 must be cleared first"):
        usecases.advance(use_case=case, by=case.owner)
    assert usecases.keep_current(on=timezone.now()) == 0
    assert standing(case) == Standing.LAPSED
    report = selectors.gate_report(UseCase.objects.get(pk=case.pk), on=timezone.now())
    assert {"legal", "board"} <= {*report.lanes}


def test_a_review_does_not_end_on_a_lowered_tier_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    case, now = cases.pinned(cases.case(stage=Stage.DEVELOP, answers=HIGH)), timezone.now()
    cases.evidenced(case)
    usecases.propose_lower_tier(
        use_case=case, to=Tier.ELEVATED, reason="A pilot.", expires_on=now.date() + timedelta(days=3),
        by=person(Role.STEWARD),
    )  # fmt: skip
    usecases.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))
    request = usecases.submit(use_case=case, by=case.owner)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=4))
    with pytest.raises(StaleError, match="the lower risk tier that held until"):
        cases.decided(request)


def test_new_rules_ask_every_lane_again(monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.deployed()
    [known] = rules.rule_sets()
    newer = type(known)("2099-01", "Newer", date(2026, 10, 2), None, known.rules)
    monkeypatch.setattr(rules, "rule_sets", lambda: [known, newer])
    assert usecases.keep_current(on=timezone.now()) == 1
    request = latest(case)
    assert (request.rule_set, request.trigger) == ("2099-01", "New rules of the risk tier are in force: 2099-01.")
    assert request.undecided == request.lanes
    assert usecases.keep_current(on=timezone.now()) == 0


def test_an_overdue_blocking_condition_lapses_the_case() -> None:
    case = cases.case()
    request = cases.submitted(case)
    due = timezone.now().date() + timedelta(days=1)
    reviews.decide(
        request_id=request.pk, lane="steward", outcome=Outcome.APPROVE_WITH_CONDITIONS, reason="Nearly.",
        content_hash=request.content_hash, by=cases.decider("steward"), conditions=[cases.condition(due_on=due)],
    )  # fmt: skip
    assert standing(case) == Standing.CLEARED_WITH_CONDITIONS
    later = timezone.now() + timedelta(days=2)
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        assert standing(case) == Standing.LAPSED
        assert [one.pk for one in selectors.of_standing(UseCase.objects.all(), [Standing.LAPSED])] == [case.pk]
        with pytest.raises(ConflictError):
            usecases.advance(use_case=case, by=case.owner)
    assert usecases.advance(use_case=case, by=case.owner).stage == Stage.PLAY


def test_conditions_of_an_earlier_gate_are_met_before_operation() -> None:
    case = cases.case(stage=Stage.DEVELOP)
    report = selectors.gate_report(case, on=timezone.now())
    assert report.gate is rules.GATES["G3"]
    assert not [thing for thing in report.missing if "condition" in thing]


def test_a_revoked_approval_suspends_the_case() -> None:
    case = cases.deployed()
    board = cases.decider("board")
    reviews.revoke(request_id=latest(case).pk, reason="It paid an invoice twice.", by=board)
    assert standing(case) == Standing.SUSPENDED
    again = usecases.submit(use_case=case, by=case.owner)
    assert (again.gate, again.undecided) == ("G4", again.lanes)


def test_a_case_retires_once_what_is_left_is_settled() -> None:
    case = cases.deployed()
    with pytest.raises(InvalidError, match="Keys revoked"):
        usecases.submit(use_case=case, by=case.owner, retire=True)
    case = answered(
        case, dependants=value("Nobody."), keys_revoked=value(False), data_end=value("deleted"),
        kept_until=value("2036-01-01"),
    )  # fmt: skip
    with pytest.raises(InvalidError, match="a yes to “Keys revoked”"):
        usecases.submit(use_case=case, by=case.owner, retire=True)
    case = answered(case, keys_revoked=value(True))
    assert usecases.submit(use_case=case, by=case.owner, retire=True).lanes == ["steward"]
    cases.decided(latest(case))
    assert usecases.advance(use_case=case, by=case.owner).stage == Stage.RETIRED


@pytest.mark.parametrize("reason", ["unknown", "not_applicable", "withheld"])
@pytest.mark.parametrize(
    ("stage", "key"), [(Stage.DEVELOP, "trained"), (Stage.DEPLOY, "trained"), (Stage.PLAY, "keys_revoked")]
)
def test_what_must_be_yes_is_met_by_nothing_else(stage: Stage, key: str, reason: str) -> None:
    case = cases.case(stage=stage, answers={**cases.COMPLETE, key: {"missing": reason}})
    gate = rules.gate_of(stage, retiring=key == "keys_revoked")
    wanted = f"a yes to “{rules.FIELDS[key].label}”"
    assert wanted in selectors.gate_report(case, on=timezone.now(), gate=gate).missing
    case = answered(case, **{key: value(True)})
    assert wanted not in selectors.gate_report(case, on=timezone.now(), gate=gate).missing


def test_what_must_be_yes_and_was_never_answered_is_asked_for_once() -> None:
    case = cases.case(stage=Stage.DEVELOP, answers={**cases.COMPLETE, "trained": {"missing": "pending"}})
    missing = selectors.gate_report(case, on=timezone.now()).missing
    assert [words for words in missing if "Training" in words] == ["an answer to “Training done”"]


def test_what_the_law_prohibits_passes_no_gate() -> None:
    answers = {**cases.COMPLETE, "practices": value(["social_scoring"]), "practice_finding": value("confirmed")}
    case = cases.case(answers=answers)
    with pytest.raises(InvalidError, match="the law prohibits"):
        usecases.submit(use_case=case, by=case.owner)
    breaker = person()
    reviews.permit_break_glass(person=breaker, by=None)
    with pytest.raises(NotAllowedError, match="This is prohibited"):
        usecases.break_glass(use_case=case, reason="It is urgent.", by=breaker)


def test_a_provisional_tier_passes_no_gate() -> None:
    case = cases.case(answers={**cases.COMPLETE, "personal_data": {"missing": "unknown"}})
    assert case.tier_provisional
    with pytest.raises(InvalidError, match="Personal data"):
        usecases.submit(use_case=case, by=case.owner)
