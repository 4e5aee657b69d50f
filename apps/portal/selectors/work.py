"""A person's work: a query over open steps, never a second copy of state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.compute.models import FINAL_STATES, JobState
from apps.core.badges import Badge, badge
from apps.evaluations import selectors as evaluations
from apps.reviews import selectors as reviews
from apps.reviews.models import RequestState
from apps.usecases import selectors as usecases
from apps.usecases.models import Standing

_SHOWN, _FAILED_SHOWN = 10, 5
_LATELY, _SOON = timedelta(days=30), timedelta(days=7)
# Reviews after which it is the turn of whoever answers for the case.
_RETURNED = {
    RequestState.CHANGES_REQUESTED: "A reviewer asked for changes",
    RequestState.REJECTED: "A reviewer rejected it",
    RequestState.VOIDED: "The pending decision was voided",
    RequestState.REVOKED: "Its approval was revoked",
}
_ENDED = {RequestState.EXPIRED: "Its approval expired", RequestState.SUPERSEDED: "Its approval was superseded"}


@dataclass(frozen=True)
class Need:
    """One line of a queue: what, where, why, since when, the one verb that helps, and how its age stands."""

    title: str
    url: str
    why: str
    at: datetime
    verb: str
    badge: Badge
    age: Badge | None = None


def needs(person: User, *, shown: int = _SHOWN, failed: int = _FAILED_SHOWN) -> list[Need]:
    """What the person may decide, owes, began and must mend, and own runs that failed; oldest first in each."""
    return [
        *_to_decide(person, shown), *_to_confirm(person, shown), *_conditions(person, shown),
        *_cases(person, shown), *_stages(person),
        *_unfinished(person), *_failed(person, failed),
    ]  # fmt: skip


def waiting(person: User, *, shown: int = 50) -> list[Need]:
    """What the person has set going and others must finish: open reviews, unfinished runs; oldest first."""
    asked = reviews.requests(viewer=person).filter(requested_by=person, state=RequestState.IN_REVIEW)
    running = _my_runs(person).exclude(job__state__in=FINAL_STATES)
    return [
        *(_asked(review) for review in asked.order_by("created_at")[:shown]),
        *(_run(run, "Runs since you started it", "Follow it") for run in running.order_by("created_at")[:shown]),
    ]


def done(person: User, *, shown: int = 50) -> list[Need]:
    """Reviews of 30 days that the person asked for or decided, and their runs that ended; newest first."""
    since = timezone.now() - _LATELY
    mine = Q(requested_by=person) | Q(pk__in=_decided_by(person))
    closed = reviews.requests(viewer=person).filter(mine, closed_at__gte=since).order_by("-closed_at")
    ended = _my_runs(person).filter(job__state__in=FINAL_STATES, job__ended_at__gte=since).order_by("-job__ended_at")
    found = [
        *(_closed(review) for review in closed[:shown]),
        *(_run(run, "Ended", "Read it", at=run.job.ended_at) for run in ended[:shown]),
    ]
    return sorted(found, key=lambda need: need.at, reverse=True)[:shown]


def open_count(person: User) -> int:
    """How many things need the person now."""
    parts: list[QuerySet[Any]] = [
        reviews.waiting_for(person), usecases.to_confirm(person), reviews.owed_by(person), reviews.to_verify(person),
        _returned_cases(person), _cases_due(person), usecases.drafts(person), _failed_runs(person),
    ]  # fmt: skip
    # However many stages wait, they are one line that leads to their list.
    stages = usecases.stages_to_decide(person).order_by().values("pk")[:1]
    return stages.union(*(part.order_by().values("pk") for part in parts)).count()


def my_cases(person: User) -> Any:
    """The cases the person owns or sponsors, newest first."""
    return usecases.use_cases(viewer=person).filter(Q(owner=person) | Q(sponsor=person))


def age_of(review: Any, *, due: datetime | None = None, on: datetime) -> Badge | None:
    """The clock of the step of a review that is due at `due`, else of its most urgent one; None where none waits."""
    waiting = [step for step in review.ordered_steps if step.is_open and due in (None, step.due_at)]
    if not waiting:
        return None
    clock = reviews.clock(min(waiting, key=lambda step: step.due_at), on=on)
    return Badge(clock.words, clock.tone)


def _to_decide(person: User, shown: int) -> Iterable[Need]:
    on = timezone.now()
    return [
        Need(
            review.title, reverse("reviews:detail", args=[review.pk]),
            f"{review.requested_by} asks for gate {review.gate}", review.created_at, "Read and decide",
            badge(review.state, review.get_state_display()), age_of(review, due=review.turn_due, on=on),
        )
        for review in reviews.waiting_for(person)[:shown]
    ]  # fmt: skip


def _to_confirm(person: User, shown: int) -> Iterable[Need]:
    return [
        Need(
            str(proposed.use_case), reverse("usecases:tier", args=[proposed.use_case.ref]),
            f"{proposed.proposed_by} proposes the risk tier {proposed.get_to_tier_display()}", proposed.created_at,
            "Confirm or decline", badge("open", "Second person"),
        )
        for proposed in usecases.to_confirm(person)[:shown]
    ]  # fmt: skip


def _conditions(person: User, shown: int) -> Iterable[Need]:
    """What the person owes by a day, then what they verify, asked in one statement."""
    rows = list(reviews.owed_by(person)[:shown].union(reviews.to_verify(person)[:shown], all=True))
    rows.sort(key=lambda row: (row.due_on, row.created_at))
    owed = [(row, "You owe this by", "Hand it in") for row in rows if row.handed_in_at is None]
    handed_in = [(row, "Handed in; due on", "Verify it") for row in rows if row.handed_in_at]
    return [
        Need(
            row.text[:200], reverse("reviews:condition", args=[row.pk]),
            f"{why} {row.due_on:%-d %B %Y}, for {row.decision.request.title}; asked", row.created_at, verb,
            badge(row.state.value, row.state.label), _due(row.due_on),
        )
        for row, why, verb in [*owed, *handed_in]
    ]  # fmt: skip


def _due(day: date) -> Badge | None:
    left = (day - timezone.now().date()).days
    if left < 0:
        return Badge(f"{-left} {'day' if left == -1 else 'days'} over", "bad")
    if left > _SOON.days:
        return None
    return Badge("Due today" if left == 0 else f"{left} {'day' if left == 1 else 'days'} left", "warning")


def _unfinished(person: User) -> Iterable[Need]:
    draft = usecases.draft(person)
    if draft is None:
        return []
    url = reverse("usecases:register")
    return [Need(str(draft)[:200], url, "You began to register it", draft.saved_at, "Go on", badge("draft"))]


def _returned_cases(person: User) -> QuerySet[Any]:
    """The person's cases that came back or lapsed; while a review of any gate is open, there is nothing to submit."""
    cases: QuerySet[Any] = usecases.with_latest(my_cases(person))
    came_back = Q(standing_state__in=_RETURNED) | Q(standing=Standing.LAPSED)
    return cases.filter(came_back, is_under_way=False)


