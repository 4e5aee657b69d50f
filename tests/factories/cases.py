"""Use cases and what their gates need."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.refs import Ref
from apps.evidence import services as evidence
from apps.evidence.models import Claim, Verdict
from apps.reviews import services as reviews
from apps.reviews.lanes import LANES
from apps.reviews.models import Outcome, ReviewRequest
from apps.usecases import services as usecases
from apps.usecases.models import Stage, TopicArea, UseCase
from apps.usecases.rules import EVALUATION_PASSED
from tests.factories import shelves
from tests.factories.people import person, unit


def case(*, by: User | None = None, stage: Stage = Stage.DISCOVER, **record: Any) -> UseCase:
    """A case, registered by its owner."""
    owner = by or person(Role.BUSINESS_OWNER)
    fields: dict[str, Any] = {
        "title": "Sort incoming invoices",
        "purpose": "Clerks sort by hand; sorting by machine saves them time.",
        "owner": owner,
        "business_unit": unit(),
        "topic_area": TopicArea.INTERNAL,
        **record,
    }
    registered = usecases.register(by=owner, **fields)
    if stage != Stage.DISCOVER:
        UseCase.objects.filter(pk=registered.pk).update(stage=stage)
        registered.refresh_from_db()
    return registered


def pinned(case: UseCase) -> UseCase:
    """The case with a prompt and an endpoint pinned by its owner."""
    return usecases.edit(
        use_case=case, version=case.version, by=case.owner, prompt_version=shelves.prompt(),
        endpoint=shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")]),
    )  # fmt: skip


def evidenced(
    case: UseCase,
    *,
    verdict: Verdict = Verdict.PASSED,
    content_hash: str = "",
    threshold: str = "0.500",
    made_by: User | None = None,
) -> Claim:
    """A claim that what the case pins was evaluated."""
    return evidence.publish(
        subject=case.subject, name=EVALUATION_PASSED, verdict=verdict, source=Ref("evaluation_run", str(uuid4())),
        content_hash=content_hash or case.configuration_hash, summary="742 of 1319 right",
        facts={"threshold": threshold}, valid_until=timezone.now() + timedelta(days=1),
        made_by=made_by.pk if made_by else None,
    )  # fmt: skip


def submitted(case: UseCase) -> ReviewRequest:
    """The open review of the case's next gate, asked for by its owner."""
    return usecases.submit(use_case=case, by=case.owner)


def decided(request: ReviewRequest, outcome: Outcome = Outcome.APPROVE) -> ReviewRequest:
    """The request after a new person with the lane's role decided in every lane."""
    for lane in request.lanes:
        request = reviews.decide(
            request_id=request.pk, lane=lane, outcome=outcome, reason="Read and weighed.",
            content_hash=request.content_hash, by=person(LANES[lane].role),
        )  # fmt: skip
    return request
