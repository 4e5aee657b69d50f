"""Pages of reviews: what was asked, on which exact content, and who decided what."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from apps.accounts import kinds
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core import lists
from apps.core.badges import Badge, badge
from apps.core.details import Action, Fact, Head, page, tabs
from apps.core.http import respond
from apps.core.models import Viewer
from apps.reviews import lanes, selectors
from apps.reviews.forms import DecisionForm
from apps.reviews.models import LaneStep, RequestState, ReviewRequest, Via
from apps.reviews.selectors import Seat

_CRUMBS = [("Reviews", "/reviews/")]
_YES = [("yes", "Yes")]


def _url(review: ReviewRequest) -> str:
    return reverse("reviews:detail", args=[review.pk])


def _state(review: ReviewRequest) -> Any:
    return badge(review.state, review.get_state_display())


def _undecided(review: ReviewRequest) -> str:
    """The lanes whose turn it is."""
    return ", ".join(map(lanes.title, review.undecided)) if review.is_open else ""


def _waits_for(person: Viewer) -> lists.Facet:
    """What waits for one person: a facet of each reader's own, and as it is registered of nobody."""
    return lists.Facet(
        "waits_for_me", "Waits for me", choices=_YES, single=True, counted=False,
        narrow=lambda rows, chosen: rows.filter(selectors.waits_for(person)),
    )  # fmt: skip


REVIEWS = lists.register(
    lists.List(
        page="reviews:list",
        title="Reviews",
        lede="What was asked, on which exact content, and what was decided.",
        empty="Nothing has been submitted for review yet.",
        order="-asked",
        search=selectors.matching,
        search_hint="Title of what is reviewed",
        columns=[
            lists.Column("what", "What", lambda review: review.title, _url, sort="title"),
            lists.Column("gate", "Gate", lambda review: review.gate, kind="ref", sort="gate"),
            lists.Column("state", "State", _state, kind="status", sort="state"),
            lists.Column("undecided", "Undecided", _undecided),
            lists.Column("asker", "Asked by", lambda review: review.requested_by, sort="requested_by__display_name"),
            lists.Column("asked", "Asked", lambda review: review.created_at, kind="time", sort="created_at"),
            lists.Column("closed", "Closed", lambda review: review.closed_at, kind="time", sort="closed_at"),
        ],
        facets=[
            lists.Facet("state", "State", "state", RequestState.choices),
            lists.Facet("gate", "Gate", "gate"),
            lists.Facet(
                "lane", "Waits in lane", choices=[(key, lane.title) for key, lane in lanes.LANES.items()],
                narrow=lambda rows, chosen: rows.filter(selectors.waits_in(chosen)), counted=False,
            ),
            _waits_for(AnonymousUser()),
            lists.Facet(
                "overdue", "Overdue", choices=_YES, single=True, counted=False,
                narrow=lambda rows, chosen: rows.filter(selectors.has_late_step(timezone.now())),
            ),
            lists.Facet(
                "asker",
                "Asked by",
                "requested_by__username",
                label_field="requested_by__display_name",
                called="user name",
            ),
        ],
    )
)  # fmt: skip


def review_list(request: Request) -> HttpResponseBase:
    """Every review request that the reader may see, newest first."""
    mine = _waits_for(request.user)
    listing = replace(REVIEWS, facets=[mine if facet.name == mine.name else facet for facet in REVIEWS.facets])
    return lists.answer(request, listing, selectors.requests(viewer=request.user))


def detail(request: Request, review_id: UUID) -> HttpResponse:
    """One review for everyone to read, and for whose turn it is the form that decides."""
    review = selectors.request(review_id, viewer=request.user)
    seats = selectors.seats(request.user, review)
    form = DecisionForm(review=review, seats=seats, viewer=request.user) if seats else None
    return overview(request, review, form, seats)


def overview(request: Request, review: ReviewRequest, form: DecisionForm | None, seats: list[Seat]) -> HttpResponse:
    """The frozen content, the evidence shown with it, the lanes, the conditions, and the form."""
    context = {
        **frame(request, review, seats=seats), "revision": selectors.revision(review, viewer=request.user),
        "evidence": [{**claim, "badge": badge(claim["verdict"])} for claim in review.evidence],
        "conditions": selectors.conditions_of(review, viewer=request.user), "form": form,
        "action": reverse("reviews:decide", args=[review.pk]), "may_decide": bool(seats),
        "overturned": _overturned(review), "why_asked": _why_asked(review),
    }  # fmt: skip
    return respond(request, "reviews/detail.html", context, status=form.status if form else 200)


