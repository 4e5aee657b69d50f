"""Whose turn a condition is: who hands in what it wants and who verifies it, also once those who were named cannot."""

from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.accounts import access
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core.models import Viewer
from apps.reviews import subjects
from apps.reviews.lanes import LANES
from apps.reviews.models import Condition, Recusal, ReviewRequest
from apps.reviews.selectors.conditions import counting
from apps.reviews.selectors.conflicts import conflicted, has_part_now, involved
from apps.reviews.selectors.pools import holders
from apps.reviews.selectors.seats import holds, requests_reached


def debtors(condition: Condition) -> set[UUID]:
    """The ids of those who hand in what the condition wants: its owner.

    Once they have left, whoever asked for the review does; once they too have left, whoever has a part in the thing.
    """
    request = condition.decision.request
    for person in (condition.owner, request.requested_by):
        if person.is_active:
            return {person.pk}
    return {*subjects.of(request.subject_kind).involved(request.subject_id)}


def owed_by(person: Viewer) -> QuerySet[Condition]:
    """What the person must still hand in, the next due first: the same as `debtors`, asked the other way about."""
    if not isinstance(person, User):
        return Condition.objects.none()
    asked, of = Q(decision__request__requested_by=person.pk), Q(owner__is_active=False)
    theirs = ReviewRequest.objects.filter(has_part_now(accounts.speaking_for(person.pk)))
    last = Q(decision__request__requested_by__is_active=False, decision__request__in=theirs.values("pk"))
    return counting(person).filter(Q(owner=person.pk) | of & (asked | last), handed_in_at=None)


def bar_to_meeting(user: User, condition: Condition) -> str:
    """Why the person may not hand in what the condition wants, in words, or "".

    Its owner does, or whoever `debtors` names in their place.
    """
    return "" if user.pk in debtors(condition) else f"{condition.owner} owns this condition and hands in what it wants."


def bar_to_verifying(user: User, condition: Condition) -> str:
    """Why the person may not verify the condition, in words, or "".

    Its verifier does, while they are here and without a part; else whoever holds its lane, is without a part, and
    neither owes it nor handed it in. `verifiers` says the same, asked the other way about.
    """
    request = condition.decision.request
    barred = involved(request)
    if user.pk in (condition.owner_id, condition.handed_in_by_id):
        return "Whoever owes a condition or handed it in cannot verify it."
    if user.pk in barred:
        return "You have or had a part in what is reviewed, so another person must verify it."
    if _is_able(condition, barred):
        return "" if user.pk == condition.verifier_id else f"{condition.verifier} verifies this condition."
    may = user.is_person and holds(user, request, condition.decision.lane)
    return "" if may else "Its verifier cannot do so any more; somebody who decides in its lane must verify it."


def _is_able(condition: Condition, barred: set[UUID]) -> bool:
    """Whether its verifier is here, without a part, and did not hand it in themselves."""
    return condition.verifier.is_active and condition.verifier_id not in {*barred, condition.handed_in_by_id}


def verifiers(condition: Condition) -> set[UUID]:
    """The ids of those who verify the condition: its verifier, or once they may not, the people of its lane."""
    request = condition.decision.request
    barred = involved(request)
    if _is_able(condition, barred):
        return {condition.verifier_id}
    theirs = {person.pk for person in holders(condition.decision.lane, request.subject)}
    return theirs - {*barred, condition.owner_id, condition.handed_in_by_id}


def to_verify(user: Viewer) -> QuerySet[Condition]:
    """What was handed in and waits for the person to look at it: as its verifier, or where its verifier cannot.

    One statement, as every page counts it. It knows no pairs of things and people, so it is not all that `verifiers`
    says: where its verifier took a part in the thing, the lane is told and may, but does not find it here; and whoever
    stands in for somebody with a part is refused only once they try.
    """
    handed_in = counting(user).filter(handed_in_at__isnull=False)
    if not (isinstance(user, User) and user.is_active):
        return handed_in.none()
    waiting = handed_in.exclude(owner=user.pk).exclude(handed_in_by=user.pk)
    about = {f"request__subject_{name}": OuterRef(f"decision__request__subject_{name}") for name in ("kind", "id")}
    stepped_back = Exists(Recusal.objects.order_by().filter(person=OuterRef("verifier"), **about))
    unable = Q(verifier__is_active=False) | Q(stepped_back) | Q(handed_in_by=F("verifier"))
    return waiting.filter(Q(verifier=user.pk) | _in_lanes_of(user) & unable).exclude(_about(conflicted(user.pk, ())))


def _in_lanes_of(user: User) -> Q:
    """Over conditions: whether the person's own role for its lane reaches what was reviewed."""
    ours = (Q(decision__lane=lane, decision__request__in=requests_reached(user, lane).values("pk")) for lane in LANES)
    return reduce(or_, ours, access.NOTHING)


def _about(requests: Q) -> Q:
    """Over conditions: whether such a request is the one that they were made in."""
    return Q(decision__request__in=ReviewRequest.objects.filter(requests).values("pk"))
