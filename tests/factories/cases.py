"""Use cases and what their gates need."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from apps.accounts.models import Lane, Role, User
from apps.core.refs import Ref
from apps.evidence import services as evidence
from apps.evidence.models import Claim, Verdict
from apps.portal.demo.answers import ANSWERS
from apps.reviews import services as reviews
from apps.reviews.lanes import LANES
from apps.reviews.models import Outcome, ReviewRequest
from apps.usecases import selectors
from apps.usecases import services as usecases
from apps.usecases.importers import services as importing
from apps.usecases.importers.profiles import PROFILES
from apps.usecases.models import Import, ImportIssue, Stage, TopicArea, UseCase
from apps.usecases.rules import EVALUATION_PASSED
from apps.usecases.services import saving
from tests.factories import shelves
from tests.factories.answers import HARMLESS
from tests.factories.people import person, unit

# What every gate asks, answered so that no rule of the tier fires.
COMPLETE = {key: answer for gate in ("G1", "G2", "G3") for key, answer in ANSWERS[gate].items()}
# A row of each part of the record that a gate asks for.
ROWS: dict[str, dict[str, Any]] = {
    "value": {"metric": "Minutes", "target": Decimal(2), "method": "Time stamps."},
    "risks": {
        "description": "Paid twice.", "likelihood": "rare", "impact": "minor", "treatment": "accept", "residual": "low",
    },
}  # fmt: skip
# A file to import, of one case.
FILE = b"""Title,Problem and benefit,Business unit,Topic area,Stage
Sort post,By hand it is slow.,Operations,Internal operations,Play
"""


def case(
    *, by: User | None = None, stage: Stage = Stage.DISCOVER, answers: dict[str, Any] | None = None, **record: Any
) -> UseCase:
    """A case of the standard tier, registered by its owner, whose record has all that gates ask, or `answers`."""
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
    registered.answers, registered.stage = COMPLETE if answers is None else answers, stage
    saving.weigh(registered)
    saving.rehash(registered)
    registered.save(update_fields=["answers", "stage", *saving.DERIVED])
    return UseCase.objects.get(pk=registered.pk)


def stageless(*, by: User | None = None, **record: Any) -> UseCase:
    """A case whose import could not know its stage, which nobody has decided since."""
    imported = case(by=by, **record)
    ImportIssue.objects.create(use_case=imported, source="plain", column="Stage", message="Decide the stage.")
    return imported


def staged(*, by: User) -> Import:
    """An import of that file, which waits to be taken over."""
    return importing.stage_file(content=FILE, file_name="cases.csv", profile=PROFILES["plain"], by=by)


def weighed(case: UseCase, **answers: Any) -> UseCase:
    """The case with harmless answers but these: of the standard tier."""
    return usecases.answer(use_case=case, version=case.version, answers={**HARMLESS, **answers}, by=case.owner)


def with_rows(case: UseCase) -> tuple[UseCase, dict[str, Any]]:
    """The case with one row in each part of its record, and these rows."""
    rows: dict[str, dict[str, Any]] = {
        **ROWS,
        "pins": {"kind": "dataset_version", "name": shelves.dataset([("What is 2 + 2?", "4")]).ref},
        "adoption": {"day": date(2026, 11, 20), "active_users": 42},
        "contributors": {"person": person()},
        "frameworks": {"framework": "EU AI Act", "control": "Article 50", "edition": "2024/1689"},
    }  # fmt: skip
    # A leaver sees nothing to pin.
    by = case.owner if case.owner.is_active else person(Role.ADMINISTRATOR)
    made = {}
    for part, values in rows.items():
        version = UseCase.objects.get(pk=case.pk).version
        made[part] = selectors.rows(case, part).first() or usecases.add_row(
            use_case=case, part=part, version=version, by=by, **values
        )
    return UseCase.objects.get(pk=case.pk), made


def pinned(case: UseCase) -> UseCase:
    """The case with a prompt and an endpoint pinned by its owner, and the rows that gates ask for."""
    for part, values in ROWS.items():
        usecases.add_row(use_case=case, part=part, version=case.version, by=case.owner, **values)
        case = UseCase.objects.get(pk=case.pk)
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


def decider(lane: str) -> User:
    """A new person who decides in the lane everywhere."""
    role = LANES[lane].role
    return person(role) if role else person(Role.REVIEWER, lane=Lane(lane))


def said(outcome: Outcome, request: ReviewRequest) -> dict[str, Any]:
    """What a decision of this outcome says besides its reason."""
    if outcome == Outcome.APPROVE_WITH_CONDITIONS:
        return {"conditions": [condition()]}
    if outcome == Outcome.REQUEST_CHANGES:
        return {"fields": ["Title"]}
    return {"appeal": "Write to the board."} if outcome == Outcome.REJECT else {}


def condition(**change: Any) -> reviews.ConditionAsk:
    """A blocking condition that somebody owes in a week, but for what `change` says."""
    given: dict[str, Any] = {
        "text": "Train the clerks.", "owner": change.get("owner") or person(), "blocking": True,
        "verifier": change.get("verifier") or person(), "due_on": timezone.now().date() + timedelta(days=7), **change,
    }  # fmt: skip
    return reviews.ConditionAsk(**given)


def decided(request: ReviewRequest, outcome: Outcome = Outcome.APPROVE) -> ReviewRequest:
    """The request after a new person with the lane's role decided in each open lane, or in one where that ends it."""
    ends_it = outcome in (Outcome.REJECT, Outcome.REQUEST_CHANGES)
    for lane in request.undecided[: 1 if ends_it else None]:
        request = reviews.decide(
            request_id=request.pk, lane=lane, outcome=outcome, reason="Read and weighed.",
            content_hash=request.content_hash, by=decider(lane), **said(outcome, request),
        )  # fmt: skip
    return request


def deployed(**record: Any) -> UseCase:
    """A case that came through every gate to operation, each time decided in every lane."""
    found = case(**record)
    for _ in range(3):
        if found.stage == Stage.PLAY:
            found = pinned(found)
            evidenced(found)
        decided(submitted(found))
        found = usecases.advance(use_case=found, by=found.owner)
    return UseCase.objects.get(pk=found.pk)
