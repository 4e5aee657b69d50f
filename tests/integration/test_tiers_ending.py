"""Lowered tiers that end, by their day or by newer rules: the case, and what was asked about it, follow at once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.audit.models import AuditEvent
from apps.core.hashing import sha256_hex
from apps.reviews.models import RequestState
from apps.usecases import selectors, services
from apps.usecases.models import Tier, UseCase
from apps.usecases.rules import rule_sets
from tests.factories import cases
from tests.factories.answers import FIRING
from tests.factories.people import person
from tests.integration.test_tiers import lowered, weighed

pytestmark = pytest.mark.django_db


def fresh(case: UseCase) -> UseCase:
    """The case as it is stored, whose hash is that of what a review would freeze."""
    found = UseCase.objects.get(pk=case.pk)
    assert found.content_hash == sha256_hex(selectors.revision(found))
    return found


def put_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Newer rules, by which a second one asks for HIGH where the first does."""
    old = rule_sets()[-1]
    first = next(rule for rule in old.rules if rule.id == "safety-component")
    second = replace(first, id="costly", sentence="As dangerous.")
    rules = tuple(second if rule.id == "costly" else rule for rule in old.rules)
    newer = replace(old, version="2026-11", effective_from=date(2026, 1, 1), rules=rules)
    monkeypatch.setattr("apps.usecases.rules.rule_sets", lambda: (newer,))


def test_newer_rules_that_end_a_lowered_tier_void_the_review_that_rests_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    case = weighed(cases.case(), **FIRING["safety-component"])
    lowered(case, to="ELEVATED")
    request = cases.submitted(UseCase.objects.get(pk=case.pk))
    put_in_force(monkeypatch)
    services.keep_current(on=timezone.now())
    request.refresh_from_db()
    assert (request.state, selectors.effective_tier(fresh(case))) == (RequestState.VOIDED, Tier.HIGH)
    assert AuditEvent.objects.filter(action="use_case.reweighed").count() == 1


def test_all_lowered_tiers_that_are_over_end_together_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = weighed(cases.case(), **FIRING["safety-component"])
    now = timezone.now()
    until = now.date() + timedelta(days=5)
    for to in ("ELEVATED", "STANDARD"):
        services.propose_lower_tier(
            use_case=case, to=to, reason="A pilot.", expires_on=until, by=person(Role.STEWARD)
        )  # fmt: skip
        services.confirm_lower_tier(use_case=case, by=person(Role.ARCHITECT))
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=6))
    request = cases.submitted(UseCase.objects.get(pk=case.pk))
    assert not selectors.ended_lowerings(case)
    assert selectors.effective_tier(fresh(case)) == Tier.HIGH
    assert cases.decided(request).state == RequestState.APPROVED
    services.keep_current(on=timezone.now())
    assert AuditEvent.objects.filter(action="use_case.tier_lowering_ended").count() == 1


def test_newer_rules_are_kept_beneath_a_tier_that_people_set(monkeypatch: pytest.MonkeyPatch) -> None:
    case = weighed(cases.case(), **FIRING["costly"])
    services.raise_tier(use_case=case, to="HIGH", reason="Press interest.", by=person(Role.STEWARD))
    old = rule_sets()[-1]
    rules = tuple(replace(rule, tier=Tier.HIGH) if rule.id == "costly" else rule for rule in old.rules)
    newer = replace(old, version="2026-11", effective_from=date(2026, 1, 1), rules=rules)
    monkeypatch.setattr("apps.usecases.rules.rule_sets", lambda: (newer,))
    before, request = fresh(case), cases.submitted(UseCase.objects.get(pk=case.pk))
    services.keep_current(on=timezone.now())
    request.refresh_from_db()
    after = fresh(case)
    assert (after.tier, after.tier_rules, after.content_hash) == (Tier.HIGH, "2026-11", before.content_hash)
    assert request.state == RequestState.IN_REVIEW
