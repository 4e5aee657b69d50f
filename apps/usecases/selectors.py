"""Reading the registry: cases with their standing, what a review freezes, and the gate report."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone

from apps.accounts.kinds import Kind
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.evidence import selectors as evidence
from apps.evidence.models import Claim
from apps.reviews import selectors as reviews
from apps.reviews.models import RequestState, ReviewRequest
from apps.search.registry import Document, Index
from apps.usecases import rules
from apps.usecases.models import KIND, ImportIssue, Standing, UseCase

_STANDINGS = {
    RequestState.IN_REVIEW: Standing.IN_REVIEW,
    RequestState.CHANGES_REQUESTED: Standing.CHANGES_REQUESTED,
    RequestState.REJECTED: Standing.REJECTED,
    RequestState.WITHDRAWN: Standing.WITHDRAWN,
}


def with_standing(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate `.standing`, of the latest review: an approval counts for its exact content only."""
    # As a dictionary: mypy would otherwise see a second definition of the attribute.
    return cases.annotate(**{"standing": _standing(reviews.latest_per(KIND))})  # noqa: PIE804


def with_review(cases: QuerySet[UseCase]) -> QuerySet[UseCase]:
    """Annotate `.review_state` and `.review_gate` of the latest review, None without one."""
    latest = reviews.latest_per(KIND)
    return cases.annotate(**{f"review_{name}": Subquery(latest.values(name)[:1]) for name in ("state", "gate")})


def _standing(latest: QuerySet[ReviewRequest]) -> Coalesce:
    """One look at the latest review a case, so that a hundred thousand cases can be narrowed by it."""
    approved = Q(state=RequestState.APPROVED)
    told = Case(
        *(When(state=state, then=Value(standing.value)) for state, standing in _STANDINGS.items()),
        When(approved & Q(content_hash=OuterRef("content_hash")), then=Value(Standing.CLEARED.value)),
        When(approved, then=Value(Standing.LAPSED.value)),
        default=Value(Standing.UNREVIEWED.value),
        output_field=CharField(),
    )
    return Coalesce(Subquery(latest.annotate(told=told).values("told")[:1]), Value(Standing.UNREVIEWED.value))


def of_standing(cases: QuerySet[UseCase], standings: Collection[str]) -> QuerySet[UseCase]:
    """The cases with one of these standings, found from the reviews: the same as asking each case, but faster."""
    plain = [state for state, standing in _STANDINGS.items() if standing in standings]
    approved, same = Q(state=RequestState.APPROVED), Q(content_hash=OuterRef("content_hash"))
    told = Q(state__in=plain)
    told |= approved & same if Standing.CLEARED in standings else Q()
    told |= approved & ~same if Standing.LAPSED in standings else Q()
    mine = reviews.latest(KIND).filter(subject_id=Cast(OuterRef("pk"), CharField()))
    found = Q(Exists(mine.filter(told)))
    if Standing.UNREVIEWED in standings:
        found |= ~Q(Exists(mine.filter(state__in=[*_STANDINGS, RequestState.APPROVED])))
    return cases.filter(found)


def use_cases(*, viewer: Viewer) -> QuerySet[UseCase]:
    """The cases `viewer` may see, newest first, with standing and the names a list shows."""
    visible: QuerySet[UseCase] = UseCase.objects.visible_to(viewer)
    return with_standing(visible).select_related("owner", "sponsor", "business_unit")


def matching(text: str) -> Q:
    """The cases whose reference is `text` or whose title or purpose holds it; every case for ""."""
    number = text.upper().removeprefix("UC-")
    if number.isascii() and number.isdigit() and len(number) <= 12:
        return Q(number=int(number)) | Q(title__icontains=text)
    return Q(title__icontains=text) | Q(purpose__icontains=text) if text else Q()


def use_case(ref: str, *, viewer: Viewer) -> UseCase:
    """The case called `ref`, such as `UC-000123`; raises NotFoundError, also when it is not visible."""
    digits = ref.upper().removeprefix("UC-")
    found = None
    if digits.isascii() and digits.isdigit() and len(digits) <= 12:
        cases = with_review(use_cases(viewer=viewer)).select_related("prompt_version__prompt", "endpoint")
        found = cases.filter(number=int(digits)).first()
    if found is None:
        raise NotFoundError(f"There is no use case {ref}, or you may not see it.")
    return found


def revision(case: UseCase) -> list[dict[str, Any]]:
    """What a review of the case freezes, as ordered fields: people by user name, pinned things with their hash."""
    prompt, endpoint = case.prompt_version, case.endpoint
    fields = {
        "Reference": case.ref,
        "Title": case.title,
        "Problem and benefit": case.purpose,
        "Owner": case.owner.username,
        "Sponsor": case.sponsor.username if case.sponsor else None,
        "Business unit": case.business_unit.path,
        "Topic area": case.get_topic_area_display(),
        "Topic area in words": case.topic_other or None,
        "Prompt": f"{prompt} (sha256 {prompt.content_hash})" if prompt else None,
        "Endpoint": f"{endpoint} (sha256 {endpoint.content_hash})" if endpoint else None,
    }
    return [{"field": name, "value": value} for name, value in fields.items()]


def content_hash(case_id: UUID | str) -> str:
    """The hash of the live content, as the review engine asks for it."""
    return UseCase.objects.values_list("content_hash", flat=True).get(pk=case_id)


@dataclass(frozen=True)
class GateReport:
    """The next gate, the claims that count for it now, and what is missing, in words."""

    gate: rules.Gate | None
    claims: list[Claim] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def gate_report(case: UseCase, *, on: datetime) -> GateReport:
    """Pull the evidence for exactly what the case pins and compare it with what its next gate needs."""
    gate = rules.GATES.get(case.stage)
    if gate is None:
        return GateReport(None)
    claims = evidence.standing_claims(case.subject, content_hash=case.configuration_hash, on=on)
    passed = {
        name
        for name, claim in claims.items()
        if rules.counts(gate, verdict=claim.verdict, threshold=claim.facts.get("threshold", "0"))
    }
    pinned = {name for name in rules.PINS if getattr(case, f"{name}_id")}
    return GateReport(gate, list(claims.values()), rules.missing(gate, pinned=pinned, passed=passed))


def search_documents(ids: Collection[str] | None) -> Iterable[Document]:
    """The words of the cases with these ids, or of all."""
    cases = UseCase.objects.select_related("business_unit").order_by("pk")
    for case in (cases if ids is None else cases.filter(pk__in=ids)).iterator(chunk_size=1000):
        topic = case.topic_other or case.get_topic_area_display()
        yield Document(str(case.pk), f"{case.ref} {case.title}", f"{case.purpose}\n{case.business_unit.path}\n{topic}")


def kind() -> Kind:
    """Use cases as other apps refer to them."""
    return Kind(KIND, "Use case", UseCase.objects.visible_to, lambda row: reverse("usecases:detail", args=[row.ref]))


def search_index() -> Index:
    """How the registry is searched."""
    return Index(
        kind=KIND,
        label="Use cases",
        documents=search_documents,
        visible=UseCase.objects.visible_to,
        url=lambda case: reverse("usecases:detail", args=[case.ref]),
    )


def objection(case_id: str) -> str:
    """Why the case can no longer be approved as it was submitted, in words, or "": its gate has lost something."""
    case = UseCase.objects.get(pk=case_id)
    return "; ".join(gate_report(case, on=timezone.now()).missing)


def questions(case: UseCase) -> QuerySet[ImportIssue]:
    """What an import could not know about the case and nobody has decided yet, oldest first."""
    return ImportIssue.objects.filter(use_case=case, resolved_at=None)
