"""Two people at the same moment, each on a connection of their own: one order of their deeds, and never half of one."""

from collections import Counter
from functools import partial

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.audit.models import AuditEvent
from apps.core.errors import ConflictError, StaleError
from apps.core.refs import Ref
from apps.reviews import services as reviews
from apps.reviews.models import BreakGlass, Decision, Outcome, RequestState, ReviewRequest
from apps.usecases import selectors
from apps.usecases import services as usecases
from apps.usecases.models import Stage, Standing, UseCase
from tests.factories import cases
from tests.factories.people import person
from tests.integration.together import meeting_at

pytestmark = pytest.mark.django_db(transaction=True)
# Who of two that wait for the same row gets it first is PostgreSQL's to say.
ROUNDS = range(4)


def approve(request: ReviewRequest, lane: str, by: User) -> ReviewRequest:
    """An approval of the request as it was submitted."""
    return reviews.decide(
        request_id=request.pk, lane=lane, outcome=Outcome.APPROVE, reason="Read.", content_hash=request.content_hash,
        by=by,
    )  # fmt: skip


def case_of_three_lanes() -> UseCase:
    """A case whose next gate asks architecture, security and privacy."""
    case = cases.pinned(cases.case(stage=Stage.PLAY))
    cases.evidenced(case)
    return case


def but_for(left: int) -> ReviewRequest:
    """A request of three lanes, of which so many are left to decide."""
    request = cases.submitted(case_of_three_lanes())
    for lane in request.lanes[: len(request.lanes) - left]:
        approve(request, lane, cases.decider(lane))
    return request


def now(request: ReviewRequest) -> ReviewRequest:
    """The request as it is stored."""
    return ReviewRequest.objects.get(pk=request.pk)


def standing(subject: Ref) -> str:
    """The standing of the case as it is stored."""
    return selectors.with_standing(UseCase.objects.filter(pk=subject.id)).get().standing


def trail(subject: Ref, *actions: str) -> Counter[str]:
    """How often each of these actions is in the trail of the case."""
    about = AuditEvent.objects.filter(subject_kind=subject.kind, subject_id=subject.id, action__in=actions)
    return Counter(about.values_list("action", flat=True))


def test_two_last_approvals_in_one_lane_end_as_one() -> None:
    request = but_for(1)
    [lane] = request.undecided
    two = [cases.decider(lane), cases.decider(lane)]
    done = meeting_at(request, *[partial(approve, request, lane, by) for by in two])
    assert sorted(type(each).__name__ for each in done) == ["ConflictError", "ReviewRequest"]
    assert now(request).state == RequestState.APPROVED
    assert Decision.objects.filter(request=request).count() == 3
    assert trail(request.subject, "review.decided", "review.refused") == {"review.decided": 3, "review.refused": 1}


def test_the_last_approvals_of_two_lanes_close_the_request_once() -> None:
    for _ in ROUNDS:
        request = but_for(2)
        last = [partial(approve, request, lane, cases.decider(lane)) for lane in request.undecided]
        done = meeting_at(request, *last)
        assert sorted(str(each.state) for each in done) == [RequestState.APPROVED, RequestState.IN_REVIEW]
        assert now(request).state == RequestState.APPROVED
        assert standing(request.subject) == Standing.CLEARED
        assert Decision.objects.filter(request=request).count() == len(request.lanes)
        assert trail(request.subject, "review.decided") == {"review.decided": len(request.lanes)}


def test_one_person_in_two_lanes_at_once_decides_in_one() -> None:
    request = but_for(2)
    both = person()
    for lane in request.undecided:
        accounts.grant(user=both, role=Role.REVIEWER, lane=Lane(lane), by=None)
    done = meeting_at(request, *[partial(approve, request, lane, both) for lane in request.undecided])
    assert sorted(type(each).__name__ for each in done) == ["NotAllowedError", "ReviewRequest"]
    assert now(request).state == RequestState.IN_REVIEW
    assert Decision.objects.filter(request=request, actor=both).count() == 1
    assert trail(request.subject, "review.decided", "review.refused") == {"review.decided": 2}


