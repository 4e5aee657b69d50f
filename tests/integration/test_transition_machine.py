"""Whatever people do and in whatever order, nothing passes into operation without each lane's word on that content."""

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import F, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.core.errors import DomainError
from apps.evidence.models import Verdict
from apps.reviews import services as reviews
from apps.reviews.models import Condition, Outcome, RequestState, ReviewRequest
from apps.reviews.selectors import latest_per
from apps.usecases import selectors
from apps.usecases import services as usecases
from apps.usecases.models import KIND, Stage, UseCase
from apps.usecases.selectors.standing import _Standing as Standing
from tests.factories import cases, shelves
from tests.factories.people import person
from tests.integration import lane_proofs

LANES = ("architecture", "security", "privacy", "finance", "legal", "board")
# What people write, by the field that a review freezes; each is watched by other lanes.
WRITTEN = {"title": "Title", "purpose": "Problem and benefit"}
ANSWERED = {"fallback": "Fallback", "budget": "Budget a year", "cost_centre": "Cost centre"}
FIELDS = st.sampled_from([*WRITTEN, *ANSWERED])
# In how many of its four lanes a case has been decided.
DRAFT, CLEARED = 0, 4
# Besides whoever may decide: those whom something stands against.
OTHERS = ("busy", "owner", "sponsor", "deputy", "stand_in", "outsider")


def said(answer: str) -> str:
    """An answer as a review freezes it: a number with its thousands."""
    return f"{int(answer):,}" if answer.isdecimal() else answer


class Town:
    """The people, and cases at the last gate before operation, each at another moment of its review."""

    def __init__(self) -> None:
        self.owner, self.sponsor, self.outsider, self.breaker = (person() for _ in range(4))
        self.busy, self.deputy, self.stand_in, self.head = (person() for _ in range(4))
        self.verifier = person()
        self.right = {lane: cases.decider(lane) for lane in LANES}
        for lane in LANES:
            for somebody in (self.busy, self.owner, self.sponsor, self.deputy):
                accounts.grant(user=somebody, role=Role.REVIEWER, lane=Lane(lane), by=None)
        reviews.permit_break_glass(person=self.breaker, by=None)
        self.pins: dict[str, Any] = {
            "prompt_version": shelves.prompt(),
            "endpoint": shelves.recorded_endpoint([({"q": "1"}, "1")]),
        }
        self.cases = [self._begun(decided) for decided in (DRAFT, 3, 2, CLEARED)]

    def _begun(self, decided: int) -> UseCase:
        """A case before its last gate; submitted and decided in so many lanes, if in any."""
        case = cases.case(by=self.owner, sponsor=self.sponsor, stage=Stage.DEVELOP)
        case = usecases.edit(use_case=case, version=case.version, by=self.owner, **self.pins)
        cases.evidenced(case)
        if decided:
            request = cases.submitted(case)
            for lane in request.lanes[:decided]:
                reviews.decide(
                    request_id=request.pk, lane=lane, outcome=Outcome.APPROVE, reason="Read.",
                    content_hash=request.content_hash, by=self.right[lane],
                )  # fmt: skip
        return UseCase.objects.get(pk=case.pk)

    def somebody(self, who: str, lane: str) -> User:
        """Who tries to decide in a lane."""
        found: User = self.right[lane] if who == "right" else getattr(self, who)
        return User.objects.get(pk=found.pk)


