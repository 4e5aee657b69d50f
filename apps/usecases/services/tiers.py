"""Raising and lowering the tier of a case past what the rules say, and weighing cases anew when the rules change."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import Lane, Role, User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.reviews import selectors as reviews
from apps.usecases import selectors
from apps.usecases.models import Direction, Tier, TierAdjustment, UseCase
from apps.usecases.rules import tiers
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
    _check_reviews(case, by)
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
    _check_heads_risk(case, by)
    result = _check_can_lower(case)
    now = selectors.effective_tier(case)
    wrong = {}
    if to not in tiers.TIERS or tiers.rank(to) >= tiers.rank(now):
        wrong["to"] = [f"Choose a tier below {now.label}."]
    today = timezone.now().date()
    if not today < expires_on <= today + LONGEST:
        wrong["expires_on"] = ["Choose a day after today and within a year."]
    if wrong:
        raise InvalidError(_INVALID, fields=wrong)
    if _proposals(case).exists():
        raise ConflictError("A lower tier is proposed already. Confirm or decline that first.")
    proposed = TierAdjustment.objects.create(
        use_case=case, direction=Direction.LOWER, computed=case.tier, to_tier=to, reason=_reason(reason),
        overrules=tiers.overruled(result, to), proposed_by=by, expires_on=expires_on,
    )  # fmt: skip
    _audit("tier_lowering_proposed", proposed, by)
    saving.tell(case, what=f"proposed for tier {proposed.get_to_tier_display()}", by=by)
    return proposed


@transaction.atomic
def confirm_lower_tier(*, use_case: UseCase, by: User) -> TierAdjustment:
    """Confirm the lower tier that is proposed, as a second reviewer without a part in the case; it holds from now on.

    Raises NotAllowedError, ConflictError where none is proposed, or other rules ask for more since.
    """
    case = _locked(use_case)
    _check_reviews(case, by)
    proposed = _proposed(case)
    _check_uninvolved(case, by)
    if by.pk == proposed.proposed_by_id:
        raise NotAllowedError("You proposed this, so a second person must confirm it.")
    result = _check_can_lower(case)
    expires_on = proposed.expires_on or date.min
    if expires_on <= timezone.now().date() or not {*tiers.overruled(result, proposed.to_tier)} <= {*proposed.overrules}:
        raise ConflictError("This no longer fits: its day has passed, or other rules ask for more. Decline it.")
    proposed.decided_by, proposed.holds_from = by, timezone.now()
    proposed.save(update_fields=["decided_by", "holds_from", "updated_at"])
    _saved(case, "tier_lowered", f"lowered to tier {proposed.get_to_tier_display()}", proposed, by)
    return proposed


@transaction.atomic
def decline_lower_tier(*, use_case: UseCase, reason: str, by: User) -> TierAdjustment:
    """Decline the lower tier that is proposed, or take back one's own. Raises NotAllowedError, ConflictError."""
    case = _locked(use_case)
    if not _proposals(case).filter(proposed_by=by).exists():
        _check_reviews(case, by)
    proposed = _proposed(case)
    proposed.decided_by = by
    proposed.save(update_fields=["decided_by", "updated_at"])
    saving.end(proposed, why=_reason(reason))
    _audit("tier_lowering_declined", proposed, by)
    return proposed


def reweigh() -> int:
    """Weigh every case anew that other rules weighed than those in force; how many there were. Asked for by beat.

    A case whose tier stays what it was keeps its content, and so its approval.
    """
    cases = list(selectors.outdated())
    for case in cases:
        weigh_anew(case)
    return len(cases)


@transaction.atomic
def weigh_anew(use_case: UseCase) -> None:
    """Weigh one case by the rules in force."""
    case = _locked(use_case)
    before, tier = case.tier_rules, case.tier
    saving.weigh(case)
    if case.tier != tier:
        saving.saved(
            case, action="use_case.reweighed", what=f"of tier {Tier(case.tier).label} by newer rules", by=None,
            rules=case.tier_rules, before=before, tier=case.tier,
        )  # fmt: skip
    else:
        case.save(update_fields=["tier_provisional", "tier_rules", "updated_at"])


@transaction.atomic
def end_lowered(use_case: UseCase) -> None:
    """End the lowered tier of a case whose last day is over: from now on the case is of the tier that the rules say."""
    over = selectors.ended_lowering(use_case)
    if over is None:
        return
    case = _locked(use_case)
    saving.end(over, why="Its last day is over.")
    saving.saved(
        case, action="use_case.tier_lowering_ended", what="no longer of a lowered tier", by=None,
        adjustment=str(over.pk), to=case.tier,
    )  # fmt: skip


def _locked(use_case: UseCase) -> UseCase:
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    saving.lock_review(case)
    return case


def _proposals(case: UseCase) -> QuerySet[TierAdjustment]:
    return TierAdjustment.objects.filter(use_case=case, holds_from=None, ended_at=None)


def _proposed(case: UseCase) -> TierAdjustment:
    """What is proposed for a locked case. Raises ConflictError."""
    found = _proposals(case).first()
    if found is None:
        raise ConflictError("No lower tier is proposed: somebody has confirmed or declined it, or it has ended.")
    return found


def _check_can_lower(case: UseCase) -> tiers.TierResult:
    """What the rules say. Raises ConflictError where nobody may overrule them."""
    result = selectors.weighed(case)
    if result.provisional:
        raise ConflictError("The tier is provisional. Answer what is open first: that may lower it by itself.")
    if result.tier == Tier.PROHIBITED:
        raise ConflictError("Nobody lowers what the law prohibits. If it is no such practice, legal answers so.")
    return result


def _check_reviews(case: UseCase, by: User) -> None:
    roles = sorted(reviews.deciding_roles())
    if not by.is_person:
        raise NotAllowedError("Programs do not decide on a tier; a person does.")
    access.require_on(by, case, *(Role(role) for role in roles), to="decide on the tier of this case")


def _check_heads_risk(case: UseCase, by: User) -> None:
    mine = access.held(by, Role.STEWARD, Role.REVIEWER, lane=Lane.STEWARD)
    if not (by.is_person and mine and UseCase.objects.filter(access.reach(UseCase, mine), pk=case.pk).exists()):
        raise NotAllowedError("Only a steward, or a reviewer of the stewards' lane, may propose a lower tier here.")
    _check_uninvolved(case, by)


def _check_uninvolved(case: UseCase, by: User) -> None:
    helpers = {*case.editors.values_list("pk", flat=True), *case.contributors.values_list("person_id", flat=True)}
    if by.pk in {case.owner_id, case.sponsor_id, *helpers}:
        raise NotAllowedError("You have or had a part in this case, so another person must lower its tier.")


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
    )  # fmt: skip


def _audit(action: str, adjustment: TierAdjustment, by: User) -> None:
    audit.record(
        action=f"use_case.{action}", subject=adjustment.use_case.subject, by=by, adjustment=str(adjustment.pk),
        to=adjustment.to_tier,
    )  # fmt: skip