def _cases(person: User, shown: int) -> Iterable[Need]:
    """The person's cases that came back, then those that must be reviewed by a day; asked in one statement."""
    returned, due = _returned_cases(person).order_by("updated_at"), _cases_due(person).order_by("review_due_on")
    # Each row says which of the two it came from: only what is due is sure to have a day.
    halves = [part.annotate(came_back=Value(value)) for part, value in ((returned, True), (due, False))]
    rows = list(halves[0][:shown].union(halves[1][:shown], all=True))
    came_back, is_due = [row for row in rows if row.came_back], [row for row in rows if not row.came_back]
    return [
        *map(_returned, sorted(came_back, key=lambda case: case.updated_at)),
        *map(_due_case, sorted(is_due, key=lambda case: case.review_due_on)),
    ]


def _returned(case: Any) -> Need:
    return Need(
        case.title, reverse("usecases:detail", args=[case.ref]), _why_returned(case), _returned_at(case),
        "Mend and submit", badge(case.standing_state) if case.standing_state in _RETURNED else badge("lapsed"),
    )  # fmt: skip


def _why_returned(case: Any) -> str:
    """What became of the review that counts, in the words that were given for it; else what took its effect away."""
    what = {**_RETURNED, **_ENDED}.get(case.standing_state)
    if what:
        return f"{what}: {case.standing_reason}".removesuffix(": ")
    if case.standing_hash == case.content_hash:
        return "A blocking condition of its approval is overdue"
    return "It changed after it was cleared"


