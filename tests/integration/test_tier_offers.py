"""Who is offered what about a tier, and that the services say the same."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import Membership, Role, User
from apps.core.errors import ConflictError, NotAllowedError
from apps.usecases import selectors, services
from tests.factories import cases
from tests.factories.answers import FIRING
from tests.factories.people import person
from tests.integration.test_tiers import counts, proposed, weighed

pytestmark = pytest.mark.django_db


def test_a_proposal_that_was_not_seen_is_neither_confirmed_nor_declined() -> None:
    case, second = weighed(**FIRING["safety-component"]), person(Role.ARCHITECT)
    seen = proposed(case, to="ELEVATED")
    services.decline_lower_tier(use_case=case, proposal=seen.pk, reason="Too early.", by=second)
    other = proposed(case)
    decisions: list[Callable[[], Any]] = [
        lambda: services.confirm_lower_tier(use_case=case, proposal=seen.pk, by=second),
        lambda: services.decline_lower_tier(use_case=case, proposal=seen.pk, reason="No.", by=second),
    ]
    for decide in decisions:
        with pytest.raises(ConflictError, match="another lower tier is proposed than you saw: Standard"):
            decide()
    services.confirm_lower_tier(use_case=case, proposal=other.pk, by=second)
    assert counts(case) == "STANDARD"


def test_whoever_proposed_takes_it_back_and_is_offered_that_also_without_the_role() -> None:
    case, steward = weighed(**FIRING["costly"]), person(Role.STEWARD)
    proposed(case, by=steward)
    Membership.objects.filter(user=steward).delete()
    steward = User.objects.get(pk=steward.pk)
    listed = selectors.use_case(case.ref, viewer=steward)
    assert selectors.tier_verbs(listed, list(selectors.adjustments(case)), by=steward) == {"decline"}
    assert services.decline_lower_tier(use_case=case, reason="A mistake.", by=steward).ended_at


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("role", [None, Role.STEWARD, Role.ARCHITECT, Role.FINOPS, Role.ADMINISTRATOR])
@pytest.mark.parametrize("part", ["none", "owner", "editor", "proposer"])
def test_what_is_offered_is_what_the_services_let_through(waits: bool, role: Role | None, part: str) -> None:
    who = person(*([role] if role else []))
    case = weighed(cases.case(answers={}, by=who) if part == "owner" else None, **FIRING["safety-component"])
    if part == "editor":
        case.editors.add(who)
    steward = who if part == "proposer" and role == Role.STEWARD else None
    if waits:
        proposed(case, by=steward)
    listed = selectors.use_case(case.ref, viewer=who)
    offered = selectors.tier_verbs(listed, list(selectors.adjustments(case)), by=who)
    tries: dict[str, Callable[[], Any]] = {
        "raise": lambda: services.raise_tier(use_case=case, to="PROHIBITED", reason="Why.", by=who),
        "lower": lambda: proposed(case, by=who),
        "confirm": lambda: services.confirm_lower_tier(use_case=case, by=who),
        "decline": lambda: services.decline_lower_tier(use_case=case, reason="Why.", by=who),
    }
    for verb, attempt in tries.items():
        with transaction.atomic():
            try:
                attempt()
            except (NotAllowedError, ConflictError):
                assert verb not in offered
            else:
                assert verb in offered
            transaction.set_rollback(True)