class Passage(RuleBasedStateMachine):
    """People submit, decide, edit, wait and move one case on; once it passes into operation, the proof is sought."""

    town: ClassVar[Town]
    passed: ClassVar[Counter[str]] = Counter()
    # Which of the town's cases may begin.
    beginnings: ClassVar[tuple[int, ...]] = (0, 1, 2, 3)
    later = timedelta()

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        type(self).later = timedelta()
        self.count = 0

    def teardown(self) -> None:
        """What happened is undone, so that every run begins alike."""
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    @initialize(place=st.integers(0, 3))
    def begin(self, place: int) -> None:
        """One of the cases."""
        chosen = self.beginnings[place % len(self.beginnings)]
        self.key, self.high = self.town.cases[chosen].pk, False
        case = self.case
        answers = {label: said(case.answers[key]["value"]) for key, label in ANSWERED.items()}
        self.facts = {**{label: getattr(case, name) for name, label in WRITTEN.items()}, **answers}

    @property
    def case(self) -> UseCase:
        """The case as it is stored."""
        return UseCase.objects.get(pk=self.key)

    @property
    def request(self) -> ReviewRequest | None:
        """The newest request about it."""
        return ReviewRequest.objects.filter(subject_id=str(self.key)).order_by("-created_at").first()

    def _do(self, name: str, verb: Callable[..., Any], **how: Any) -> bool:
        """Whether the verb was not refused."""
        with suppress(DomainError):
            verb(**how)
            self.passed[name] += 1
            return True
        return False

    # Writing.

    @rule(field=FIELDS)
    def write(self, field: str) -> None:
        """The owner writes something else in one field."""
        self._write(field)

    def _write(self, field: str) -> None:
        self.count += 1
        if field in ANSWERED:
            self._answer(field, str(1500 + self.count) if field == "budget" else f"Words {self.count}")
            self.facts[ANSWERED[field]] = said(self.case.answers[field]["value"])
            return
        case, words = self.case, f"{self.facts[WRITTEN[field]][:60]} {self.count}"
        if self._do("edit", usecases.edit, use_case=case, version=case.version, by=self.town.owner, **{field: words}):
            self.facts[WRITTEN[field]] = words

    def _answer(self, key: str, value: Any) -> bool:
        case, answers = self.case, {key: {"value": value}}
        how = {"use_case": case, "version": case.version, "answers": answers, "by": self.town.owner}
        return self._do("answer", usecases.answer, **how)

    # Reviewing.

    def _ask(self, field: str) -> None:
        """The owner asks, if nothing is under review; for what is cleared already, after writing something else."""
        if self.request and self.request.is_open:
            return
        if self.request and self.request.is_approved:
            self._write(field)
        self._do("submit", usecases.submit, use_case=self.case, by=self.town.owner)

    @rule(lanes=st.integers(1, 6), first=st.sampled_from(("right", "stand_in")), owing=st.booleans(), field=FIELDS)
    def ask_and_approve(self, lanes: int, first: str, owing: bool, field: str) -> None:
        """The right people approve in some lanes, or for one of them whoever stands in."""
        self._ask(field)
        for place, lane in enumerate(self.request.undecided[:lanes] if self.request else ()):
            if place == 0 and first == "stand_in":
                self.delegate(lane, "right")
            outcome = Outcome.APPROVE_WITH_CONDITIONS if owing else Outcome.APPROVE
            self._decide(lane, "right" if place else first, outcome)

    @rule(place=st.integers(0, 5), who=st.sampled_from(("right", *OTHERS)), outcome=st.sampled_from(Outcome))
    def decide(self, place: int, who: str, outcome: Outcome) -> None:
        """Anybody decides anything, in a lane that waits where there is one."""
        waiting = (self.request.undecided if self.request else []) or LANES
        self._decide(waiting[place % len(waiting)], who, outcome)

    def _decide(self, lane: str, who: str, outcome: Outcome) -> None:
        if (request := self.request) is None:
            return
        said = cases.said(outcome, request)
        if outcome == Outcome.APPROVE_WITH_CONDITIONS:
            said = {"conditions": [cases.condition(owner=self.town.owner, verifier=self.town.verifier)]}
        self._do(
            f"decide as {who}", reviews.decide, request_id=request.pk, lane=lane, outcome=outcome, reason="Read.",
            content_hash=request.content_hash, by=self.town.somebody(who, lane),
            on_behalf_of=self.town.right[lane] if who == "stand_in" else None, **said,
        )  # fmt: skip

    @rule(lane=st.sampled_from(LANES), who=st.sampled_from(("right", "owner")))
    def delegate(self, lane: str, who: str) -> None:
        """A reviewer, or the owner, lets somebody decide for them."""
        absent, today = self.town.somebody(who, lane), timezone.now().date()
        to = self.town.stand_in if who == "right" else self.town.deputy
        self._do(
            f"delegate as {who}", reviews.delegate, lane=lane, to=to, starts_on=today, ends_on=today + timedelta(30),
            reason="On leave.", by=absent,
        )  # fmt: skip

    @rule(deed=st.sampled_from(("withdraw", "revoke", "overturn")), field=FIELDS)
    def turn_back(self, deed: str, field: str) -> None:
        """The owner takes it back, or the board decides otherwise on an approval, or on what was just rejected."""
        if deed != "revoke":
            self._ask(field)
        for lane in self.request.undecided[:1] if self.request and deed == "overturn" else ():
            self._decide(lane, "right", Outcome.REJECT)
        if request := self.request:
            board = {"reason": "Read.", "by": self.town.right["board"]}
            how = {"by": request.requested_by} if deed == "withdraw" else board
            self._do(deed, getattr(reviews, deed), request_id=request.pk, **how)

    @rule(who=st.sampled_from(("breaker", "breaker", "owner", "busy")))
    def break_glass(self, who: str) -> None:
        """Somebody lets it through, which most may not."""
        by = self.town.somebody(who, "")
        self._do(f"break glass as {who}", usecases.break_glass, use_case=self.case, reason="It burns.", by=by)

    # What happens beside.

    @rule(what=st.sampled_from((1, 4, 30, 400, "passed", "failed", "settled", "high")))
    def meanwhile(self, what: int | str) -> None:
        """Days pass with their nightly work, it is evaluated, what was asked for is done, or its tier proves high."""
        if isinstance(what, int):
            type(self).later += timedelta(what)
            usecases.keep_current(on=timezone.now())
        elif what == "settled":
            self._settle()
        elif what == "high":
            self.high |= self._answer("safety_component", True)
        # An evaluation counts for a day.
        cases.evidenced(self.case, verdict=Verdict.FAILED if what == "failed" else Verdict.PASSED)

    def _settle(self) -> None:
        for row in Condition.objects.filter(decision__request__subject_id=str(self.key), verified_at=None):
            self._do("meet", reviews.meet_condition, condition_id=row.pk, evidence="Done.", by=self.town.owner)
            verdict: dict[str, Any] = {"accepted": True, "reason": "", "by": self.town.verifier}
            self._do("verify", reviews.verify_condition, condition_id=row.pk, **verdict)

    @invariant()
    def nothing_passes_without_proof(self) -> None:
        """Whatever has happened, the owner tries to move the case on; what passes is proven, and undone."""
        with transaction.atomic():
            case = self.case
            if self._do("advance", usecases.advance, use_case=case, by=self.town.owner):
                live, on = selectors.revision(self.case), timezone.now()
                wrong = lane_proofs.faults(case, live=live, facts=self.facts, high=self.high, on=on)
                assert not wrong, wrong
            transaction.set_rollback(True)