def test_of_an_approval_and_a_withdrawal_exactly_one_counts() -> None:
    for _ in ROUNDS:
        request = but_for(1)
        [lane] = request.undecided
        approved, withdrawn = meeting_at(
            request,
            partial(approve, request, lane, cases.decider(lane)),
            partial(reviews.withdraw, request_id=request.pk, by=request.requested_by),
        )
        won = isinstance(approved, ReviewRequest)
        assert isinstance(withdrawn if won else approved, ConflictError), (approved, withdrawn)
        assert now(request).state == (RequestState.APPROVED if won else RequestState.WITHDRAWN)
        assert standing(request.subject) == (Standing.CLEARED if won else Standing.WITHDRAWN)
        assert Decision.objects.filter(request=request).count() == (3 if won else 2)
        told = trail(request.subject, "review.decided", "review.withdrawn", "review.refused")
        late = {"review.decided": 2, "review.withdrawn": 1, "review.refused": 1}
        assert told == ({"review.decided": 3} if won else late)


def test_an_approval_beside_an_edit_never_clears_the_edited_case() -> None:
    for number in ROUNDS:
        request = but_for(1)
        [lane] = request.undecided
        case = UseCase.objects.get(pk=request.subject_id)
        edit = partial(usecases.edit, use_case=case, version=case.version, by=case.owner, title=f"Edited {number}")
        approved, edited = meeting_at(request, partial(approve, request, lane, cases.decider(lane)), edit)
        assert isinstance(edited, UseCase), edited
        won = isinstance(approved, ReviewRequest)
        assert won or isinstance(approved, StaleError), approved
        assert now(request).state == (RequestState.APPROVED if won else RequestState.VOIDED)
        # What was approved is no longer what there is.
        assert standing(request.subject) == (Standing.LAPSED if won else Standing.UNREVIEWED)
        assert Decision.objects.filter(request=request).count() == (3 if won else 2)
        told = trail(request.subject, "review.decided", "review.voided", "use_case.edited", "review.refused")
        assert told["use_case.edited"] == 2, "pinned, then edited"
        assert (told["review.decided"], told["review.voided"]) == ((3, 0) if won else (2, 1))


def test_submitted_twice_at_once_is_one_request() -> None:
    for _ in ROUNDS:
        case = case_of_three_lanes()
        done = meeting_at(case, *[partial(usecases.submit, use_case=case, by=case.owner)] * 2)
        assert sorted(type(each).__name__ for each in done) == ["ConflictError", "ReviewRequest"]
        [request] = ReviewRequest.objects.filter(subject_id=str(case.pk))
        assert request.state == RequestState.IN_REVIEW
        assert not Decision.objects.filter(request=request)
        assert trail(case.subject, "review.requested") == {"review.requested": 1}


def test_a_case_moves_on_once_however_often_it_is_asked_to_at_once() -> None:
    case = case_of_three_lanes()
    cases.decided(cases.submitted(case))
    done = meeting_at(case, *[partial(usecases.advance, use_case=case, by=case.owner)] * 2)
    assert sorted(type(each).__name__ for each in done) == ["ConflictError", "UseCase"]
    assert UseCase.objects.get(pk=case.pk).stage == Stage.DEVELOP
    assert trail(case.subject, "use_case.advanced") == {"use_case.advanced": 1}


def test_a_case_edited_while_it_moves_on_has_moved_as_it_was_or_not_at_all() -> None:
    for number in ROUNDS:
        case = case_of_three_lanes()
        request = cases.decided(cases.submitted(case))
        moved, edited = meeting_at(
            case,
            partial(usecases.advance, use_case=case, by=case.owner),
            partial(usecases.edit, use_case=case, version=case.version, by=case.owner, title=f"Edited {number}"),
        )
        # Whoever comes second has another version before them, or another content.
        assert isinstance(moved if isinstance(edited, UseCase) else edited, ConflictError), (moved, edited)
        stored = UseCase.objects.get(pk=case.pk)
        assert (stored.stage == Stage.DEVELOP) == (stored.content_hash == request.content_hash)


def test_break_glass_beside_the_last_approval_leaves_one_open_review_or_none() -> None:
    for _ in ROUNDS:
        request = but_for(1)
        [lane] = request.undecided
        case, breaker = UseCase.objects.get(pk=request.subject_id), person()
        reviews.permit_break_glass(person=breaker, by=None)
        approved, broken = meeting_at(
            request,
            partial(approve, request, lane, cases.decider(lane)),
            partial(usecases.break_glass, use_case=case, reason="It burns.", by=breaker),
        )
        assert isinstance(approved, ReviewRequest | StaleError), approved
        assert isinstance(broken, BreakGlass | ConflictError), broken
        waiting = ReviewRequest.objects.filter(subject_id=str(case.pk), state=RequestState.IN_REVIEW)
        assert waiting.count() == isinstance(broken, BreakGlass)
        assert standing(case.subject) in (Standing.CLEARED, Standing.CLEARED_WITH_CONDITIONS)
