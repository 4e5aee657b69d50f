"""What a person may do with a record or a tier, for the services that decide and the pages that offer it."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from apps.accounts import access
from apps.accounts.models import Lane, Membership, Role, User
from apps.reviews import selectors as reviews
from apps.usecases import rules
from apps.usecases.models import Tier, TierAdjustment, UseCase
from apps.usecases.rules import permits
from apps.usecases.selectors import tiers

# One field of each lane that answers some: who may answer one may answer all of the lane.
_ONE_A_LANE = {field.lane: field for field in rules.FIELDS.values() if field.lane}


def part_in(person: User) -> Q:
    """The cases in which the person has or had a part: as owner, sponsor, contributor or editor."""
    return Q(owner=person) | Q(sponsor=person) | Q(editors=person) | Q(contributors__person=person)


def why_not_find(case: UseCase, field: rules.Field, *, by: User) -> str:
    """Why the person may not answer a field that a lane answers, in words; "" for its reviewers without a part."""
    in_lane = by.is_person and _reaches(case, access.held(by, Role.REVIEWER, lane=field.lane))
    return permits.why_not_find(field, in_lane=in_lane, has_part=in_lane and _has_part(case, by))


def may_find(case: UseCase, field: rules.Field, *, by: User) -> bool:
    """Whether the person may give a value to a field that a lane answers, or take it back."""
    return not why_not_find(case, field, by=by)


def finds(case: UseCase, *, by: User) -> bool:
    """Whether the person may answer any of the fields that lanes answer."""
    return any(may_find(case, field, by=by) for field in _ONE_A_LANE.values())


def bearing(case: UseCase, proposal: TierAdjustment | None, *, by: User) -> permits.Bearing:
    """What the person is to the case when its tier is set; `proposal` is the lower tier that waits, if there is one."""
    roles = [Role(role) for role in sorted(reviews.deciding_roles())]
    decides = _reaches(case, access.held(by, *roles))
    heads_risk = _reaches(case, access.held(by, Role.STEWARD, Role.REVIEWER, lane=Lane.STEWARD))
    return permits.Bearing(
        is_person=by.is_person, decides=decides, heads_risk=heads_risk,
        # Asked of few: nobody else may do what a part would bar them from.
        has_part=(decides or heads_risk) and _has_part(case, by),
        proposed=proposal is not None and proposal.proposed_by_id == by.pk,
        deciders=" or ".join(role.label for role in roles),
    )  # fmt: skip


def why_not_set(case: UseCase, verb: permits.TierVerb, *, by: User) -> str:
    """Why the person may not do this with the tier of the case, in words, or ""."""
    return permits.why_not_set(verb, bearing(case, tiers.proposal(case), by=by))


def tier_verbs(case: UseCase, adjustments: Sequence[TierAdjustment], *, by: User) -> set[str]:
    """Which of `raise`, `lower`, `confirm` and `decline` the person may use; `adjustments` are all of the case."""
    proposal = next((one for one in adjustments if one.is_open), None)
    who = bearing(case, proposal, by=by)
    return {verb for verb in _fitting(case, proposal) if not permits.why_not_set(verb, who)}


def _fitting(case: UseCase, proposal: TierAdjustment | None) -> set[permits.TierVerb]:
    """The verbs for which the case is ready."""
    found: set[permits.TierVerb] = {"raise"} if case.effective_tier != Tier.PROHIBITED else set()
    if proposal is not None:
        return found | {"confirm", "decline"}
    fixed = permits.why_not_lowered(case.tier, provisional=case.tier_provisional)
    return found if fixed or case.effective_tier == Tier.STANDARD else found | {"lower"}


def _reaches(case: UseCase, memberships: Collection[Membership]) -> bool:
    reach = access.reach(UseCase, memberships)
    return bool(memberships) and UseCase.objects.filter(reach, pk=case.pk).exists()


def _has_part(case: UseCase, person: User) -> bool:
    return UseCase.objects.filter(part_in(person), pk=case.pk).exists()
