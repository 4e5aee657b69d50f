"""Pages of conditions: what one owes, what one must verify, and each by itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.badges import badge
from apps.core.details import Fact, Head, page
from apps.core.errors import NotAllowedError
from apps.core.forms import VerbForm
from apps.core.http import respond
from apps.reviews import lanes, selectors, services
from apps.reviews.forms import EvidenceForm, VerdictForm
from apps.reviews.models import Condition, ConditionState


def condition_list(request: Request) -> HttpResponse:
    """What the reader owes, and what they must verify."""
    context = {
        "title": "My conditions", "crumbs": [("Reviews", "/reviews/")],
        "parts": [
            ("You owe", selectors.owed_by(request.user), "You owe nothing."),
            ("You verify", selectors.to_verify(request.user), "Nothing was handed in that you verify."),
        ],
    }  # fmt: skip
    return respond(request, "reviews/conditions.html", context)


def condition(request: Request, condition_id: UUID) -> HttpResponse:
    """One condition; POST hands in what it wants, or says what its verifier makes of that."""
    found = selectors.condition(condition_id, viewer=request.user)
    form = _form(request, found)
    verb = services.verify_condition if isinstance(form, VerdictForm) else services.meet_condition
    if form and form.is_bound and form.carry_out(verb, condition_id=found.pk, by=request.user):
        messages.success(request, "It is recorded.")
        return redirect("reviews:condition", found.pk)
    accounts.note_view_about(found.decision.request.subject, by=request.user)
    head = Head("Condition", found.text[:120], _crumbs(found), status=badge(found.state.value, found.state.label))
    context: dict[str, Any] = {
        **page(request, head), "condition": found, "facts": _facts(found), "form": form, "submit": "Send",
        "verifying": isinstance(form, VerdictForm),
    }  # fmt: skip
    return respond(request, "reviews/condition.html", context, status=form.status if form else 200)


def _form(request: Request, found: Condition) -> VerbForm | None:
    """What the reader may do with it now, or what they sent: the service says whether that still fits.

    Raises NotAllowedError where somebody else sends something.
    """
    sent = request.POST if request.method == "POST" else None
    verifying = found.state == ConditionState.HANDED_IN
    if sent and ("evidence" in sent) != ("accepted" in sent):
        # A form that was open while somebody else sent theirs.
        verifying = "accepted" in sent
    why = (selectors.bar_to_verifying if verifying else selectors.bar_to_meeting)(request.user, found)
    if why and sent is not None:
        raise NotAllowedError(why)
    if sent is None and (why or found.state == ConditionState.VERIFIED):
        return None
    form: type[VerbForm] = VerdictForm if verifying else EvidenceForm
    return form(sent, viewer=request.user)


def _crumbs(found: Condition) -> list[tuple[str, str]]:
    review = found.decision.request
    return [("Reviews", "/reviews/"), (review.title, reverse("reviews:detail", args=[review.pk]))]


def _facts(found: Condition) -> list[Fact]:
    return [
        Fact("Lane", lanes.title(found.decision.lane)),
        Fact("Asked by", found.decision.actor),
        Fact("Owed by", found.owner),
        Fact("Verified by", found.verified_by or found.verifier),
        Fact("Due on", f"{found.due_on:%-d %b %Y}"),
        Fact("Blocking", "Yes: overdue, it takes the approval's effect away" if found.blocking else "No"),
    ]
