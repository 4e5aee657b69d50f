"""Conditions of an approval: asked for with the decision, handed in by their owner, verified by another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.reviews import selectors
from apps.reviews.models import Condition, ConditionState, Decision
from apps.reviews.services.requests import note


@dataclass(frozen=True)
class ConditionAsk:
    """What an approval asks for: `owner` owes what `wanted` describes until `due_on`, `verifier` looks at it."""

    text: str
    owner: User
    due_on: date
    blocking: bool
    verifier: User
    wanted: str = ""


def wrong(asked: Sequence[ConditionAsk], *, about: Ref, barred: Collection[UUID]) -> dict[str, list[str]]:
    """What is wrong with conditions before they are added, by field; `barred` may not verify, all must see `about`."""
    today = timezone.now().date()
    found = [
        f"Condition {place}: {words}"
        for place, ask in enumerate(asked, start=1)
        for words in _faults(ask, about, barred, today)
    ]
    return {"conditions": found} if found else {}


def _faults(ask: ConditionAsk, about: Ref, barred: Collection[UUID], today: date) -> list[str]:
    faults = {
        "say what must be done.": not clean_text(ask.text).strip(),
        "its owner must be an active person.": not (ask.owner.is_active and ask.owner.is_person),
        "its verifier must be an active person.": not (ask.verifier.is_active and ask.verifier.is_person),
        "its owner cannot verify it; name somebody else.": ask.owner.pk == ask.verifier.pk,
        "its verifier has a part in what is reviewed; name somebody else.": ask.verifier.pk in barred,
        "its owner may not see what is reviewed; name somebody who may.": _is_blind(ask.owner, about),
        "its verifier may not see what is reviewed; name somebody who may.": _is_blind(ask.verifier, about),
        "it must be due today or later.": ask.due_on < today,
    }
    return [words for words, holds in faults.items() if holds]


def _is_blind(person: User, about: Ref) -> bool:
    """Whether an active person may not see the thing; who has left is named as that alone."""
    return person.is_active and not selectors.sees(person, about)


def add(decision: Decision, *, asked: Sequence[ConditionAsk]) -> None:
    """Write the conditions of a decision, which were checked before."""
    for ask in asked:
        Condition.objects.create(
            decision=decision, text=clean_text(ask.text).strip(), owner=ask.owner, due_on=ask.due_on,
            blocking=ask.blocking, verifier=ask.verifier, wanted=clean_text(ask.wanted).strip(),
        )  # fmt: skip


@transaction.atomic
def meet_condition(*, condition_id: UUID, evidence: str, by: User) -> Condition:
    """Its owner hands in what was wanted; once the owner has left, whoever asked for the review.

    Raises NotAllowedError, ConflictError once it is verified, InvalidError without evidence.
    """
    condition, evidence = _locked(condition_id), clean_text(evidence).strip()
    if why := selectors.bar_to_meeting(by, condition):
        raise NotAllowedError(why)
    if condition.state == ConditionState.VERIFIED:
        raise ConflictError("This condition is verified already.")
    if not evidence:
        raise InvalidError("Nothing was handed in.", fields={"evidence": ["Say what was done and where it is seen."]})
    condition.evidence, condition.handed_in_at, condition.handed_in_by = evidence, timezone.now(), by
    condition.refused_at = None
    _save(condition, "evidence", "handed_in_at", "handed_in_by", "refused_at")
    _tell("condition.handed_in", condition, by)
    return condition


@transaction.atomic
def verify_condition(*, condition_id: UUID, accepted: bool, reason: str, by: User) -> Condition:
    """Its verifier accepts or refuses what was handed in; once they have left, anybody who may decide in the lane.

    Raises NotAllowedError, ConflictError unless something was handed in, InvalidError for a refusal without a reason.
    """
    condition, reason = _locked(condition_id), clean_text(reason).strip()
    if why := selectors.bar_to_verifying(by, condition):
        raise NotAllowedError(why)
    if condition.state != ConditionState.HANDED_IN:
        raise ConflictError(f"There is nothing to verify: the condition is {condition.state.label.lower()}.")
    if not (accepted or reason):
        raise InvalidError("Say why.", fields={"reason": ["Say what is still missing."]})
    condition.verdict = reason
    if accepted:
        condition.verified_at, condition.verified_by = timezone.now(), by
    else:
        condition.refused_at, condition.handed_in_at, condition.handed_in_by = timezone.now(), None, None
    _save(condition, "verdict", "verified_at", "verified_by", "refused_at", "handed_in_at", "handed_in_by")
    _tell("condition.verified" if accepted else "condition.refused", condition, by)
    return condition


def _locked(condition_id: UUID) -> Condition:
    rows = Condition.objects.select_for_update(no_key=True, of=("self",))
    told = rows.select_related("owner", "verifier", "decision__request")
    found = told.filter(pk=condition_id).first()
    if found is None:
        raise NotFoundError("There is no such condition.")
    return found


def _save(condition: Condition, *fields: str) -> None:
    condition.save(update_fields=[*fields, "updated_at"])


def _tell(action: str, condition: Condition, by: User) -> None:
    facts: dict[str, Any] = {"condition": str(condition.pk), "lane": condition.decision.lane}
    outbox.publish("review.condition", condition=str(condition.pk), state=condition.state.value)
    note(action, request=condition.decision.request, by=by, **facts)
