"""Something to review that is no use case: prompts, reviewed by whatever lanes a test asks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Lane, Role, User
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.prompts.models import Prompt
from apps.reviews import lanes, services, subjects
from apps.reviews.models import Outcome, ReviewRequest
from apps.reviews.subjects import LaneAsk
from tests.factories import cases, shelves
from tests.factories.people import person

FIELDS = {"Title": "Sort invoices", "Cost": "100", "Data": "Names"}
BOTH = (LaneAsk("security", ("Data",), 5), LaneAsk("finance", ("Cost", subjects.EVIDENCE), 10))


class Thing:
    """A prompt with fields that a test may change, and the people it belongs to."""

    def __init__(self, **fields: str) -> None:
        self.prompt = shelves.prompt().prompt
        self.subject = Ref("prompt", str(self.prompt.pk))
        self.owner, self.fields, self.objection = person(Role.BUSINESS_OWNER), {**FIELDS, **fields}, ""
        self.evidence: list[dict[str, Any]] = []
        self.involved: set[UUID] = set()

    @property
    def revision(self) -> list[dict[str, Any]]:
        """Its fields, as a review freezes them."""
        return [{"field": name, "value": value} for name, value in self.fields.items()]

    def ask(self, *asks: LaneAsk, barred: Sequence[UUID] = (), by: User | None = None, **more: Any) -> ReviewRequest:
        """A request for the lanes, security and finance without any, asked for by its owner."""
        given: dict[str, Any] = {
            "subject": self.subject, "title": "A prompt", "gate": "G2", "revision": self.revision,
            "evidence": self.evidence, "lanes": asks or BOTH, "barred": barred, "by": by or self.owner, **more,
        }  # fmt: skip
        return services.open_request(**given)


@contextmanager
def reviewable() -> Iterator[Callable[..., Thing]]:
    """Makes prompts reviewable while it lasts; what it gives makes things."""
    made: dict[str, Thing] = {}

    def make(**fields: str) -> Thing:
        thing = Thing(**fields)
        made[thing.subject.id] = thing
        return thing

    def involving(people: QuerySet[Any]) -> QuerySet[Prompt]:
        known = {key for key, thing in made.items() if people.filter(pk__in=thing.involved).exists()}
        return Prompt.objects.filter(pk__in=known)

    subject = subjects.Subject(
        lambda key: sha256_hex(made[key].revision), lambda key, *_: made[key].objection,
        involved=lambda key: made[key].involved, involving=involving,
    )  # fmt: skip
    subjects.register("prompt", subject)
    try:
        yield make
    finally:
        subjects._SUBJECTS.pop("prompt")


def reviewer(lane: str, **where: Any) -> User:
    """Somebody who decides in the lane by being its lane reviewer, everywhere without a place."""
    return person(Role.REVIEWER, lane=Lane(lane), **where)


def decide(request: ReviewRequest, lane: str, by: User | None = None, **change: Any) -> ReviewRequest:
    """An approval in the lane by a new reviewer of it, but for what `change` says."""
    outcome = change.get("outcome", Outcome.APPROVE)
    given: dict[str, Any] = {
        "request_id": request.pk, "lane": lane, "outcome": outcome, "reason": "Read and weighed.",
        "content_hash": request.content_hash, "by": by or reviewer(lane), **cases.said(outcome, request), **change,
    }  # fmt: skip
    return services.decide(**given)


def board() -> User:
    """Somebody of the board."""
    return reviewer(lanes.BOARD)


def states(request: ReviewRequest) -> dict[str, str]:
    """Lane → the state of its step, read anew."""
    found = ReviewRequest.objects.get(pk=request.pk)
    return {step.lane: step.state.value for step in found.steps.all()}


def again(request: ReviewRequest) -> ReviewRequest:
    """The request as it is stored now."""
    return ReviewRequest.objects.get(pk=request.pk)


def changed_and_asked_again(thing: Thing, *, change: dict[str, str], **more: Any) -> ReviewRequest:
    """Approved by security; finance asks for changes; these are made and it is submitted again."""
    first = thing.ask()
    decide(first, "security")
    decide(first, "finance", outcome=Outcome.REQUEST_CHANGES, fields=["Cost"])
    thing.fields |= change
    return thing.ask(**more)
