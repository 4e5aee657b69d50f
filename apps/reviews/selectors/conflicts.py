"""Who has a part in what is reviewed, or stands in for somebody who has, and who has decided in it already."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.core.refs import Ref
from apps.reviews import subjects
from apps.reviews.models import Decision, Delegation, LaneStep, Recusal, ReviewRequest


class Conflicts(NamedTuple):
    """Who has a part, who stepped back, and (delegator, delegate) wherever one of these delegated."""

    parts: set[UUID]
    recused: set[UUID]
    given: list[tuple[UUID, UUID]]

    @property
    def people(self) -> set[UUID]:
        """The ids of all who may not decide."""
        return {*self.parts, *self.recused, *(delegate for _, delegate in self.given)}

    def behind(self, person: UUID) -> list[UUID]:
        """Those of them who delegated to the person."""
        return [delegator for delegator, delegate in self.given if delegate == person]


def conflicts(about: ReviewRequest | Ref, *, barred: Collection[UUID] = ()) -> Conflicts:
    """Who may not decide on a request, or on a thing before it is asked about; `barred` may not besides.

    Whoever answers for a program among them may not either. A delegation counts that held while the request was open,
    be it for a day: ending it takes no conflict away.
    """
    if isinstance(about, ReviewRequest):
        subject, since = about.subject, about.created_at
        barred = {*barred, about.requested_by_id, *about.barred}
    else:
        subject, since = about, timezone.now()
    parts = _parts(subject, barred)
    stepped_back = recused(subject)
    given = _given().filter(_held(since), delegator__in=parts | stepped_back)
    return Conflicts(parts, stepped_back, list(given.order_by().values_list("delegator", "delegate")))


def involved(request: ReviewRequest) -> set[UUID]:
    """The ids of all who may not decide on the request, nor verify its conditions."""
    return conflicts(request).people


def recused(subject: Ref) -> set[UUID]:
    """The ids of the people who said that they cannot decide on this."""
    about = Recusal.objects.filter(request__subject_kind=subject.kind, request__subject_id=subject.id)
    return set(about.values_list("person", flat=True))


def _parts(subject: Ref, barred: Collection[UUID]) -> set[UUID]:
    """Those barred, whoever has a part in the thing now, and who answers for programs of these."""
    known = {*barred, *subjects.of(subject.kind).involved(subject.id)}
    return known | accounts.answering_for(known)


def _given() -> QuerySet[Delegation]:
    """The delegations that have begun, ended or not, whoever of the two has left since."""
    begun = Delegation.objects.filter(starts_on__lte=timezone.now().date())
    return begun.filter(Q(ended_at=None) | Q(ended_at__date__gte=F("starts_on")))


def _held(since: datetime) -> Q:
    """Over delegations: whether it still held at that moment."""
    return Q(ends_on__gte=since.date()) & (Q(ended_at=None) | Q(ended_at__gte=since))


# The same over many requests at once.


def given_to(people: Collection[UUID]) -> list[Delegation]:
    """What was ever delegated to one of the people."""
    return list(_given().filter(delegate__in=people).select_related("delegator", "delegate"))


def conflicted(person: UUID, given: Iterable[Delegation]) -> Q:
    """Over requests: whether the person may not decide on it, as `conflicts` says of one; `given` as `given_to`."""
    found = _has_part(person)
    for row in given:
        if row.delegate_id == person:
            found |= _has_part(row.delegator_id) & _open_during(row)
    return found


def _open_during(given: Delegation) -> Q:
    before_its_end = Q(created_at__lte=given.ended_at) if given.ended_at else Q()
    return Q(created_at__date__lte=given.ends_on) & before_its_end


def _has_part(person: UUID) -> Q:
    us = accounts.speaking_for(person)
    then = Q(requested_by__in=us) | Q(barred__overlap=us)
    return then | has_part_now(us) | _stepped_back(person)


def has_part_now(people: QuerySet[Any]) -> Q:
    """Matches the requests about things in which one of these people has a part as the things are now."""
    found = Q(pk__in=())
    for kind in subjects.kinds():
        things = subjects.of(kind).involving
        if things:
            theirs = things(people).order_by().values_list(Cast("pk", CharField()))
            found |= Q(subject_kind=kind, subject_id__in=theirs)
    return found


def _stepped_back(person: UUID) -> Q:
    same = {"request__subject_kind": OuterRef("subject_kind"), "request__subject_id": OuterRef("subject_id")}
    return Q(Exists(Recusal.objects.order_by().filter(person=person, **same)))


# One lane a person.


def decided_by(request: ReviewRequest) -> set[Any]:
    """The ids of everybody for whom a decision counts in this request, made in it or carried over into it."""
    carried = [step.carried for step in request.steps.all() if step.carried]
    return {person for decision in [*request.decisions.all(), *carried] for person in decision.people}


def has_decided(person: UUID) -> Q:
    """Over requests: whether a decision of the person counts in it."""
    mine = Q(actor=person) | Q(on_behalf_of=person)
    carried = Q(carried__actor=person) | Q(carried__on_behalf_of=person)
    return Q(Exists(Decision.objects.order_by().filter(mine, request=OuterRef("pk")))) | Q(
        Exists(LaneStep.objects.order_by().filter(carried, request=OuterRef("pk")))
    )
