"""The next gate of a case: what it still needs, who decides at it, and how long that takes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from apps.evidence import selectors as evidence
from apps.evidence.models import Claim, Verdict
from apps.reviews import selectors as reviews
from apps.reviews.selectors import RouteStep
from apps.reviews.subjects import LaneAsk
from apps.usecases import rules
from apps.usecases.models import KIND, Contributor, Tier, UseCase
from apps.usecases.rules import fields
from apps.usecases.selectors import cases, record, tiers


@dataclass(frozen=True)
class GateReport:
    """A gate, its lanes, the claims that count for it now, and what it needs further; no gate at the end."""

    gate: rules.Gate | None
    lanes: tuple[str, ...] = ()
    claims: list[Claim] = field(default_factory=list)
    needs: list[rules.Need] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """What the gate needs and the case has not, in words."""
        return [need.words for need in self.needs]


@dataclass(frozen=True)
class Route:
    """The gate that can be asked for and the lanes that would decide at it, side by side; neither at the end."""

    report: GateReport
    steps: list[RouteStep] = field(default_factory=list)


def gate_report(case: UseCase, *, on: datetime, gate: rules.Gate | None = None, tier: Tier | None = None) -> GateReport:
    """Pull the evidence for exactly what the case pins and compare it with what its next gate, or `gate`, needs.

    `tier` is the effective one, where it was read with the case.
    """
    gate = gate or rules.gate_of(case.stage)
    if gate is None:
        return GateReport(None)
    tier = tier or tiers.effective_tier(case)
    claims = evidence.standing_claims(case.subject, content_hash=case.configuration_hash, on=on)
    passed = {
        name
        for name, claim in claims.items()
        if rules.counts(gate, verdict=claim.verdict, threshold=claim.facts.get("threshold", "0"))
    }
    needs = rules.missing(
        gate, pinned={name for name in rules.PINS if getattr(case, f"{name}_id")}, passed=passed,
        rows=record.with_rows(case, gate.rows),
        asked=[one.key for one in record.open_fields(case, gate.key)], denied=_denied(case, gate),
        prohibited=_prohibited(case, tier),
        owed=reviews.owed(case.subject, gates=gate.settles) if gate.settles else 0,
    )  # fmt: skip
    return GateReport(gate, _lanes(case, gate, tier), list(claims.values()), needs)


def lanes(case: UseCase, gate: rules.Gate) -> tuple[str, ...]:
    """The lanes that decide at the gate on the case as it is."""
    return _lanes(case, gate, tiers.effective_tier(case))


def _lanes(case: UseCase, gate: rules.Gate, tier: Tier) -> tuple[str, ...]:
    cost = case.answers.get("yearly_cost", {}).get("value")
    return rules.lanes(gate, tier=tier, yearly_cost=Decimal(cost) if cost is not None else None)


def _prohibited(case: UseCase, tier: Tier) -> str:
    """Why nothing but retiring is left, in words, or ""; a provisional tier alone prohibits nothing for certain."""
    if tiers.prohibiting(case):
        return rules.BY_LAW
    return rules.BY_PEOPLE if tier == Tier.PROHIBITED and not case.tier_provisional else ""


def _denied(case: UseCase, gate: rules.Gate) -> list[str]:
    """What must be yes, is asked, and is anything else; but not what the gate still asks for an answer to at all."""
    waiting = {field.key for field in record.open_fields(case, gate.key)}
    told = [field for field in fields.shown(case.answers) if field.key in gate.musts and field.key not in waiting]
    return [field.key for field in told if True not in fields.values(case.answers, field.key)]


def objection(case_id: str, gate: str, evidence: list[dict[str, Any]]) -> str:
    """What the case, or the evidence that was frozen with it, lacks for the gate, in words; "" for nothing.

    A review that nobody submitted may have been opened without its evidence, and what came later was not frozen.
    """
    case, door = UseCase.objects.get(pk=case_id), rules.GATES[gate]
    missing = gate_report(case, on=timezone.now(), gate=door).missing
    if ended := tiers.ended_lowerings(case).first():
        missing.append(f"the lower risk tier that held until {ended.expires_on:%-d %B %Y}")
    frozen = {claim["name"] for claim in evidence if claim["verdict"] == Verdict.PASSED}
    missing += [rules.CLAIMS[name] for name in door.claims if name not in frozen]
    return "; ".join(dict.fromkeys(missing))


def asks(case: UseCase, gate: rules.Gate, revision: list[dict[str, Any]]) -> list[LaneAsk]:
    """The lanes that decide at the gate on this revision, with what each watches and its target."""
    names = [entry["field"] for entry in revision]
    return [LaneAsk(lane, rules.watched(lane, names), rules.target_days(lane)) for lane in lanes(case, gate)]


def involved(case: UseCase, claims: Iterable[Claim]) -> set[UUID]:
    """Everyone with a part: owner, sponsor, contributors, editors, the prompt's author, makers of the evidence."""
    author = case.prompt_version.created_by_id if case.prompt_version else None
    makers = {claim.made_by for claim in claims}
    helpers = {*case.contributors.values_list("person_id", flat=True), *case.editors.values_list("pk", flat=True)}
    people = {case.owner_id, case.sponsor_id, author, *makers, *helpers}
    return {person for person in people if person}


def having_part(case_id: str) -> set[UUID]:
    """Everyone with a part in the case now; makers of any claim count that holds for exactly what it pins."""
    case = UseCase.objects.select_related("prompt_version").get(pk=case_id)
    about = {"subject_kind": KIND, "subject_id": case_id, "content_hash": case.configuration_hash}
    return involved(case, evidence.valid(on=timezone.now()).filter(**about))


def with_part_of(people: QuerySet[Any]) -> QuerySet[UseCase]:
    """The cases in which one of `people` has a part now: `having_part` asked the other way about."""
    about = {"subject_id": Cast(OuterRef("pk"), CharField()), "content_hash": OuterRef("configuration_hash")}
    made = evidence.valid(on=timezone.now()).order_by().filter(subject_kind=KIND, made_by__in=people, **about)
    through = UseCase.editors.through.objects.filter(user__in=people)
    helped = Contributor.objects.order_by().filter(person__in=people)
    return UseCase.objects.filter(
        Q(owner__in=people) | Q(sponsor__in=people) | Q(prompt_version__created_by__in=people) | Exists(made)
        | Q(pk__in=through.values("usecase")) | Q(pk__in=helped.values("use_case"))
    )  # fmt: skip


def route(case: UseCase, *, on: datetime, retire: bool = False) -> Route:
    """The way through the next gate, or with `retire` through the one that ends the case, before it is asked for."""
    gate = rules.gate_of(case.stage, retiring=retire)
    report = gate_report(case, on=on, gate=gate) if gate else GateReport(None)
    return Route(report, deciders(case, report))


def deciders(case: UseCase, report: GateReport) -> list[RouteStep]:
    """The lanes of the report's gate, who is in each, and how long it takes; none where there is no gate."""
    if report.gate is None:
        return []
    asked = asks(case, report.gate, cases.revision(case))
    return reviews.route(case.subject, asked, involved(case, report.claims))
