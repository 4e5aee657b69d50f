"""Reviews on real PostgreSQL: another person, the exact content, once, and for good."""

from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts import services as accounts
from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, DomainError, InvalidError, NotAllowedError, StaleError
from apps.reviews import selectors, services
from apps.reviews.models import Decision, Outcome, RequestState, ReviewRequest
from apps.reviews.subjects import LaneAsk
from apps.usecases import selectors as usecase_selectors
from apps.usecases import services as usecases
from apps.usecases.models import Standing, UseCase
from tests.factories import cases, people, shelves
from tests.integration.together import at_once

pytestmark = pytest.mark.django_db


def decide(request: ReviewRequest, by: User, **change: Any) -> ReviewRequest:
    """An approval by `by` in the request's first lane, but for what `change` says."""
    given = {
        "request_id": request.pk, "lane": request.lanes[0], "outcome": Outcome.APPROVE, "reason": "Read and weighed.",
        "content_hash": request.content_hash, "by": by,
        **cases.said(change.get("outcome", Outcome.APPROVE), request), **change,
    }  # fmt: skip
    return services.decide(**given)


@pytest.fixture
def request_() -> ReviewRequest:
    """An open review of a new case; its lane is the steward's."""
    return cases.submitted(cases.case())


@pytest.fixture
def both_lanes() -> ReviewRequest:
    """An open review of a new case, which two lanes decide."""
    return in_two_lanes(cases.case())


def in_two_lanes(case: UseCase) -> ReviewRequest:
    """An open review of the case, asked of the steward and of architecture."""
    return services.open_request(
        subject=case.subject, title=case.title, gate="G1", revision=usecase_selectors.revision(case), evidence=[],
        lanes=[LaneAsk("steward", (), 5), LaneAsk("architecture", (), 5)], barred=[case.owner_id], by=case.owner,
    )  # fmt: skip


@pytest.fixture
def steward() -> User:
    """A reviewer with no part in the case."""
    return people.person(Role.STEWARD)


def test_another_person_with_the_role_approves(request_: ReviewRequest, steward: User) -> None:
    decided = decide(request_, steward)
    decision = Decision.objects.get()
    assert decided.state == RequestState.APPROVED
    assert decided.closed_at
    assert (decision.content_hash, decision.evidence_hash) == (request_.content_hash, request_.evidence_hash)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.REJECT, RequestState.REJECTED), (Outcome.REQUEST_CHANGES, RequestState.CHANGES_REQUESTED)],
)
def test_one_lane_can_end_the_review(both_lanes: ReviewRequest, steward: User, outcome: Outcome, state: str) -> None:
    assert decide(both_lanes, steward, lane="steward", outcome=outcome).state == state


def test_a_review_of_two_lanes_waits_for_both(both_lanes: ReviewRequest, steward: User) -> None:
    assert decide(both_lanes, steward, lane="steward").state == RequestState.IN_REVIEW
    architect = people.person(Role.ARCHITECT)
    assert decide(both_lanes, architect, lane="architecture").state == RequestState.APPROVED


def grant(user: User, *roles: Role) -> User:
    """Give the person further roles."""
    for role in roles:
        accounts.grant(user=user, unit=people.unit(), role=role, by=None)
    return user


def test_the_requester_cannot_decide_whatever_their_roles(request_: ReviewRequest) -> None:
    with pytest.raises(NotAllowedError, match="You asked for this review"):
        decide(request_, grant(request_.requested_by, *(role for role in Role if role != Role.REVIEWER)))


def test_owner_sponsor_and_editors_cannot_decide() -> None:
    sponsor, editor = people.person(Role.STEWARD), people.person(Role.STEWARD, Role.AI_ENGINEER)
    case = cases.case(sponsor=sponsor)
    usecases.edit(use_case=case, version=1, by=editor, prompt_version=shelves.prompt())
    request = usecases.submit(use_case=case, by=people.person(Role.ADMINISTRATOR))
    for person in (grant(case.owner, Role.STEWARD), sponsor, editor):
        with pytest.raises(NotAllowedError, match="had a part in what is reviewed"):
            decide(request, person)


