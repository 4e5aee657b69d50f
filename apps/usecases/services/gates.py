"""Passing gates: asking for a review, moving on once it is cleared, and asking again when something changed."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import ConflictError, NotAllowedError
from apps.evidence.models import Claim
from apps.reviews import selectors as review_selectors
from apps.reviews import services as reviews
from apps.reviews.models import BreakGlass, RequestState, ReviewRequest
from apps.usecases import rules, selectors
from apps.usecases.models import KIND, Stage, UseCase
from apps.usecases.services import saving, tiers

_LIVE = ("G3", "G4")
_EXPIRED = "It was approved more than a year ago."
_CHANGED = "Its content changed after it was cleared."
_NEW_RULES = "New rules of the risk tier are in force: {}."
_PROHIBITED = "This is prohibited; no reason lets it through."
logger = logging.getLogger(__name__)


@transaction.atomic
def submit(*, use_case: UseCase, by: User, retire: bool = False, version: int | None = None) -> ReviewRequest:
    """Freeze the case as it is and open the lanes of its next gate, or with `retire` of the one that retires it.

    Lanes whose watched fields are as they approved them keep their decision. `version` is the one that was seen, here
    and below. Raises InvalidError naming what is missing, ConflictError where there is no such gate, it is open
    already or somebody saved the case meanwhile, NotAllowedError.
    """
    case = _opened(use_case, version, by)
    report = _report(case, retire)
    gate = rules.check_submittable(report.gate, report.missing, cleared=_is_cleared(case, report))
    if owed := selectors.owed_in_retrospect(case):
        raise ConflictError(
            f"Gate {owed.gate} was passed by break-glass, and what its review was about has changed. The portal asks "
            "for that review again at once; nothing else is asked before it is decided."
        )
    return reviews.open_request(**_asked(case, gate, report.claims), by=by)


@transaction.atomic
def advance(*, use_case: UseCase, by: User, version: int | None = None) -> UseCase:
    """Move a cleared case to its next stage.

    What its gate needs is asked for once more, unless it was let through by break-glass, which waits for nothing.
    Raises ConflictError unless its gate was cleared as it is now, NotAllowedError.
    """
    case = _opened(use_case, version, by)
    retire = selectors.is_cleared(case, rules.RETIRING)
    report = _report(case, retire)
    missing = () if selectors.is_by_glass(case) and not retire else report.missing
    to = rules.check_can_advance(report.gate, missing, cleared=_is_cleared(case, report))
    gate = report.gate.key if report.gate else ""
    case.stage = to
    case.version += 1
    case.save(update_fields=["stage", "version", "updated_at"])
    saving.enter_stage(case)
    saving.tell(case, what=f"moved to {to.label}", by=by)
    audit.record(action="use_case.advanced", subject=case.subject, by=by, gate=gate, to=to.value)
    return case


@transaction.atomic
def reopen(*, use_case: UseCase, trigger: str) -> ReviewRequest | None:
    """Ask again for a case in operation, because of `trigger` in words; None where there is nothing to ask again.

    This is the hook of whatever finds that an approval rests on something that is no longer so: a model was retired, a
    cost went over what was approved. Nothing is asked of a case that was never cleared or let through for operation, or
    whose review is already under way.
    """
    case = _current(use_case)
    if case.stage != Stage.DEPLOY or not _was_let_in(case):
        return None
    return _ask_again(case, rules.AGAIN, trigger)


def _was_let_in(case: UseCase) -> bool:
    """Whether the case came into operation by a review here, or past one by break-glass."""
    approved = selectors.approvals(case, gates=_LIVE).exists()
    return approved or review_selectors.glass_broken(case.subject, gates=_LIVE)


def _ask_again(case: UseCase, gate: rules.Gate, trigger: str) -> ReviewRequest | None:
    """The review that the portal opens in the owner's name; also where the gate lacks something: its lanes say so."""
    if reviews.open_for(case.subject):
        return None
    report = selectors.gate_report(case, on=timezone.now(), gate=gate)
    return reviews.open_request(**_asked(case, gate, report.claims), by=case.owner, trigger=trigger, by_portal=True)


def reopen_changed(*, kind: str, id: str) -> None:
    """Ask again for the case whose content changed, if it operates or moved on by what was decided before."""
    if kind != KIND:
        return
    if case := selectors.to_ask_again(rule_set=selectors.rule_set().version).filter(pk=id).first():
        reopen(use_case=case, trigger=_CHANGED)
    elif case := UseCase.objects.filter(pk=id).first():
        _reopen_in_retrospect(case)


