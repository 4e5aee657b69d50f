"""Whose turn a condition is: who hands in what it wants and who verifies it, also once those who were named cannot."""

from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts import access
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core.models import Viewer
from apps.reviews import subjects
from apps.reviews.lanes import LANES
from apps.reviews.models import Condition, Recusal, ReviewRequest
from apps.reviews.selectors.conditions import counting
from apps.reviews.selectors.conflicts import has_part_now, involved
from apps.reviews.selectors.pools import pool
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

    Its verifier does; once they left or may not, somebody who decides in its lane.
    """
    request = condition.decision.request
    barred = involved(request)
    if user.pk in (condition.owner_id, condition.handed_in_by_id):
        return "Whoever owes a condition or handed it in cannot verify it."
    if user.pk in barred:
        return "You have or had a part in what is reviewed, so another person must verify it."
    if condition.verifier.is_active and condition.verifier_id not in barred:
        return "" if user.pk == condition.verifier_id else f"{condition.verifier} verifies this condition."
    may = user.is_person and holds(user, request, condition.decision.lane)
    return "" if may else "Its verifier cannot do so any more; somebody who decides in its lane must verify it."


def verifiers(condition: Condition) -> set[UUID]:
    """The ids of those who verify the condition: its verifier, or once they may not, the people of its lane."""
    if not bar_to_verifying(condition.verifier, condition):
        return {condition.verifier_id}
    return {person.pk for person in pool(condition.decision.lane, condition.decision.request).people}


def to_verify(user: Viewer) -> QuerySet[Condition]:
    """What was handed in and waits for the person to look at it: as its verifier, or where its verifier cannot."""
    waiting = counting(user).filter(handed_in_at__isnull=False)
    if not isinstance(user, User):
        return waiting.none()
    ours = [Q(decision__lane=lane, decision__request__in=requests_reached(user, lane).values("pk")) for lane in LANES]
    about = {f"request__subject_{name}": OuterRef(f"decision__request__subject_{name}") for name in ("kind", "id")}
    stepped_back = Exists(Recusal.objects.order_by().filter(person=OuterRef("verifier"), **about))
    orphaned = (Q(verifier__is_active=False) | Q(stepped_back)) & reduce(or_, ours, access.NOTHING)
    return waiting.filter(Q(verifier=user.pk) | orphaned).exclude(owner=user.pk).exclude(handed_in_by=user.pk)