def test_a_contributor_added_after_it_was_asked_cannot_decide(request_: ReviewRequest, steward: User) -> None:
    case = UseCase.objects.get(pk=request_.subject_id)
    assert list(selectors.waiting_for(steward)) == [request_]
    usecases.add_row(use_case=case, part="contributors", version=case.version, by=case.owner, person=steward)
    with pytest.raises(NotAllowedError, match="had a part in what is reviewed"):
        decide(request_, steward)
    assert not selectors.waiting_for(steward)
    assert steward not in selectors.pool("steward", request_).people


def test_who_has_a_part_in_a_case_and_which_cases_somebody_has_a_part_in_agree() -> None:
    sponsor, editor, maker, past = (people.person(Role.ADMINISTRATOR) for _ in range(4))
    case = cases.pinned(cases.case(sponsor=sponsor))
    usecases.edit(use_case=case, version=case.version, by=editor, title="Sort letters")
    case, rows = cases.with_rows(UseCase.objects.get(pk=case.pk))
    cases.evidenced(case, made_by=maker)
    cases.evidenced(case, made_by=past, content_hash="f" * 64)
    cases.case()
    found = usecase_selectors.having_part(str(case.pk))
    assert case.prompt_version
    author = case.prompt_version.created_by_id
    assert {case.owner_id, sponsor.pk, editor.pk, maker.pk, author, rows["contributors"].person_id} <= found
    asked = {user.pk: usecase_selectors.with_part_of(User.objects.filter(pk=user.pk)) for user in User.objects.all()}
    assert {key for key, theirs in asked.items() if case in theirs} == found
    assert past.pk not in found


def test_one_person_decides_in_one_lane_only(both_lanes: ReviewRequest) -> None:
    both = people.person(Role.STEWARD, Role.ARCHITECT)
    decide(both_lanes, both, lane="steward")
    with pytest.raises(NotAllowedError, match="already decided"):
        decide(both_lanes, both, lane="architecture")


@pytest.mark.parametrize("roles", [(), (Role.ARCHITECT, Role.AUDITOR, Role.ADMINISTRATOR)])
def test_a_person_without_the_lanes_role_cannot_decide(request_: ReviewRequest, roles: tuple[Role, ...]) -> None:
    with pytest.raises(NotAllowedError, match="lane's role"):
        decide(request_, people.person(*roles))


def test_being_a_superuser_is_no_role(request_: ReviewRequest) -> None:
    powerful = people.person(staff=True)
    powerful.is_superuser = True
    powerful.save()
    with pytest.raises(NotAllowedError, match="lane's role"):
        decide(request_, powerful)


def test_a_deactivated_reviewer_cannot_decide(request_: ReviewRequest, steward: User) -> None:
    steward.is_active = False
    steward.save()
    with pytest.raises(NotAllowedError):
        decide(request_, steward)


def test_a_lane_is_decided_once(both_lanes: ReviewRequest, steward: User) -> None:
    decide(both_lanes, steward, lane="steward")
    with pytest.raises(ConflictError, match="already been decided"):
        decide(both_lanes, people.person(Role.STEWARD), lane="steward")


