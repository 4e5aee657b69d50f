"""The tier of cases: as the rules see it, and as people have set it."""

from collections.abc import Collection
from datetime import date

from django.db.models import CharField, Func, Q, QuerySet, Value
from django.utils import timezone

from apps.core.models import Viewer
from apps.usecases import rules
from apps.usecases.models import Direction, Tier, TierAdjustment, UseCase
from apps.usecases.rules import tiers


def today() -> date:
    """The day on which rules and adjustments are asked, in UTC."""
    return timezone.now().date()


def rule_set(on: date | None = None) -> rules.RuleSet:
    """The rules in force on a day, today without one."""
    return tiers.in_force(rules.rule_sets(), on or today())


def weighed(case: UseCase, *, on: date | None = None) -> rules.TierResult:
    """What the rules in force make of the case: its tier, every rule that fired, and what would change it."""
    return tiers.tier(case.answers, rule_set(on))


def prohibiting(case: UseCase) -> set[str]:
    """The fields whose answers prohibit the case for certain."""
    fired = [one for one in weighed(case).fired if one.certain and one.rule.tier == Tier.PROHIBITED]
    return {key for one in fired for key in one.by}


class _Tier(Func):
    """`usecases_tier(id, tier, day)`."""

    function = "usecases_tier"
    output_field = CharField()


def is_prohibited(case: UseCase) -> bool:
    """Whether an answer prohibits the case for certain, or people do, and not only the worst that open answers can be.

    An answer does so whatever else is open.
    """
    by_people = _holding(today()).filter(use_case=case, direction=Direction.RAISE, to_tier=Tier.PROHIBITED)
    return bool(prohibiting(case)) or (effective_tier(case) == Tier.PROHIBITED and by_people.exists())


def with_tier(cases: QuerySet[UseCase], *, on: date | None = None) -> QuerySet[UseCase]:
    """Annotate `.effective_tier`: the computed one, or what people set in its place and still holds on that day."""
    # As a dictionary: a second definition to mypy.
    return cases.annotate(**{"effective_tier": _Tier("pk", "tier", Value(on or today()))})  # noqa: PIE804


def _holding(on: date) -> QuerySet[TierAdjustment]:
    """The adjustments that hold on a day, oldest first."""
    found = TierAdjustment.objects.filter(holds_from__isnull=False, ended_at=None)
    return found.filter(Q(expires_on=None) | Q(expires_on__gte=on)).order_by("holds_from")


def of_tier(cases: QuerySet[UseCase], chosen: Collection[str]) -> QuerySet[UseCase]:
    """The cases with one of these effective tiers, today; few have any but the computed one."""
    adjusted = Q(pk__in=_holding(today()).order_by().values("use_case"))
    return with_tier(cases).filter(~adjusted & Q(tier__in=chosen) | adjusted & Q(effective_tier__in=chosen))


def effective_tier(case: UseCase, *, on: date | None = None) -> Tier:
    """The tier that counts for one case on a day, today without one."""
    # What is not stored yet has nothing that could have been set in its place.
    holding = TierAdjustment.objects.none() if case._state.adding else _holding(on or today()).filter(use_case=case)
    return tiers.effective(case.tier, holding.values_list("direction", "to_tier"))


def ended_lowerings(case: UseCase) -> QuerySet[TierAdjustment]:
    """The lowered tiers of the case whose last day is over and that were not ended since, the last to end first."""
    return _ended_lowerings(today()).filter(use_case=case).order_by("-expires_on", "pk")


def with_ended_lowering(*, on: date) -> QuerySet[UseCase]:
    """The cases that have one on a day."""
    return UseCase.objects.filter(pk__in=_ended_lowerings(on).values("use_case")).order_by("number")


def _ended_lowerings(on: date) -> QuerySet[TierAdjustment]:
    return TierAdjustment.objects.filter(holds_from__isnull=False, ended_at=None, expires_on__lt=on)


def adjustments(case: UseCase) -> QuerySet[TierAdjustment]:
    """Whatever people set or proposed in place of the computed tier, newest first."""
    return (
        TierAdjustment.objects.filter(use_case=case).select_related("proposed_by", "decided_by").order_by("-created_at")
    )


def proposal(case: UseCase) -> TierAdjustment | None:
    """The lower tier of the case that waits for the second person; there is one at most."""
    return TierAdjustment.objects.filter(use_case=case, holds_from=None, ended_at=None).first()


def proposals(*, viewer: Viewer) -> QuerySet[TierAdjustment]:
    """Lowered tiers that wait for the second person, of cases that `viewer` may see, oldest first."""
    found = TierAdjustment.objects.visible_to(viewer).filter(holds_from=None, ended_at=None)
    return found.select_related("use_case", "proposed_by").order_by("created_at")


def outdated(*, on: date | None = None) -> QuerySet[UseCase]:
    """The cases that were weighed by other rules than those in force."""
    return UseCase.objects.exclude(tier_rules=rule_set(on).version).order_by("number")
