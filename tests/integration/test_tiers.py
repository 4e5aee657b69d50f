"""The tier of a case on real PostgreSQL: computed at every write, raised and lowered by people, weighed anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.accounts.models import Lane, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.reviews.models import RequestState
from apps.usecases import selectors, services
from apps.usecases.models import Direction, Tier, TierAdjustment, UseCase
from apps.usecases.rules import rule_sets, tiers
from tests.factories import cases
from tests.factories.answers import FIRING, HARMLESS
from tests.factories.people import person, unit

pytestmark = pytest.mark.django_db
SOON = timedelta(days=30)


def fresh(case: UseCase) -> UseCase:
    """The case as it is now."""
    return UseCase.objects.get(pk=case.pk)


def weighed(case: UseCase | None = None, **answers: Any) -> UseCase:
    """A case with harmless answers but these."""
    case = fresh(case) if case else cases.case(answers={})
    return services.answer(
        use_case=case, version=case.version, answers={**HARMLESS, **answers}, by=case.owner
    )  # fmt: skip


def proposed(case: UseCase, *, by: User | None = None, to: str = "STANDARD", **more: Any) -> TierAdjustment:
    """A lower tier that a steward proposes."""
    given = {"reason": "Thirty users.", "expires_on": timezone.now().date() + SOON, **more}
    return services.propose_lower_tier(use_case=case, to=to, by=by or person(Role.STEWARD), **given)


def lowered(case: UseCase, **more: Any) -> TierAdjustment:
    """A lower tier that a second person confirmed."""
    proposed(case, **more)
    return services.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))


def raised(case: UseCase, to: str) -> TierAdjustment:
    """A higher tier that a steward sets."""
    return services.raise_tier(use_case=case, to=to, reason="Press interest.", by=person(Role.STEWARD))


def counts(case: UseCase, on: date | None = None) -> str:
    """The tier that counts, as one case and as a list tell it."""
    found = selectors.with_tier(UseCase.objects.filter(pk=case.pk), on=on).get().effective_tier
    assert found == selectors.effective_tier(fresh(case), on=on)
    return found


def actions(case: UseCase) -> list[str]:
    """What the trail tells of the case."""
    told = AuditEvent.objects.filter(subject_id=str(case.pk)).order_by("sequence")
    return list(told.values_list("action", flat=True))


def test_a_new_case_is_provisionally_of_the_highest_tier() -> None:
    case = cases.case(answers={})
    assert (case.tier, case.tier_provisional, case.tier_rules) == (Tier.PROHIBITED, True, rule_sets()[-1].version)


def test_the_tier_follows_each_answer() -> None:
    case = weighed()
    assert (case.tier, case.tier_provisional) == (Tier.STANDARD, False)
    assert weighed(case, **FIRING["safety-component"]).tier == Tier.HIGH
    unknown = weighed(case, personal_data={"missing": "unknown"})
    assert (unknown.tier, unknown.tier_provisional) == (Tier.ELEVATED, True)


def test_a_changed_tier_is_part_of_the_revision() -> None:
    case = weighed()
    assert {"field": "Risk tier", "value": "Standard"} in selectors.revision(case)
    assert {"field": "Risk tier", "value": "Prohibited (provisional)"} in selectors.revision(cases.case(answers={}))


@pytest.mark.parametrize("role", [Role.STEWARD, Role.ARCHITECT, Role.REVIEWER])
def test_any_reviewer_raises_a_tier_with_a_reason(role: Role) -> None:
    case = weighed()
    services.raise_tier(use_case=case, to="HIGH", reason="Press interest.", by=person(role, lane=Lane.PRIVACY))
    assert (counts(case), fresh(case).tier) == ("HIGH", "STANDARD")
    assert actions(case)[-1] == "use_case.tier_raised"


@pytest.mark.parametrize("role", [Role.BUSINESS_OWNER, Role.AI_ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_raises_a_tier(role: Role) -> None:
    with pytest.raises(NotAllowedError, match="decide on the tier"):
        services.raise_tier(use_case=weighed(), to="HIGH", reason="No.", by=person(role))


def test_a_reviewer_of_another_unit_raises_nothing_here() -> None:
    stranger = person(Role.REVIEWER, lane=Lane.PRIVACY, unit=unit("Elsewhere"))
    with pytest.raises(NotAllowedError):
        services.raise_tier(use_case=weighed(), to="HIGH", reason="No.", by=stranger)


@pytest.mark.parametrize(
    ("given", "field"), [({"to": "STANDARD"}, "to"), ({"to": "GRAVE"}, "to"), ({"reason": " … "}, "reason")]
)
def test_a_raise_without_sense_is_refused_with_its_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        services.raise_tier(use_case=weighed(), by=person(Role.STEWARD), **{"to": "HIGH", "reason": "Why.", **given})
    assert refused.value.fields.keys() == {field}


def test_a_raised_tier_voids_an_open_review_and_lapses_an_approval() -> None:
    case = cases.case()
    request = cases.submitted(case)
    services.raise_tier(use_case=case, to="HIGH", reason="Press interest.", by=person(Role.STEWARD))
    request.refresh_from_db()
    assert request.state == RequestState.VOIDED


def test_a_raise_makes_no_editor_of_the_reviewer() -> None:
    case, reviewer = weighed(), person(Role.STEWARD)
    services.raise_tier(use_case=case, to="HIGH", reason="Press interest.", by=reviewer)
    assert reviewer not in case.editors.all()


def test_a_raised_tier_stays_while_the_answers_stay_below_it() -> None:
    case = weighed()
    services.raise_tier(use_case=case, to="ELEVATED", reason="Press interest.", by=person(Role.STEWARD))
    weighed(case, **FIRING["safety-component"])
    assert counts(case) == "HIGH"
    weighed(case, safety_component={"value": False})
    assert counts(case) == "ELEVATED"


def test_a_lower_tier_counts_once_two_people_have_said_so_and_until_its_day() -> None:
    case = weighed(**FIRING["safety-component"])
    proposal = proposed(case, to="ELEVATED")
    assert counts(case) == "HIGH"
    services.confirm_lower_tier(use_case=case, by=person(Role.REVIEWER, lane=Lane.SECURITY))
    last = proposal.expires_on
    assert last
    assert [counts(case, on=on) for on in (None, last, last + timedelta(days=1))] == ["ELEVATED", "ELEVATED", "HIGH"]
    assert actions(case)[-2:] == ["use_case.tier_lowering_proposed", "use_case.tier_lowered"]


def test_lists_are_narrowed_by_the_tier_that_counts() -> None:
    case = weighed(**FIRING["safety-component"])
    lowered(case)
    assert [selectors.of_tier(UseCase.objects.all(), [tier]).exists() for tier in ("STANDARD", "HIGH")] == [True, False]


@pytest.mark.parametrize(
    "who",
    [
        lambda: person(Role.ARCHITECT), lambda: person(Role.REVIEWER, lane=Lane.PRIVACY), lambda: person(Role.FINOPS),
        lambda: person(Role.ADMINISTRATOR), lambda: person(Role.STEWARD, unit=unit("Elsewhere")),
    ],
)  # fmt: skip
def test_only_the_risk_lane_proposes_a_lower_tier(who: Callable[[], User]) -> None:
    with pytest.raises(NotAllowedError, match="Only a steward"):
        proposed(weighed(**FIRING["safety-component"]), by=who())


def test_a_reviewer_of_the_stewards_lane_proposes_too() -> None:
    assert proposed(weighed(**FIRING["costly"]), by=person(Role.REVIEWER, lane=Lane.STEWARD)).is_open


def test_nobody_lowers_what_they_have_a_part_in() -> None:
    owner = person(Role.BUSINESS_OWNER, Role.STEWARD)
    case = weighed(cases.case(answers={}, by=owner), **FIRING["costly"])
    with pytest.raises(NotAllowedError, match="have or had a part"):
        proposed(case, by=owner)
    proposed(case)
    with pytest.raises(NotAllowedError, match="have or had a part"):
        services.confirm_lower_tier(use_case=case, by=owner)


def test_one_person_alone_lowers_nothing() -> None:
    case, steward = weighed(**FIRING["costly"]), person(Role.STEWARD)
    proposal = proposed(case, by=steward)
    with pytest.raises(NotAllowedError, match="a second person"):
        services.confirm_lower_tier(use_case=case, by=steward)
    with pytest.raises(NotAllowedError, match="decide on the tier"):
        services.confirm_lower_tier(use_case=case, by=person(Role.AI_ENGINEER))
    with pytest.raises(DatabaseError, match="tier_lowered_by_two"), transaction.atomic():
        TierAdjustment.objects.filter(pk=proposal.pk).update(holds_from=timezone.now(), decided_by=steward)


def test_what_is_provisional_or_prohibited_is_not_lowered() -> None:
    with pytest.raises(ConflictError, match="Answer what is open first"):
        proposed(cases.case(answers={}), to="HIGH")
    case = weighed(practices={"value": ["social_scoring"]})
    finding = {"practice_finding": {"value": "confirmed"}}
    legal = person(Role.REVIEWER, lane=Lane.LEGAL)
    services.answer(use_case=case, version=case.version, answers=finding, by=legal)
    with pytest.raises(ConflictError, match="Nobody lowers what the law prohibits"):
        proposed(case, to="HIGH")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"to": "HIGH"}, "to"), ({"to": "GRAVE"}, "to"), ({"expires_on": date(2020, 1, 1)}, "expires_on"),
        ({"expires_on": date(2100, 1, 1)}, "expires_on"), ({"reason": ""}, "reason"),
    ],
)  # fmt: skip
def test_a_proposal_without_sense_is_refused_with_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        proposed(weighed(**FIRING["safety-component"]), **given)
    assert refused.value.fields.keys() == {field}


def test_one_proposal_waits_at_a_time_and_can_be_declined() -> None:
    case = weighed(**FIRING["costly"])
    proposal = proposed(case)
    assert list(selectors.proposals(viewer=person(Role.STEWARD))) == [proposal]
    with pytest.raises(ConflictError, match="proposed already"):
        proposed(case)
    declined = services.decline_lower_tier(use_case=case, reason="Too early.", by=person(Role.ARCHITECT))
    assert (declined.ended_why, declined.is_open) == ("Too early.", False)
    with pytest.raises(ConflictError, match="No lower tier is proposed"):
        services.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))
    assert proposed(case).is_open


def test_a_lower_tier_ends_when_another_rule_asks_for_more() -> None:
    case = weighed(**FIRING["safety-component"])
    adjustment = lowered(case)
    weighed(case, **FIRING["safety-component"], new_supplier={"value": False}, residency={"value": ["eu"]})
    assert counts(case) == "STANDARD"
    weighed(case, **FIRING["safety-component"], **FIRING["public-impact"])
    adjustment.refresh_from_db()
    assert counts(case) == "HIGH"
    assert adjustment.ended_why == "Other rules ask for more since: public-impact."


def test_a_proposal_ends_so_too_and_cannot_be_confirmed() -> None:
    case = weighed(**FIRING["safety-component"])
    proposed(case)
    weighed(case, **FIRING["safety-component"], **FIRING["public-impact"])
    with pytest.raises(ConflictError, match="No lower tier is proposed"):
        services.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))


def test_a_raise_over_a_lower_tier_counts() -> None:
    case = weighed(**FIRING["safety-component"])
    lowered(case)
    services.raise_tier(use_case=case, to="PROHIBITED", reason="An incident.", by=person(Role.STEWARD))
    assert counts(case) == "PROHIBITED"


def test_a_tier_lowered_after_a_raise_is_the_one_that_two_people_agreed_on() -> None:
    case = weighed()
    raised(case, "HIGH")
    last = lowered(case, to="ELEVATED").expires_on
    assert last
    assert [counts(case, on=on) for on in (None, last, last + timedelta(days=1))] == ["ELEVATED", "ELEVATED", "HIGH"]


def test_a_tier_raised_after_a_lowering_is_the_one_that_was_set() -> None:
    case = weighed(**FIRING["safety-component"])
    lowered(case)
    raised(case, "ELEVATED")
    assert counts(case) == "ELEVATED"


def test_what_lowers_nothing_any_more_is_not_confirmed() -> None:
    case = weighed(**FIRING["safety-component"])
    proposed(case, to="ELEVATED")
    weighed(case, safety_component={"value": False})
    with pytest.raises(ConflictError, match="the tier is Standard already"):
        services.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))


_SET = [(Direction.RAISE, to) for to in Tier] + [(Direction.LOWER, to) for to in Tier]


@pytest.mark.parametrize("first", _SET)
def test_database_and_rules_agree_on_every_tier_after_any_three_adjustments(first: tuple[str, str]) -> None:
    case, one, two = weighed(), person(), person()
    begun, soon = timezone.now(), timezone.now().date() + SOON
    ways = [(first, *rest) for rest in product(_SET, repeat=2)] + [(first,)]
    for way in ways:
        with transaction.atomic():
            TierAdjustment.objects.bulk_create(
                TierAdjustment(
                    use_case=case, direction=direction, computed=Tier.HIGH, to_tier=to, reason="Why.", proposed_by=one,
                    decided_by=two, holds_from=begun + timedelta(seconds=place),
                    expires_on=soon if direction == Direction.LOWER else None,
                )
                for place, (direction, to) in enumerate(way)
            )  # fmt: skip
            for computed in Tier:
                UseCase.objects.filter(pk=case.pk).update(tier=computed)
                assert counts(case) == tiers.effective(computed, way), (computed, way)
            transaction.set_rollback(True)


@pytest.mark.parametrize("spoil", [{"to_tier": "HIGH"}, {"reason": "x"}, {"expires_on": date(2099, 1, 1)}])
def test_what_was_said_of_a_tier_is_never_changed(spoil: dict[str, Any]) -> None:
    adjustment = lowered(weighed(**FIRING["costly"]))
    with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), transaction.atomic():
        TierAdjustment.objects.filter(pk=adjustment.pk).update(**spoil)


def test_a_lower_tier_without_an_end_cannot_be_stored() -> None:
    case, by = weighed(**FIRING["costly"]), person(Role.STEWARD)
    with pytest.raises(DatabaseError, match="tier_lowered_until_a_day"), transaction.atomic():
        TierAdjustment.objects.create(
            use_case=case,
            direction=Direction.LOWER,
            computed="ELEVATED",
            to_tier="STANDARD",
            reason="x",
            proposed_by=by,
        )


@pytest.fixture
def newer_rules(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts newer rules in force, in which one rule asks for another tier."""

    def put(tier: str) -> None:
        old = rule_sets()[-1]
        rules = tuple(replace(rule, tier=Tier(tier)) if rule.id == "costly" else rule for rule in old.rules)
        newer = replace(old, version="2026-11", effective_from=date(2026, 1, 1), rules=rules)
        monkeypatch.setattr("apps.usecases.rules.rule_sets", lambda: (newer,))

    return put


@pytest.mark.parametrize(("tier", "standing"), [("ELEVATED", "CLEARED"), ("HIGH", "LAPSED")])
def test_newer_rules_lapse_an_approval_only_where_the_tier_changes(
    newer_rules: Callable[[str], None], tier: str, standing: str
) -> None:
    case = weighed(cases.case(), **FIRING["costly"])
    cases.decided(cases.submitted(case))
    newer_rules(tier)
    assert list(selectors.outdated()) == [case]
    services.keep_current(on=timezone.now())
    after = selectors.use_case(case.ref, viewer=case.owner)
    assert (after.tier, after.tier_rules, after.standing) == (tier, "2026-11", standing)
    assert not selectors.outdated()
    assert ("use_case.reweighed" in actions(case)) is (tier == "HIGH")


def test_a_day_is_weighed_by_the_rules_of_that_day() -> None:
    result = selectors.weighed(cases.case(answers={}), on=date(2026, 10, 1))
    assert result.rule_set.version == "2026-10"
