"""What is done with reviews besides deciding, with conditions and with delegations: things, and how each is tried."""

from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.reviews import services as reviews
from apps.reviews.lanes import LANES
from apps.reviews.models import Condition, Delegation, Outcome, ReviewRequest
from tests.factories import cases
from tests.factories.people import person


class Promises(NamedTuple):
    """A condition that somebody owes, and a delegation that they got."""

    condition: Condition
    delegation: Delegation


def promises(owner: User, verifier: User) -> Promises:
    """A condition of an approval in the stewards' lane, and a steward's delegation to its owner."""
    request, asked = cases.submitted(cases.case(by=owner)), cases.condition(owner=owner, verifier=verifier)
    reviews.decide(
        request_id=request.pk, lane="steward", outcome=Outcome.APPROVE_WITH_CONDITIONS, reason="Read.",
        content_hash=request.content_hash, by=person(Role.STEWARD), conditions=[asked],
    )  # fmt: skip
    return Promises(Condition.objects.get(decision__request=request), _given(owner))


def _given(owner: User) -> Delegation:
    today = timezone.now().date()
    return reviews.delegate(
        lane="steward", to=owner, starts_on=today, ends_on=today, reason="On leave.", by=person(Role.STEWARD)
    )


Tries = dict[tuple[str, str], tuple[str, list[dict[str, Any]]]]


def attempts(review: ReviewRequest, made: Promises, to: User) -> Tries:
    """(route, method) → the address, and the bodies to try."""
    at, condition, delegation = [review.pk], [made.condition.pk], [made.delegation.pk]
    day, why = timezone.now().date().isoformat(), [{"reason": "I know them."}]
    given = {"to": to.username, "starts_on": day, "ends_on": day, "reason": "On leave."}
    nothing: list[dict[str, Any]] = [{}]
    rows: list[tuple[str, str, list[Any], list[dict[str, Any]]]] = [
        *((f"reviews:{name}", "POST", at, nothing) for name in ("decide", "recuse", "revoke", "overturn")),
        ("reviews:condition", "POST", condition, [{}]),
        ("reviews:delegations", "POST", [], [{}]),
        ("reviews:end_delegation", "POST", delegation, [{}]),
        *((f"api-review-{name}", "POST", at, why) for name in ("recuse", "revoke", "overturn")),
        ("api-condition-meet", "POST", condition, [{"evidence": "Done."}]),
        ("api-condition-verify", "POST", condition, [{"accepted": True}]),
        ("api-delegations", "POST", [], [{"lane": lane, **given} for lane in LANES]),
        ("api-delegation", "DELETE", delegation, [{}]),
    ]
    return {(name, method): (reverse(name, args=args), bodies) for name, method, args, bodies in rows}


def ready(made: Promises) -> dict[str, UUID]:
    """Deed → the review on which it can be done: one approved, one rejected; and what was promised is handed in."""
    reviews.meet_condition(condition_id=made.condition.pk, evidence="Done.", by=made.condition.owner)
    approved = cases.decided(cases.submitted(cases.case()))
    rejected = cases.decided(cases.submitted(cases.case()), Outcome.REJECT)
    return {"revoke": approved.pk, "overturn": rejected.pk}


def doers() -> dict[str, User]:
    """Route → who does it, where whoever asked for the review may not."""
    steward, member = person(Role.STEWARD), cases.decider("board")
    board = ("reviews:revoke", "reviews:overturn", "api-review-revoke", "api-review-overturn")
    names = ("reviews:decide", "reviews:recuse", "reviews:condition", "api-review-decide", "api-review-recuse")
    return dict.fromkeys(board, member) | dict.fromkeys((*names, "api-condition-verify"), steward)
