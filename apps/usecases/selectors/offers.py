"""What a person may do with a record or a tier, so that pages offer nothing that a service then refuses."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from apps.accounts import access
from apps.accounts.models import Lane, Membership, Role, User
from apps.reviews import selectors as reviews
from apps.usecases import rules
from apps.usecases.models import Tier, TierAdjustment, UseCase

_FINDING_LANES = frozenset(field.lane for field in rules.FIELDS.values() if field.lane)


def may_find(case: UseCase, field: rules.Field, *, by: User) -> bool:
    """Whether the person may give a value to a field that a lane answers: its reviewer, without a part in the case."""
    return _finds(case, (field.lane,), by)


def finds(case: UseCase, *, by: User) -> bool:
    """Whether the person may answer any of the fields that lanes answer."""
    return _finds(case, _FINDING_LANES, by)


def _finds(case: UseCase, lanes: Collection[str], by: User) -> bool:
    mine = [m for lane in lanes for m in access.held(by, Role.REVIEWER, lane=lane)]
    return by.is_person and _reaches(case, mine) and not _has_a_part(case, by)


def tier_verbs(case: UseCase, adjustments: Sequence[TierAdjustment], *, by: User) -> set[str]:
    """Which of `raise`, `lower`, `confirm` and `decline` the person may use; `adjustments` are all of the case."""
    roles = sorted(reviews.deciding_roles())
    if not (by.is_person and _reaches(case, access.held(by, *(Role(role) for role in roles)))):
        return set()
    proposed = next((one for one in adjustments if one.is_open), None)
    found = {"raise"} if case.effective_tier != Tier.PROHIBITED else set()
    if proposed is not None:
        found.add("decline")
    if _was_involved(case, by):
        return found
    if proposed is not None and proposed.proposed_by_id != by.pk:
        found.add("confirm")
    risk = _reaches(case, access.held(by, Role.STEWARD, Role.REVIEWER, lane=Lane.STEWARD))
    lowerable = case.effective_tier != Tier.STANDARD and case.tier != Tier.PROHIBITED and not case.tier_provisional
    return found | ({"lower"} if proposed is None and risk and lowerable else set())


def _reaches(case: UseCase, memberships: Collection[Membership]) -> bool:
    reach = access.reach(UseCase, memberships)
    return bool(memberships) and UseCase.objects.filter(reach, pk=case.pk).exists()


def _has_a_part(case: UseCase, person: User) -> bool:
    is_named = person.pk in (case.owner_id, case.sponsor_id)
    return is_named or case.contributors.filter(person=person).exists()


def _was_involved(case: UseCase, person: User) -> bool:
    if person.pk in (case.owner_id, case.sponsor_id):
        return True
    part = Q(contributors__person=person) | Q(editors=person)
    return UseCase.objects.filter(part, pk=case.pk).exists()
