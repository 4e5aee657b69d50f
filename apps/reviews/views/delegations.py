"""The page of one's delegations: who decides for whom, in which lane, from when until when."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.core.errors import NotAllowedError
from apps.core.http import respond
from apps.reviews import selectors, services
from apps.reviews.forms import DelegationForm


def delegation_list(request: Request) -> HttpResponse:
    """The delegations that the reader gave and got; POST gives another."""
    why = selectors.bar_to_delegating(request.user)
    if why and request.method == "POST":
        raise NotAllowedError(why)
    form = DelegationForm(request.POST if request.method == "POST" else None, viewer=request.user)
    if form.is_bound and (given := form.carry_out(services.delegate, by=request.user)):
        messages.success(request, f"{given.delegate} decides for you in that lane.")
        return redirect("reviews:delegations")
    context = {
        "title": "My delegations", "crumbs": [("Reviews", "/reviews/")], "form": form, "submit": "Delegate",
        "delegations": selectors.delegations(viewer=request.user), "today": timezone.now().date(),
        "may_delegate": not why,
    }  # fmt: skip
    return respond(request, "reviews/delegations.html", context, status=form.status)


@require_POST
def end_delegation(request: Request, delegation_id: UUID) -> HttpResponse:
    """End one at once."""
    found = selectors.delegation(delegation_id, viewer=request.user)
    services.end_delegation(delegation_id=found.pk, by=request.user)
    messages.success(request, "The delegation has ended.")
    return redirect("reviews:delegations")