def _returned_at(case: Any) -> datetime:
    """When that review came to what it is; for an approval that lost its effect, when the case last changed."""
    at: datetime = case.standing_at if case.standing_state in {**_RETURNED, **_ENDED} else case.updated_at
    return at


def _cases_due(person: User) -> QuerySet[Any]:
    """The person's cases that must be reviewed by a day and are not on the way.

    Only those without a review that counts, or that was taken back: what came back or lapsed stands above, once.
    """
    cases: QuerySet[Any] = usecases.due(usecases.with_latest(my_cases(person)), "now")
    unasked = Q(standing_state=None) | Q(standing_state=RequestState.WITHDRAWN)
    return cases.filter(unasked, is_under_way=False)


def _due_case(case: Any) -> Need:
    return Need(
        case.title, reverse("usecases:detail", args=[case.ref]),
        f"It must be reviewed by {case.review_due_on:%-d %B %Y}; registered", case.created_at, "Submit it",
        badge(case.standing, Standing(case.standing).label), _due(case.review_due_on),
    )  # fmt: skip


def _stages(person: User) -> Iterable[Need]:
    """One line for all imported cases whose stage the person may decide."""
    oldest = usecases.stages_to_decide(person).first()
    if oldest is None:
        return []
    url = f"{reverse('usecases:list')}?{urlencode({'stage_open': 'yes'})}"
    why = "An import could not know the stage, and a steward decides it; the oldest came"
    return [Need("Imported: stage to decide", url, why, oldest.created_at, "Look", badge("open", "To decide"))]


def _my_runs(person: User) -> QuerySet[Any]:
    return evaluations.runs(viewer=person).filter(created_by=person)


def _failed_runs(person: User) -> QuerySet[Any]:
    """The person's runs of late that failed and that nobody has repeated since."""
    since = timezone.now() - _LATELY
    return _my_runs(person).filter(job__state=JobState.FAILED, created_at__gte=since).exclude(_repeated(person))


def _failed(person: User, shown: int) -> Iterable[Need]:
    newest = list(_failed_runs(person).order_by("-created_at")[:shown])
    return [_run(run, run.job.reason, "See why") for run in reversed(newest)]


def _repeated(person: User) -> Exists:
    """Whether there is a later run of the same prompt, endpoint and dataset for the same use case, or for none."""
    both_for_none = Q(use_case__isnull=True) & Q(IsNull(OuterRef("use_case"), True))
    same = ("prompt_version__prompt", "endpoint", "dataset_version__dataset")
    later = evaluations.runs(viewer=person).filter(
        Q(use_case=OuterRef("use_case")) | both_for_none,
        created_at__gt=OuterRef("created_at"),
        **{name: OuterRef(name) for name in same},
    )
    return Exists(later)


def _decided_by(person: User) -> QuerySet[Any]:
    return reviews.requests(viewer=person).filter(decisions__actor=person).order_by().values("pk")


def _asked(review: Any) -> Need:
    return Need(
        review.title, reverse("reviews:detail", args=[review.pk]),
        f"{' and '.join(review.undecided).capitalize()} must decide gate {review.gate}", review.created_at, "Look",
        badge(review.state, review.get_state_display()), age_of(review, on=timezone.now()),
    )  # fmt: skip


def _closed(review: Any) -> Need:
    return Need(
        review.title, reverse("reviews:detail", args=[review.pk]), f"Gate {review.gate}: {review.closed_reason}",
        review.closed_at, "Read it", badge(review.state, review.get_state_display()),
    )  # fmt: skip


def _run(run: Any, why: str, verb: str, *, at: datetime | None = None) -> Need:
    url = reverse("evaluations:detail", args=[run.pk])
    return Need(str(run), url, why, at or run.created_at, verb, evaluations.state(run))