@transaction.atomic
def _reopen_in_retrospect(use_case: UseCase) -> None:
    """Ask again at the gate that a break-glass let the case through, if a change voided the review that followed it."""
    case = _current(use_case)
    if voided := selectors.owed_in_retrospect(case):
        _ask_again(case, rules.GATES[voided.gate], voided.trigger)


def keep_current(*, on: datetime) -> int:
    """End lowered tiers and approvals whose time is over, weigh by new rules, and ask again for what operates on them.

    Returns how many reviews were opened. Each case is a step of its own, so that one trouble stops no other: it is
    logged, and as what is to be done is read from the rows, the next run finds it again.
    """
    _each(selectors.with_ended_lowering(on=on.date()), tiers.end_lowered)
    _each(selectors.outdated(on=on.date()), tiers.weigh_anew)
    _each(selectors.expired_in_operation(on=on), _expire)
    _each(selectors.all_owed_in_retrospect(), _reopen_in_retrospect)
    rule_set = selectors.rule_set(on.date()).version
    opened = _each(selectors.to_ask_again(rule_set=rule_set), partial(_reopen_outdated, rule_set=rule_set))
    return sum(request is not None for request in opened)


def _each(cases: Iterable[UseCase], verb: Callable[[UseCase], Any]) -> list[Any]:
    """What the verb makes of each case, without those that it fails for."""
    made = []
    for case in cases:
        try:
            with transaction.atomic():
                made.append(verb(case))
        except Exception:  # whatever it is, the other cases are due as well
            logger.exception("%s could not be kept current; the next run tries again.", case.ref)
    return made


def _reopen_outdated(case: UseCase, rule_set: str) -> ReviewRequest | None:
    latest = selectors.approvals(case, gates=_LIVE).first()
    if latest and latest.state == RequestState.EXPIRED:
        return reopen(use_case=case, trigger=_EXPIRED)
    by_others = latest and latest.is_approved and latest.rule_set != rule_set
    return reopen(use_case=case, trigger=_NEW_RULES.format(rule_set) if by_others else _CHANGED)


def _expire(use_case: UseCase) -> None:
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    saving.lock_review(case)
    # All of them are locked before the first is audited.
    for request in list(selectors.approvals(case, gates=_LIVE).select_for_update(no_key=True)):
        if request.is_approved:
            reviews.expire(request_id=request.pk, reason=_EXPIRED)


@transaction.atomic
def break_glass(*, use_case: UseCase, reason: str, by: User, version: int | None = None) -> BreakGlass:
    """Let the case through its next gate for 72 hours, before its review; every lane is asked in retrospect.

    Raises NotAllowedError without the permission of its own, InvalidError without a reason, ConflictError where there
    is no gate, or exactly this was let through before. Prohibited is prohibited, glass or not.
    """
    reviews.check_may_break_glass(by)
    case = _current(use_case, version=version)
    report = _report(case)
    gate = rules.check_submittable(report.gate, (), cleared=_is_cleared(case, report))
    if selectors.is_prohibited(case):
        raise NotAllowedError(_PROHIBITED)
    asked = _asked(case, gate, report.claims)
    del asked["carry_gates"]
    return reviews.break_glass(**asked, reason=reason, by=by)


def why_not_break_glass(case: UseCase, *, gate: rules.Gate) -> str:
    """Why no break-glass lets the case as it is through the gate, in words, or ""; whoever may break it."""
    if selectors.is_prohibited(case):
        return _PROHIBITED
    before = review_selectors.broken_before(case.subject, gate=gate.key, content_hash=case.content_hash)
    return "Exactly this was let through before; its review decides." if before else ""


def _is_cleared(case: UseCase, report: selectors.GateReport) -> bool:
    return report.gate is not None and selectors.is_cleared(case, report.gate)


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


def _opened(use_case: UseCase, version: int | None, by: User) -> UseCase:
    """The case as it stands, locked. Raises NotAllowedError before anything is asked about its reviews."""
    saving.check_may_speak_for(UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk), by=by)
    return _current(use_case, version=version)


def _current(use_case: UseCase, *, version: int | None = None) -> UseCase:
    """The case with its standing, locked, without a lowered tier whose day is over. Raises ConflictError."""
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    if version is not None:
        rules.check_version(seen=version, current=case.version)
    tiers.end_lowered(case)
    return selectors.with_review(selectors.with_standing(UseCase.objects.filter(pk=use_case.pk))).get()


def _frozen(claim: Claim) -> dict[str, Any]:
    return {
        "claim": str(claim.pk), "name": claim.name, "verdict": claim.verdict, "summary": claim.summary,
        "source": f"{claim.source_kind}:{claim.source_id}", "content_hash": claim.content_hash,
        "facts": claim.facts, "valid_until": claim.valid_until.isoformat(),
    }  # fmt: skip
