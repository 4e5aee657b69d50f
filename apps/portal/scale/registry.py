"""Cases, their reviews and what people say about them."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.accounts.models import Audience, BusinessUnit, Team, User
from apps.catalog.models import Endpoint
from apps.core.hashing import sha256_hex
from apps.discussions.models import Comment
from apps.portal.scale import words
from apps.portal.scale.people import BATCH, key
from apps.portal.scale.sizes import Size
from apps.prompts.models import PromptVersion
from apps.reviews.models import Decision, LaneStep, Outcome, RequestState, ReviewRequest
from apps.reviews.rules import lane_hash
from apps.usecases import rules, selectors
from apps.usecases.models import Stage, StageStay, TopicArea, UseCase

_AREAS = [area for area in TopicArea.values if area != TopicArea.OTHER]
_ENDS = (RequestState.APPROVED, RequestState.IN_REVIEW, RequestState.CHANGES_REQUESTED, RequestState.REJECTED)
_FINAL: dict[str, Any] = {
    "practices": ["none"], "areas": ["none"], "safety_component": False, "public_impact": "neither",
    "personal_data": ["none"], "influences_people": False, "autonomy": "recommends", "intended_users": ["internal"],
    "transparency": ["none"], "yearly_cost": "20000", "new_supplier": False,
}  # fmt: skip
# Forms that nobody began, that are of each tier but the highest, and one with something open.
_ANSWERS: list[dict[str, dict[str, Any]]] = [{}] + [
    {key: {"value": value} for key, value in {**_FINAL, **more}.items()}
    for more in (
        {}, {"personal_data": ["personal"]}, {"public_impact": "rights"}, {"yearly_cost": "300000"},
        {"intended_users": ["internal", "customer"], "transparency": ["interaction"]},
    )
]  # fmt: skip
_OUTCOMES = {
    RequestState.APPROVED: Outcome.APPROVE,
    RequestState.CHANGES_REQUESTED: Outcome.REQUEST_CHANGES,
    RequestState.REJECTED: Outcome.REJECT,
}


def cases(
    size: Size,
    units: list[BusinessUnit],
    teams: list[Team],
    people: list[User],
    pins: tuple[list[PromptVersion], list[Endpoint]],
    random: Random,
) -> Iterator[list[UseCase]]:
    """The cases in batches, stored; one in five shows to its team alone, one in three pins prompt and endpoint."""
    for start in range(0, size.cases, BATCH):
        numbers = _numbers(min(BATCH, size.cases - start))
        rows = [_case(number, units, teams, people, pins, random) for number in numbers]
        UseCase.objects.bulk_create(rows)
        StageStay.objects.bulk_create([_stay(case, random) for case in rows])
        UseCase.editors.through.objects.bulk_create(
            [UseCase.editors.through(usecase_id=case.pk, user_id=case.owner_id) for case in rows]
        )
        yield rows


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('usecases_number') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _case(
    number: int,
    units: list[BusinessUnit],
    teams: list[Team],
    people: list[User],
    pins: tuple[list[PromptVersion], list[Endpoint]],
    random: Random,
) -> UseCase:
    pinned = number % 3 == 0
    case = UseCase(
        pk=key(random), number=number, title=words.title(random), purpose=words.purpose(random),
        owner=random.choice(people), sponsor=random.choice(people), business_unit=random.choice(units),
        topic_area=random.choice(_AREAS), stage=random.choice(Stage.values), team=random.choice(teams),
        audience=Audience.TEAM if number % 5 == 0 else Audience.ORGANISATION,
        prompt_version=random.choice(pins[0]) if pinned else None, endpoint=random.choice(pins[1]) if pinned else None,
    )  # fmt: skip
    case.answers = random.choice(_ANSWERS)
    result = _weighed(_ANSWERS.index(case.answers))
    case.tier, case.tier_provisional, case.tier_rules = result.tier, result.provisional, result.rule_set.version
    case.configuration_hash = rules.configuration_hash(
        case.prompt_version.content_hash if case.prompt_version else "",
        case.endpoint.content_hash if case.endpoint else "",
    )
    case.content_hash = sha256_hex(selectors.revision(case))
    return case


@cache
def _weighed(number: int) -> rules.TierResult:
    """What the rules make of one of the made-up forms; there are few of them."""
    return selectors.weighed(UseCase(answers=_ANSWERS[number]))


def _stay(case: UseCase, random: Random) -> StageStay:
    return StageStay(use_case=case, stage=case.stage, entered_at=timezone.now() - timedelta(days=random.randrange(200)))


def reviews(known: list[UseCase], people: list[User], random: Random) -> None:
    """One review of each case; half of them approved."""
    requests, decisions = [], []
    for number, case in enumerate(known):
        state = _ENDS[0] if number % 2 else _ENDS[number // 2 % len(_ENDS)]
        request = _request(case, state, random)
        requests.append(request)
        if outcome := _OUTCOMES.get(state):
            decisions.append(_decision(request, outcome, random.choice(people), random))
    ReviewRequest.objects.bulk_create(requests, batch_size=BATCH)
    LaneStep.objects.bulk_create(map(_step, requests), batch_size=BATCH)
    Decision.objects.bulk_create(decisions, batch_size=BATCH)


def _request(case: UseCase, state: RequestState, random: Random) -> ReviewRequest:
    revision = selectors.revision(case)
    closed = None if state == RequestState.IN_REVIEW else timezone.now() - timedelta(days=random.randrange(1, 200))
    return ReviewRequest(
        pk=key(random), subject_kind=case.subject.kind, subject_id=case.subject.id, title=f"{case.ref} {case.title}",
        gate="G1", revision=revision, content_hash=sha256_hex(revision), evidence=[], evidence_hash=sha256_hex([]),
        lanes=["steward"], barred=[case.owner_id], requested_by=case.owner, state=state, closed_at=closed,
        closed_reason="Read and weighed." if closed else "",
    )  # fmt: skip


def _step(request: ReviewRequest) -> LaneStep:
    at = timezone.now()
    return LaneStep(
        request=request, lane="steward", lane_hash=lane_hash(request.revision, [], ()), target_days=5, opened_at=at,
        due_at=at + timedelta(days=5),
    )  # fmt: skip


def _decision(request: ReviewRequest, outcome: Outcome, actor: User, random: Random) -> Decision:
    return Decision(
        pk=key(random), request=request, lane="steward", outcome=outcome, reason="Read and weighed.", actor=actor,
        content_hash=request.content_hash, evidence_hash=request.evidence_hash,
    )  # fmt: skip


def comments(count: int, known: list[UseCase], people: list[User], random: Random) -> None:
    """Comments spread over some of the cases."""
    rows = [
        Comment(
            pk=key(random), subject_kind=case.subject.kind, subject_id=case.subject.id, author=random.choice(people),
            body=words.purpose(random),
        )
        for case in random.choices(known, k=count)
    ]  # fmt: skip
    Comment.objects.bulk_create(rows, batch_size=BATCH)
