"""What a person was told, the count of what is unread, and how they choose to be told."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.core.http import respond
from apps.notifications import selectors, services
from apps.notifications.forms import PreferencesForm
from apps.notifications.views.paging import paged


def inbox(request: Request) -> HttpResponse:
    """What the reader was told, newest first; `?show=unread` leaves out what was read."""
    rows, unread = selectors.inbox(viewer=request.user), selectors.unread(viewer=request.user)
    only_unread = request.GET.get("show") == "unread"
    found, ways = paged(request, rows.filter(read_at=None) if only_unread else rows)
    context = {"title": "Notifications", "rows": found, "table": ways, "unread": unread, "only_unread": only_unread}
    return respond(request, "notifications/inbox.html", context)


def count(request: Request) -> HttpResponse:
    """How many are unread, for the bar of every page."""
    return respond(request, "notifications/count.html", {"unread": selectors.unread(viewer=request.user)})


def follow(request: Request, notification_id: UUID) -> HttpResponse:
    """Lead to what a notification is about: following it is reading it. POST marks it as read and goes nowhere."""
    found = selectors.notification(notification_id, viewer=request.user)
    services.mark_read(found, by=request.user)
    return redirect("notifications:inbox" if request.method == "POST" else found.url)


@require_POST
def read_all(request: Request) -> HttpResponse:
    """Mark everything as read."""
    services.mark_all_read(by=request.user)
    messages.success(request, "Everything is marked as read.")
    return redirect("notifications:inbox")


def preferences(request: Request) -> HttpResponse:
    """For every event: in the portal or not, and which mail."""
    choices = selectors.choices(request.user)
    form = PreferencesForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_bound and form.is_valid():
        services.choose(by=request.user, choices=form.chosen())
        messages.success(request, "Saved.")
        return redirect("notifications:preferences")
    context = {
        "title": "What you are told", "form": form, "rows": form.rows(), "mail": request.user.email,
        "crumbs": [("Notifications", reverse("notifications:inbox"))],
    }  # fmt: skip
    return respond(request, "notifications/preferences.html", context, status=form.status)
