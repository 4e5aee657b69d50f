"""Raising and lowering the tier of a case past what the rules say, and weighing cases anew when the rules change."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.usecases import selectors
from apps.usecases.models import Direction, Tier, TierAdjustment, UseCase
from apps.usecases.rules import permits, tiers
from apps.usecases.services import saving

# A lowered tier is looked at again within a year.
LONGEST = timedelta(days=366)
_INVALID = "Some values are missing or wrong; see errors."


@transaction.atomic
def raise_tier(*, use_case: UseCase, to: str, reason: str, by: User) -> TierAdjustment:
    """Set a higher tier than the one that counts; any reviewer of the case may. It holds until somebody lowers it.

    Raises NotAllowedError, InvalidError with fields.
    """
    case = _locked(use_case)
    _check_may("raise", case, by)
    now = selectors.effective_tier(case)
    if to not in tiers.above(now):
        raise InvalidError(_INVALID, fields={"to": [f"Choose a tier above {now.label}."]})
    raised = TierAdjustment.objects.create(
        use_case=case, direction=Direction.RAISE, computed=case.tier, to_tier=to, reason=_reason(reason),
        proposed_by=by, decided_by=by, holds_from=timezone.now(),
    )  # fmt: skip
    _saved(case, "tier_raised", f"raised to tier {raised.get_to_tier_display()}", raised, by)
    return raised


@transaction.atomic
def propose_lower_tier(*, use_case: UseCase, to: str, reason: str, expires_on: date, by: User) -> TierAdjustment:
    """Propose a lower tier until a day; a steward or reviewer of the stewards' lane may, without a part in the case.

    It counts for nothing until another reviewer confirms it. Raises NotAllowedError, ConflictError where nothing can be
    lowered, InvalidError with fields.
    """
    case = _locked(use_case)
    _check_may("lower", case, by)
    result = _check_can_lower(case)
    now = selectors.effective_tier(case)
    wrong = {}
    if to not in tiers.below(now):
        wrong["to"] = [f"Choose a tier below {now.label}."]
    today = timezone.now().date()
    if not today < expires_on <= today + LONGEST:
        wrong["expires_on"] = ["Choose a day after today and within a year."]
    if wrong:
        raise InvalidError(_INVALID, fields=wrong)
    if selectors.proposal(case):
        raise ConflictError("A lower tier is proposed already. Confirm or decline that first.")
    proposed = TierAdjustment.objects.create(
        use_case=case, direction=Direction.LOWER, computed=case.tier, to_tier=to, reason=_reason(reason),
        overrules=tiers.overruled(result, to), proposed_by=by, expires_on=expires_on,
    )  # fmt: skip
    _audit("tier_lowering_proposed", proposed, by)
    saving.tell(case, what=f"proposed for tier {proposed.get_to_tier_display()}", by=by)
    return proposed


@transaction.atomic
def confirm_lower_tier(*, use_case: UseCase, by: User, proposal: UUID | None = None) -> TierAdjustment:
    """Confirm the lower tier that is proposed, as a second reviewer without a part in the case; it holds from now on.

    `proposal` is the one that was seen, None where the caller has compared already. Raises NotAllowedError,
    ConflictError where it waits no more, lowers nothing any more, or other rules ask for more since.
    """
    case = _locked(use_case)
    _check_may("confirm", case, by)
    proposed = _proposed(case, proposal)
    result = _check_can_lower(case)
    expires_on = proposed.expires_on or date.min
    if expires_on <= timezone.now().date() or not {*tiers.overruled(result, proposed.to_tier)} <= {*proposed.overrules}:
        raise ConflictError("This no longer fits: its day has passed, or other rules ask for more. Decline it.")
    if proposed.to_tier not in tiers.below(now := selectors.effective_tier(case)):
        raise ConflictError(f"This no longer lowers anything: the tier is {now.label} already. Decline it.")
    proposed.decided_by, proposed.holds_from = by, timezone.now()
    proposed.save(update_fields=["decided_by", "holds_from", "updated_at"])
    _saved(case, "tier_lowered", f"lowered to tier {proposed.get_to_tier_display()}", proposed, by)
    return proposed


@transaction.atomic
def decline_lower_tier(*, use_case: UseCase, reason: str, by: User, proposal: UUID | None = None) -> TierAdjustment:
    """Decline the lower tier that is proposed, or take back one's own; `proposal` as in `confirm_lower_tier`.

    Raises NotAllowedError, ConflictError.
    """
    case = _locked(use_case)
    _check_may("decline", case, by)
    proposed = _proposed(case, proposal)
    proposed.decided_by = by
    proposed.save(update_fields=["decided_by", "updated_at"])
    saving.end(proposed, why=_reason(reason))
    _audit("tier_lowering_declined", proposed, by)
    return proposed


@transaction.atomic
def weigh_anew(use_case: UseCase) -> None:
    """Weigh one case by the rules in force.

    Where these say the same of it, and no lowered tier ends by them, it keeps its content, and so its approval.
    """
    case = _locked(use_case)
    before = case.tier_rules
    saving.rehash(case)
    was = case.content_hash, case.tier
    saving.weigh(case)
    saving.rehash(case)
    # The computed tier may change beneath one that people set, which is what a review freezes.
    if (case.content_hash, case.tier) != was:
        saving.saved(
            case, action="use_case.reweighed", what=f"of tier {Tier(case.tier).label} by newer rules", by=None,
            rules=case.tier_rules, before=before, tier=case.tier,
        )  # fmt: skip
    else:
        case.save(update_fields=["tier_provisional", "tier_rules", "updated_at"])


@transaction.atomic
def end_lowered(use_case: UseCase) -> None:
    """End the lowered tiers of a case whose last day is over: from now on it is of the tier that the rules say."""
    if not selectors.ended_lowerings(use_case).exists():
        return
    case = _locked(use_case)
    # Somebody else may have ended them before this had the lock.
    over = list(selectors.ended_lowerings(case))
    for lowered in over:
        saving.end(lowered, why="Its last day is over.")
    if over:
        saving.saved(
            case, action="use_case.tier_lowering_ended", what="no longer of a lowered tier", by=None,
            adjustment=" ".join(str(lowered.pk) for lowered in over), to=case.tier,
        )  # fmt: skip


def _locked(use_case: UseCase) -> UseCase:
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    saving.lock_review(case)
    return case


def _proposed(case: UseCase, seen: UUID | None) -> TierAdjustment:
    """What is proposed for a locked case. Raises ConflictError, also for another proposal than was seen."""
    found = selectors.proposal(case)
    if found is None:
        raise ConflictError("No lower tier is proposed: somebody has confirmed or declined it, or it has ended.")
    if seen and seen != found.pk:
        raise ConflictError(
            f"Nothing was decided, since another lower tier is proposed than you saw: {found.get_to_tier_display()} "
            f"until {found.expires_on:%-d %B %Y}, by {found.proposed_by}. Read it on the page of the risk tier first."
        )
    return found


def _check_can_lower(case: UseCase) -> tiers.TierResult:
    """What the rules say. Raises ConflictError where nobody may overrule them."""
    result = selectors.weighed(case)
    if why := permits.why_not_lowered(result.tier, provisional=result.provisional):
        raise ConflictError(why)
    return result


def _check_may(verb: permits.TierVerb, case: UseCase, by: User) -> None:
    if why := selectors.why_not_set(case, verb, by=by):
        raise NotAllowedError(why)


def _reason(text: str) -> str:
    reason = clean_text(text).strip()
    if not any(letter.isalnum() for letter in reason):
        raise InvalidError(_INVALID, fields={"reason": ["Say why; it is kept."]})
    if len(reason) > 5_000:
        raise InvalidError(_INVALID, fields={"reason": ["At most 5,000 characters."]})
    return reason


def _saved(case: UseCase, action: str, what: str, adjustment: TierAdjustment, by: User) -> None:
    saving.saved(
        case, action=f"use_case.{action}", what=what, by=by, is_edit=False, adjustment=str(adjustment.pk),
        to=adjustment.to_tier,
        why_void=f"It was {what} by {by} after it was submitted, so what was under review is no longer so. Submit it "
        "again.",
    )  # fmt: skip


def _audit(action: str, adjustment: TierAdjustment, by: User) -> None:
    audit.record(
        action=f"use_case.{action}", subject=adjustment.use_case.subject, by=by, adjustment=str(adjustment.pk),
        to=adjustment.to_tier,
    )  # fmt: skip