def _why_asked(review: ReviewRequest) -> str:
    """What the trigger of a review comes from, where it has one: a person who broke the glass, or the portal."""
    in_retrospect = selectors.is_in_retrospect(review)
    return "Somebody let it through before its review" if in_retrospect else "The portal asks again"


def _overturned(review: ReviewRequest) -> list[Any]:
    return [decision for decision in review.decisions.all() if decision.overturns_id]


def changes(request: Request, review_id: UUID) -> HttpResponse:
    """What changed since each lane last decided on the same thing."""
    review = selectors.request(review_id, viewer=request.user)
    found = selectors.since_last(review, viewer=request.user)
    since = [(lanes.title(lane), found[lane]) for lane in review.lanes if lane in found]
    return respond(request, "reviews/changes.html", {**frame(request, review), "since": since})


def frame(request: Request, review: ReviewRequest, *, seats: list[Seat] | None = None) -> dict[str, Any]:
    """What every tab of a review shares."""
    reviewed = accounts.note_view_about(review.subject, by=request.user)
    url = kinds.of(review.subject_kind).url(reviewed)
    mine = selectors.seats(request.user, review) if seats is None else seats
    pages = [("Overview", _url(review)), ("Changes", reverse("reviews:changes", args=[review.pk]))]
    head = Head(
        f"Review, gate {review.gate}", review.title, _CRUMBS, status=_state(review),
        primary=Action("Decide", f"{_url(review)}#decide") if mine else None,
        menu=list(_menu(request, review, bool(mine))), tabs=tabs(request, *pages),
    )  # fmt: skip
    steps = [_step(step) for step in review.ordered_steps]
    return {**page(request, head), "review": review, "facts": _facts(review, url), "steps": steps}


def _menu(request: Request, review: ReviewRequest, mine: bool) -> Any:
    """The verbs beside deciding that this person has."""
    at = [review.pk]
    if selectors.may_withdraw(request.user, review):
        yield Action("Withdraw", reverse("reviews:withdraw", args=at), post=True)
    if mine:
        yield Action("Step back from it", reverse("reviews:recuse", args=at))
        yield Action("Decide in the review desk", reverse("admin:reviews_reviewrequest_change", args=at))
    if review.is_approved and selectors.may_revoke(request.user, review):
        yield Action("Revoke the approval", reverse("reviews:revoke", args=at), tone="danger")
    if selectors.may_overturn(request.user, review):
        yield Action("Overturn the rejection", reverse("reviews:overturn", args=at))


def _step(step: LaneStep) -> dict[str, Any]:
    """One lane as pages show it: its decision or its clock, and whose turn it is."""
    shown: dict[str, Any] = {
        "title": lanes.title(step.lane), "step": step, "decision": step.decision, "badge": _step_badge(step),
    }  # fmt: skip
    if step.is_open:
        shown["clock"] = clock(step)
        shown["turn"] = "" if step.via == Via.POOL else f"It is the turn of {Via(step.via).label}."
    return shown


def _step_badge(step: LaneStep) -> Badge:
    return badge("queued", "Waiting") if step.is_open else badge(step.state.value, step.state.label)


def clock(step: LaneStep) -> Badge:
    """How a waiting lane's time stands."""
    found = selectors.clock(step, on=timezone.now())
    return Badge(found.words, found.tone)


def _facts(review: ReviewRequest, url: str) -> list[Fact]:
    told = [
        Fact("About", "Open what is reviewed", url),
        Fact("Asked by", review.requested_by),
        Fact("Asked", review.created_at, kind="time"),
        Fact("Closed", review.closed_at, kind="time"),
    ]
    if review.ended_at:
        told.append(Fact("Ended", review.ended_at, kind="time"))
    if review.rule_set:
        told.append(Fact("Rule set", review.rule_set))
    return [
        *told,
        Fact("Content SHA-256", review.content_hash, kind="code"),
        Fact("Evidence SHA-256", review.evidence_hash, kind="code"),
    ]
