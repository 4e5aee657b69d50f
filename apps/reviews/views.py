"""Pages of reviews: what was asked, on which exact content, and who decided what. Deciding is done in the admin."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import kinds
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core import diff, lists
from apps.core.badges import badge
from apps.core.details import Action, Fact, Head, page, tabs
from apps.core.http import respond
from apps.reviews import selectors, services
from apps.reviews.models import RequestState, ReviewRequest

_CRUMBS = [("Reviews", "/reviews/")]


def _url(review: ReviewRequest) -> str:
    return reverse("reviews:detail", args=[review.pk])


def _state(review: ReviewRequest) -> Any:
    return badge(review.state, review.get_state_display())


REVIEWS = lists.register(
    lists.List(
        page="reviews:list",
        title="Reviews",
        lede="What was asked, on which exact content, and what was decided. Reviewers decide in the review desk.",
        empty="Nothing has been submitted for review yet.",
        order="-asked",
        search=selectors.matching,
        search_hint="Title of what is reviewed",
        columns=[
            lists.Column("what", "What", lambda review: review.title, _url, sort="title"),
            lists.Column("gate", "Gate", lambda review: review.gate, kind="ref", sort="gate"),
            lists.Column("state", "State", _state, kind="status", sort="state"),
            lists.Column("undecided", "Undecided", lambda r: ", ".join(r.undecided) if r.is_open else ""),
            lists.Column("asker", "Asked by", lambda review: review.requested_by, sort="requested_by__display_name"),
            lists.Column("asked", "Asked", lambda review: review.created_at, kind="time", sort="created_at"),
            lists.Column("closed", "Closed", lambda review: review.closed_at, kind="time", sort="closed_at"),
        ],
        facets=[
            lists.Facet("state", "State", "state", RequestState.choices),
            lists.Facet("gate", "Gate", "gate"),
            lists.Facet(
                "asker",
                "Asked by",
                "requested_by__username",
                label_field="requested_by__display_name",
                called="user name",
            ),
        ],
    )
)


def review_list(request: Request) -> HttpResponseBase:
    """Every review request that the reader may see, newest first."""
    return lists.answer(request, REVIEWS, selectors.requests(viewer=request.user))


def detail(request: Request, review_id: UUID) -> HttpResponse:
    """One review for everyone to read: the frozen content, the evidence shown with it, the decisions."""
    review = selectors.request(review_id, viewer=request.user)
    context = {
        **_frame(request, review), "revision": selectors.revision(review, viewer=request.user),
        "evidence": [{**claim, "badge": badge(claim["verdict"])} for claim in review.evidence],
    }  # fmt: skip
    return respond(request, "reviews/detail.html", context)


def changes(request: Request, review_id: UUID) -> HttpResponse:
    """What changed since the same thing was submitted before."""
    review = selectors.request(review_id, viewer=request.user)
    earlier = selectors.about(review.subject, viewer=request.user).filter(created_at__lt=review.created_at).first()
    before, now = _texts(earlier, request) if earlier else {}, _texts(review, request)
    context = {
        **_frame(request, review), "earlier": earlier,
        "differences": [found for found in diff.fields(before, now) if found.changed] if earlier else [],
    }  # fmt: skip
    return respond(request, "reviews/changes.html", context)


def _texts(review: ReviewRequest, request: Request) -> dict[str, str]:
    entries = selectors.revision(review, viewer=request.user)
    return {entry["field"]: str(entry["value"] or "") for entry in entries}


def _frame(request: Request, review: ReviewRequest) -> dict[str, Any]:
    """What every tab of a review shares."""
    reviewed = accounts.note_view_about(review.subject, by=request.user)
    url = kinds.of(review.subject_kind).url(reviewed)
    decide = review.is_open and selectors.waiting_for(request.user).filter(pk=review.pk).exists()
    desk = Action("Decide in the review desk", reverse("admin:reviews_reviewrequest_change", args=[review.pk]))
    back = Action("Withdraw", reverse("reviews:withdraw", args=[review.pk]), post=True)
    mine = review.is_open and review.requested_by_id == request.user.pk
    pages = [("Overview", _url(review)), ("Changes", reverse("reviews:changes", args=[review.pk]))]
    head = Head(
        f"Review, gate {review.gate}", review.title, _CRUMBS, status=_state(review),
        primary=desk if decide else None, menu=[back] if mine else [], tabs=tabs(request, *pages),
    )  # fmt: skip
    return {**page(request, head), "review": review, "facts": _facts(review, url)}


def _facts(review: ReviewRequest, url: str) -> list[Fact]:
    return [
        Fact("About", "Open what is reviewed", url),
        Fact("Asked by", review.requested_by),
        Fact("Asked", review.created_at, kind="time"),
        Fact("Closed", review.closed_at, kind="time"),
        Fact("Content SHA-256", review.content_hash, kind="code"),
        Fact("Evidence SHA-256", review.evidence_hash, kind="code"),
    ]


@require_POST
def withdraw(request: Request, review_id: UUID) -> HttpResponse:
    """Take an open review back."""
    review = services.withdraw(request_id=selectors.request(review_id, viewer=request.user).pk, by=request.user)
    messages.success(request, "The review is withdrawn.")
    return redirect(selectors.subject_url(review, viewer=request.user))