def test_a_closed_review_takes_no_decision(request_: ReviewRequest, steward: User) -> None:
    decide(request_, steward)
    with pytest.raises(ConflictError, match="“Approved”; nothing can be decided"):
        decide(request_, people.person(Role.STEWARD))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"lane": "architecture"}, InvalidError),
        ({"lane": "none"}, InvalidError),
        ({"reason": " \n"}, InvalidError),
        ({"content_hash": "0" * 64}, StaleError),
    ],
)
def test_a_faulty_decision_is_refused_and_leaves_nothing(
    request_: ReviewRequest, steward: User, change: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        decide(request_, steward, **change)
    assert not Decision.objects.exists()
    assert ReviewRequest.objects.get().state == RequestState.IN_REVIEW


def test_a_case_has_one_open_review(request_: ReviewRequest) -> None:
    with pytest.raises(ConflictError, match="already under way"):
        cases.submitted(UseCase.objects.get())


def test_only_the_requester_withdraws(request_: ReviewRequest, steward: User) -> None:
    with pytest.raises(NotAllowedError):
        services.withdraw(request_id=request_.pk, by=steward)
    assert services.withdraw(request_id=request_.pk, by=request_.requested_by).state == RequestState.WITHDRAWN
    with pytest.raises(ConflictError, match="already withdrawn"):
        services.withdraw(request_id=request_.pk, by=request_.requested_by)


def test_editing_what_is_under_review_voids_the_review(request_: ReviewRequest, steward: User) -> None:
    case = UseCase.objects.get()
    usecases.edit(use_case=case, version=1, by=case.owner, title="Another title")
    request_.refresh_from_db()
    assert request_.state == RequestState.VOIDED
    assert "changed after it was submitted" in request_.closed_reason
    with pytest.raises(StaleError, match="voided"):
        decide(request_, steward)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_told_nobody_voids_at_the_decision_and_stays_voided(steward: User) -> None:
    request = cases.submitted(cases.case())
    UseCase.objects.update(content_hash="f" * 64)
    with pytest.raises(StaleError, match="changed after it was submitted"):
        decide(request, steward)
    request.refresh_from_db()
    assert request.state == RequestState.VOIDED
    assert not Decision.objects.exists()
    assert AuditEvent.objects.filter(action="review.voided").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_edit_beside_the_last_approval_never_clears_the_edited_case(steward: User) -> None:
    for number in range(8):
        case = cases.case()
        request = cases.submitted(case)
        decided, edited = at_once(
            partial(decide, request, steward),
            partial(usecases.edit, use_case=case, version=1, by=case.owner, title=f"Edited {number}"),
        )
        assert isinstance(edited, UseCase), edited
        assert isinstance(decided, ReviewRequest | StaleError | ConflictError), decided
        now = usecase_selectors.with_standing(UseCase.objects.filter(pk=case.pk)).get()
        expected = Standing.LAPSED if isinstance(decided, ReviewRequest) else Standing.UNREVIEWED
        assert now.standing == expected


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_in_one_lane_make_one_decision() -> None:
    request = cases.submitted(cases.case())
    two = [people.person(Role.STEWARD), people.person(Role.STEWARD)]
    done = at_once(*[partial(decide, request, by) for by in two])
    assert sorted(type(each).__name__ for each in done) == ["ConflictError", "ReviewRequest"]
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_two_lanes_decided_at_once_approve() -> None:
    request = in_two_lanes(cases.case())
    lanes = {"steward": people.person(Role.STEWARD), "architecture": people.person(Role.ARCHITECT)}
    at_once(*[partial(decide, request, by, lane=lane) for lane, by in lanes.items()])
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reviews_decision SET reason = 'x'",
        "DELETE FROM reviews_decision",
        "DELETE FROM reviews_reviewrequest",
        "UPDATE reviews_reviewrequest SET content_hash = repeat('f', 64)",
        "UPDATE reviews_reviewrequest SET revision = '{}'",
        "UPDATE reviews_reviewrequest SET evidence = '[1]'",
        "UPDATE reviews_reviewrequest SET lanes = '{}'",
        "UPDATE reviews_reviewrequest SET barred = '{}'",
    ],
)
def test_postgresql_refuses_to_rewrite_a_review(request_: ReviewRequest, steward: User, statement: str) -> None:
    decide(request_, steward)
    with pytest.raises(DatabaseError, match=r"pgtrigger|violates"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_reviewers_queue_holds_what_they_may_decide_now(request_: ReviewRequest, steward: User) -> None:
    assert list(selectors.waiting_for(steward)) == [request_]
    for other in (people.person(Role.ARCHITECT), grant(request_.requested_by, Role.STEWARD)):
        assert not selectors.waiting_for(other)
    decide(request_, steward)
    assert not selectors.waiting_for(steward)
