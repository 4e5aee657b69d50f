"""Pages of reviews: what was asked, on which exact content, and who decided what. Deciding is done in the admin."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.core import tables
from apps.core.badges import badge
from apps.core.details import Fact
from apps.core.http import respond
from apps.reviews import selectors, services, subjects
from apps.reviews.models import RequestState, ReviewRequest

_CRUMBS = [("Reviews", "/reviews/")]


def _state(review: ReviewRequest) -> Any:
    return badge(review.state, review.get_state_display())


COLUMNS = [
    tables.Column("What", lambda review: review.title, lambda review: reverse("reviews:detail", args=[review.pk])),
    tables.Column("Gate", lambda review: review.gate, kind="ref"),
    tables.Column("State", _state, kind="status"),
    tables.Column("Undecided", lambda review: ", ".join(review.undecided) if review.is_open else ""),
    tables.Column("Asked by", lambda review: review.requested_by),
    tables.Column("Asked", lambda review: review.created_at, kind="time"),
    tables.Column("Closed", lambda review: review.closed_at, kind="time"),
]


def review_list(request: Request) -> HttpResponse:
    """Every review request, newest first."""
    filters = [tables.choice_filter(request, "state", "State", RequestState.choices)]
    rows = selectors.requests(viewer=request.user).filter(**tables.chosen(filters))
    if text := tables.words(request):
        rows = rows.filter(title__icontains=text)
    table = tables.build(
        request, rows, caption="Reviews", columns=COLUMNS, filters=filters, searchable=True,
        empty="Nothing has been submitted for review yet.",
    )  # fmt: skip
    lede = "What was asked, on which exact content, and what was decided. Reviewers decide in the review desk."
    context = {"title": "Reviews", "lede": lede, "table": table}
    return respond(request, "components/list_page.html", context, fragment="results")


def detail(request: Request, review_id: UUID) -> HttpResponse:
    """One review for everyone to read: the frozen content, the evidence shown with it, the decisions."""
    review = selectors.request(review_id, viewer=request.user)
    context = {
        "kind": f"Review, gate {review.gate}", "title": review.title, "crumbs": _CRUMBS, "review": review,
        "status": _state(review), "facts": _facts(review),
        "evidence": [{**claim, "badge": badge(claim["verdict"])} for claim in review.evidence],
        "may_decide": selectors.waiting_for(request.user).filter(pk=review.pk).exists(),
        "may_withdraw": review.is_open and review.requested_by_id == request.user.pk,
        "decide_url": reverse("admin:reviews_reviewrequest_change", args=[review.pk]),
    }  # fmt: skip
    return respond(request, "reviews/detail.html", context)


def _facts(review: ReviewRequest) -> list[Fact]:
    return [
        Fact("About", "Open what is reviewed", subjects.of(review.subject_kind).url(review.subject_id)),
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
    return redirect(subjects.of(review.subject_kind).url(review.subject_id))
