"""Deciding on a page, and what else ends or reopens a review: withdrawing, stepping back, revoking, overturning."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.accounts.models import User
from apps.core.errors import ConflictError, NotAllowedError, StaleError
from apps.core.http import respond
from apps.reviews import selectors, services
from apps.reviews.forms import DecisionForm, ReasonForm
from apps.reviews.models import ReviewRequest
from apps.reviews.views.reviews import overview


@require_POST
def decide(request: Request, review_id: UUID) -> HttpResponse:
    """Take a decision; what stands against it is said on the page of the review, with everything as it was written."""
    review = selectors.request(review_id, viewer=request.user)
    seats, sent = (
        selectors.seats(request.user, review),
        selectors.named_seat(request.user, request.POST.get("lane", "")),
    )
    is_late = not seats or sent.lane in set(review.lanes) - set(review.undecided)
    # A form that comes too late still shows the lane that was sent.
    shown = [*seats, sent] if is_late and sent.lane in review.lanes else seats
    form = DecisionForm(request.POST, review=review, seats=shown, viewer=request.user)
    if is_late:
        _refuse(form, request_id=review.pk, by=request.user, **sent._asdict())
    elif form.carry_out(services.decide, request_id=review.pk, by=request.user) is not None:
        messages.success(request, "Your decision is recorded.")
        return redirect("reviews:detail", review.pk)
    now = selectors.request(review_id, viewer=request.user)
    return overview(request, now, form, selectors.seats(request.user, now))


def _refuse(form: DecisionForm, **seat: Any) -> None:
    """Record that the decision came too late, and say so on the form. Raises NotAllowedError where it never might."""
    try:
        services.refuse_late(**seat)
    except (ConflictError, StaleError) as late:
        form.refuse(late)


@require_POST
def withdraw(request: Request, review_id: UUID) -> HttpResponse:
    """Take an open review back."""
    review = services.withdraw(request_id=selectors.request(review_id, viewer=request.user).pk, by=request.user)
    messages.success(request, "The review is withdrawn.")
    return redirect(selectors.subject_url(review, viewer=request.user))


def recuse(request: Request, review_id: UUID) -> HttpResponse:
    """Say that one cannot decide on this; POST does it."""
    lede = "Somebody else will decide. You cannot decide on this again, now or later."
    ask = _Ask("Step back", lede, "You have stepped back.", selectors.bar_to_recusing)
    return _reason(request, review_id, services.recuse, ask)


def revoke(request: Request, review_id: UUID) -> HttpResponse:
    """Take an approval back; POST does it."""
    lede = "The approval counts no more, at once. What it was about must be reviewed again."
    ask = _Ask("Revoke the approval", lede, "The approval is revoked.", selectors.bar_to_revoking)
    return _reason(request, review_id, services.revoke, ask)


def overturn(request: Request, review_id: UUID) -> HttpResponse:
    """Decide anew on a rejection, as the board; POST does it."""
    lede = "The rejection counts no more. Lanes that have not decided yet are asked again."
    ask = _Ask("Overturn the rejection", lede, "The rejection is overturned.", selectors.bar_to_overturning)
    return _reason(request, review_id, services.overturn, ask)


class _Ask(NamedTuple):
    """What a page that asks why says, and why somebody may not do it."""

    title: str
    lede: str
    done: str
    bar: Callable[[User, ReviewRequest], str]


def _reason(request: Request, review_id: UUID, verb: Callable[..., ReviewRequest], ask: _Ask) -> HttpResponse:
    """A form that asks why, and the verb that it is for."""
    review = selectors.request(review_id, viewer=request.user)
    if why := ask.bar(request.user, review):
        raise NotAllowedError(why)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    back = reverse("reviews:detail", args=[review.pk])
    if form.is_bound and form.carry_out(verb, request_id=review.pk, by=request.user) is not None:
        messages.success(request, ask.done)
        return redirect(back)
    context: dict[str, Any] = {
        "title": ask.title, "lede": ask.lede, "form": form, "submit": ask.title, "cancel": back,
        "crumbs": [("Reviews", "/reviews/"), (review.title, back)],
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
