"""What every change of a case does: lock it, weigh it, hash it, save it, and tell of it."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import Role, User
from apps.audit import services as audit
from apps.core.errors import NotAllowedError
from apps.core.hashing import sha256_hex
from apps.outbox import services as outbox
from apps.reviews import services as reviews
from apps.usecases import rules, selectors
from apps.usecases.models import Direction, StageStay, TierAdjustment, UseCase
from apps.usecases.rules import tiers

# The columns that follow from all others and from the rules in force.
DERIVED = ("content_hash", "configuration_hash", "tier", "tier_provisional", "tier_rules")
_NOT_YOURS = (
    "Only the owner or sponsor of this case, {helpers}an administrator, may do this; an AI engineer may pin its prompt "
    "and endpoint and evaluate them."
)


def check_may_edit(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError unless `by` may pin and evaluate for the case: who writes its record, and AI engineers."""
    if not access.may_on(by, case, Role.AI_ENGINEER):
        check_may_write(case, by=by)


def check_may_write(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError unless `by` may write the record: who speaks for the case, and its contributors."""
    if not (_speaks_for(case, by) or _contributes_to(case, by)):
        raise NotAllowedError(_NOT_YOURS.format(helpers="its contributors, or "))


def check_may_speak_for(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError unless `by` owns or sponsors the case or is an administrator."""
    if not _speaks_for(case, by):
        raise NotAllowedError(_NOT_YOURS.format(helpers="or "))


def check_may_overtake(case: UseCase, *, findings: Collection[str], by: User) -> None:
    """Raise NotAllowedError where one of these findings prohibits the case, unless `by` could take it back as well."""
    for field in (rules.FIELDS[key] for key in sorted(selectors.prohibiting(case).intersection(findings))):
        if selectors.why_not_find(case, field, by=by):
            raise NotAllowedError(
                f"What the {field.lane} lane found prohibits this case ({field.label}), so the question it answers "
                f"stays as it is. A reviewer of the {field.lane} lane without a part in the case takes it back first."
            )


class Rights(NamedTuple):
    """What somebody may do with a case: speak for it, write its record, pin and evaluate for it."""

    speaks: bool
    writes: bool
    edits: bool


def rights(case: UseCase, *, by: User) -> Rights:
    """What the three checks above would let `by` do, each thing asked once."""
    speaks = _speaks_for(case, by)
    writes = speaks or _contributes_to(case, by)
    return Rights(speaks, writes, writes or access.may_on(by, case, Role.AI_ENGINEER))


def _contributes_to(case: UseCase, by: User) -> bool:
    return case.contributors.filter(person=by).exists()


def _speaks_for(case: UseCase, by: User) -> bool:
    return by.pk in (case.owner_id, case.sponsor_id) or access.may_on(by, case, Role.ADMINISTRATOR)


def opened(use_case: UseCase, *, version: int, by: User, may: Callable[..., None]) -> UseCase:
    """The case and its open review, locked for a change of what `by` saw as `version`.

    Raises NotAllowedError by `may`, ConflictError when somebody else has saved it meanwhile.
    """
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    may(case, by=by)
    rules.check_version(seen=version, current=case.version)
    lock_review(case)
    return case


def lock_review(case: UseCase) -> None:
    """Lock the open review of a locked case before anything is audited, as deciding does.

    In another order the two could wait for one another for ever.
    """
    reviews.open_for(case.subject)


def saved(
    case: UseCase,
    *,
    action: str,
    what: str,
    by: User | None,
    is_edit: bool = True,
    why_void: str = reviews.CHANGED,
    **data: Any,
) -> UseCase:
    """The case, weighed, hashed and stored as its next version, with its event; a review of other content is voided.

    Whoever edited what a review would freeze has a part in the case from now on.
    """
    before = case.content_hash
    weigh(case)
    rehash(case)
    case.version += 1
    case.save()
    if is_edit and by and case.content_hash != before:
        case.editors.add(by)
    audit.record(action=action, subject=case.subject, by=by, content_hash=case.content_hash, **data)
    reviews.void_if_changed(subject=case.subject, content_hash=case.content_hash, why=why_void)
    outbox.publish("content.changed", kind=case.subject.kind, id=case.subject.id)
    if by:
        tell(case, what=what, by=by)
    return case


def tell(case: UseCase, *, what: str, by: User) -> None:
    """Publish the change for people and other systems; an import of thousands tells nobody."""
    outbox.publish("use_case.changed", use_case=str(case.pk), version=str(case.version), what=what, by=str(by.pk))


def weigh(case: UseCase) -> None:
    """Set the tier that the rules in force give, and end the lowered tiers that do not cover it. Does not save."""
    result = selectors.weighed(case)
    case.tier, case.tier_provisional, case.tier_rules = result.tier, result.provisional, result.rule_set.version
    if not case._state.adding:
        _end_uncovered(case, result)


def _end_uncovered(case: UseCase, result: rules.TierResult) -> None:
    for lowered in TierAdjustment.objects.filter(use_case=case, direction=Direction.LOWER, ended_at=None):
        more = set(tiers.overruled(result, lowered.to_tier)) - set(lowered.overrules)
        if more:
            end(lowered, why=f"Other rules ask for more since: {', '.join(sorted(more))}.")


def end(adjustment: TierAdjustment, *, why: str) -> None:
    """End an adjustment of a tier, or a proposal of one. The case is weighed and saved by whoever calls this."""
    adjustment.ended_at, adjustment.ended_why = timezone.now(), why[:500]
    adjustment.save(update_fields=["ended_at", "ended_why", "updated_at"])


def rehash(case: UseCase) -> None:
    """Set the hashes of what a review would freeze and of what is evaluated. Does not save."""
    case.configuration_hash = rules.configuration_hash(
        case.prompt_version.content_hash if case.prompt_version else "",
        case.endpoint.content_hash if case.endpoint else "",
    )
    case.content_hash = sha256_hex(selectors.revision(case))


def enter_stage(case: UseCase) -> None:
    """Note that the case is in its stage from now on, and no longer in the one before."""
    now = timezone.now()
    StageStay.objects.filter(use_case=case, left_at=None).update(left_at=now)
    StageStay.objects.create(use_case=case, stage=case.stage, entered_at=now)