@pytest.fixture
def passage(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Passage]]:
    """The machine among its people, with a clock that it moves; refusals would fill the log."""
    logging.disable(logging.CRITICAL)
    usual, beginnings = gc.get_threshold(), timezone.now
    gc.set_threshold(50_000, 20, 100)
    Passage.town, Passage.later = Town(), timedelta()
    Passage.passed.clear()
    monkeypatch.setattr(timezone, "now", lambda: beginnings() + Passage.later)
    yield Passage
    gc.set_threshold(*usual)
    logging.disable(logging.NOTSET)


def run(machine: type[Passage], *, examples: int, phases: tuple[Phase, ...] = (Phase.generate,)) -> None:
    """Let the machine try so many ways of at most 25 steps, always the same ones."""
    run_state_machine_as_test(
        machine,
        settings=effort(
            max_examples=examples, stateful_step_count=25, derandomize=True, database=None, deadline=None,
            phases=phases, suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        ),
    )  # fmt: skip


@pytest.mark.django_db
def test_no_way_leads_into_operation_without_each_lanes_word_on_that_content(passage: type[Passage]) -> None:
    run(passage, examples=36)
    print(dict(passage.passed))
    # The ways were walked, and not only refused.
    walked = {"advance", "submit", "edit", "answer", "withdraw", "decide as right", "decide as stand_in", "overturn"}
    assert walked <= passage.passed.keys()
    barred = {"decide as owner", "decide as sponsor", "decide as outsider", "break glass as owner"}
    assert not barred & passage.passed.keys()


def unbound(key: str, _: str, at: Any) -> Any:
    """The standing of a case whose content is said to be what its newest review froze."""
    return Standing(key, Coalesce(Subquery(latest_per(KIND).values("content_hash")[:1]), F("content_hash")), at)


# The machine can fail: with any of these guards gone it finds a way. Where it was, what stands there instead, what is
# then said, and the case that is nearest to the gap, so that the suite need not wait long.
GUARDS: dict[str, tuple[str, Any, str, int]] = {
    "all lanes must have decided": (
        "apps.reviews.rules.fold",
        lambda lanes, outcomes, **_: RequestState.APPROVED if outcomes else RequestState.IN_REVIEW,
        "nobody decided", 0,
    ),
    "only what a lane watches unchanged is carried over": (
        "apps.reviews.rules.carries", lambda *, outcome, **_: outcome == Outcome.APPROVE, "carried although", 3,
    ),
    "an approval is of its content alone": (
        "apps.usecases.selectors.standing._Standing", unbound, "what was frozen is not what there is", 3,
    ),
    "a gate must be cleared": (
        "apps.usecases.rules.is_cleared", lambda gate, *, standing, approved_gate: approved_gate == gate.key,
        "nobody decided", 1,
    ),
}  # fmt: skip


@pytest.mark.django_db
def test_a_guard_that_is_gone_is_missed(
    passage: type[Passage], monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for name, (where, instead, said, beginning) in GUARDS.items():
        with subtests.test(name), monkeypatch.context() as patch:
            patch.setattr(where, instead)
            patch.setattr(passage, "beginnings", (beginning,))
            with pytest.raises(AssertionError, match=said):
                run(passage, examples=60)
