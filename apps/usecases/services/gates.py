"""Passing gates: asking for a review, moving on once it is cleared, and asking again when something changed."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import NotAllowedError
from apps.evidence.models import Claim
from apps.reviews import selectors as review_selectors
from apps.reviews import services as reviews
from apps.reviews.models import BreakGlass, ReviewRequest
from apps.usecases import rules, selectors
from apps.usecases.models import KIND, Stage, UseCase
from apps.usecases.services import saving, tiers

_AGAIN = rules.GATES["G4"]
_LIVE = ("G3", "G4")
_EXPIRED = "It was approved more than a year ago."
_NEW_RULES = "New rules of the risk tier are in force: {}."


@transaction.atomic
def submit(*, use_case: UseCase, by: User, retire: bool = False) -> ReviewRequest:
    """Freeze the case as it is and open the lanes of its next gate, or with `retire` of the one that retires it.

    Lanes whose watched fields are as they approved them keep their decision. Raises InvalidError naming what is
    missing, ConflictError where there is no such gate or it is open already, NotAllowedError.
    """
    case = _locked(use_case, may=partial(saving.check_may_speak_for, by=by))
    report = _report(case, retire)
    gate = rules.check_submittable(report.gate, report.missing, standing=case.standing, approved_gate=case.review_gate)
    return reviews.open_request(**_asked(case, gate, report.claims), by=by)


@transaction.atomic
def advance(*, use_case: UseCase, by: User) -> UseCase:
    """Move a cleared case to its next stage. Raises ConflictError unless its gate was cleared as it is now."""
    case = _locked(use_case, may=partial(saving.check_may_speak_for, by=by))
    report = _report(case, retire=case.review_gate == rules.RETIRING.key)
    to = rules.check_can_advance(report.gate, report.missing, standing=case.standing, approved_gate=case.review_gate)
    case.stage = to
    case.version += 1
    case.save(update_fields=["stage", "version", "updated_at"])
    saving.enter_stage(case)
    saving.tell(case, what=f"moved to {to.label}", by=by)
    audit.record(action="use_case.advanced", subject=case.subject, by=by, gate=case.review_gate, to=to.value)
    return case


@transaction.atomic
def reopen(*, use_case: UseCase, trigger: str) -> ReviewRequest | None:
    """Ask again for a case in operation, because of `trigger` in words; None where there is nothing to ask again.

    The owner is asked to speak for it. Nothing is asked of a case that was never cleared or let through for operation,
    or whose review is already under way.
    """
    case = _locked(use_case)
    if case.stage != Stage.DEPLOY or not _was_let_in(case) or reviews.open_for(case.subject):
        return None
    report = selectors.gate_report(case, on=timezone.now(), gate=_AGAIN)
    return reviews.open_request(**_asked(case, _AGAIN, report.claims), by=case.owner, trigger=trigger)


def _was_let_in(case: UseCase) -> bool:
    """Whether the case came into operation by a review here, or past one by break-glass."""
    approved = selectors.approvals(case, gates=_LIVE).exists()
    return approved or review_selectors.glass_broken(case.subject, gates=_LIVE)


def reopen_changed(*, kind: str, id: str) -> None:
    """Ask again for the case whose content changed, if it operates on an approval of what it was before."""
    case = selectors.lapsed_in_operation().filter(pk=id).first() if kind == KIND else None
    if case is not None:
        reopen(use_case=case, trigger="Its content changed after it was cleared.")


def keep_current(*, on: datetime) -> int:
    """End approvals that are older than a year, weigh by new rules, and ask again for what operates on them.

    Returns how many reviews were opened. Each case is a step of its own, so that one trouble stops no other.
    """
    stale = [(case, _EXPIRED) for case in selectors.expired_in_operation(on=on)]
    why = _NEW_RULES.format(selectors.rule_set(on.date()).version)
    newer = [(case, why) for case in selectors.outdated(on=on.date()).filter(stage=Stage.DEPLOY)]
    for case, _ in stale:
        _expire(case)
    tiers.reweigh()
    return sum(reopen(use_case=case, trigger=trigger) is not None for case, trigger in stale + newer)


@transaction.atomic
def _expire(case: UseCase) -> None:
    for request in selectors.approvals(case, gates=_LIVE):
        if request.is_approved:
            reviews.expire(request_id=request.pk, reason=_EXPIRED)


@transaction.atomic
def break_glass(*, use_case: UseCase, reason: str, by: User) -> BreakGlass:
    """Let the case through its next gate for 72 hours, before its review; every lane is asked in retrospect.

    Raises NotAllowedError without the permission of its own, InvalidError without a reason, ConflictError where there
    is no gate. Prohibited is prohibited, glass or not.
    """
    reviews.check_may_break_glass(by)
    case = _locked(use_case)
    report = _report(case)
    gate = rules.check_submittable(report.gate, (), standing=case.standing, approved_gate=case.review_gate)
    if selectors.is_prohibited(case):
        raise NotAllowedError("The law prohibits this; no reason lets it through.")
    asked = _asked(case, gate, report.claims)
    del asked["carry_gates"]
    return reviews.break_glass(**asked, reason=reason, by=by)


def _report(case: UseCase, retire: bool = False) -> selectors.GateReport:
    gate = rules.gate_of(case.stage, retiring=retire)
    return selectors.gate_report(case, on=timezone.now(), gate=gate) if gate else selectors.GateReport(None)


def _asked(case: UseCase, gate: rules.Gate, claims: list[Claim]) -> dict[str, Any]:
    """What the review engine is asked for a case, weighed and hashed anew.

    A unit or a person may have been renamed since the last edit: what is frozen is what is shown now.
    """
    saving.weigh(case)
    saving.rehash(case)
    case.save(update_fields=[*saving.DERIVED, "updated_at"])
    revision = selectors.revision(case)
    return {
        "subject": case.subject, "title": f"{case.ref} {case.title}", "gate": gate.key, "revision": revision,
        "evidence": [_frozen(claim) for claim in claims],
        "lanes": selectors.asks(case, gate, revision), "barred": selectors.involved(case, claims),
        "rule_set": case.tier_rules, "carry_gates": gate.keeps,
    }  # fmt: skip


def _locked(use_case: UseCase, *, may: Callable[[UseCase], None] = lambda _: None) -> UseCase:
    """The case with its standing, locked. Raises what `may` says of it, before anything is asked about its reviews."""
    may(UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk))
    return selectors.with_review(selectors.with_standing(UseCase.objects.filter(pk=use_case.pk))).get()


def _frozen(claim: Claim) -> dict[str, Any]:
    return {
        "claim": str(claim.pk), "name": claim.name, "verdict": claim.verdict, "summary": claim.summary,
        "source": f"{claim.source_kind}:{claim.source_id}", "content_hash": claim.content_hash,
        "facts": claim.facts, "valid_until": claim.valid_until.isoformat(),
    }  # fmt: skip
