"""The discussion of a thing: a page of its own, and the panel that other pages ask for."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.http import require_POST

from apps.accounts import kinds
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.http import respond, wants_fragment
from apps.core.refs import Ref
from apps.discussions import selectors, services
from apps.discussions.forms import CommentForm, EditForm
from apps.discussions.models import Comment


def _url(subject: Ref) -> str:
    return reverse("discussions:panel", args=[subject.kind, subject.id])


def panel(request: Request, kind: str, key: str) -> HttpResponse:
    """What was said about one thing, and the form that POST adds a comment with."""
    thing = kinds.find(Ref(kind, key), viewer=request.user)
    subject = Ref(kind, str(thing.pk))
    form = CommentForm(request.POST if request.method == "POST" else None)
    added = form.carry_out(services.add, subject=subject, by=request.user) if form.is_bound else None
    if added and not wants_fragment(request):
        return redirect(f"{_url(subject)}#comment-{added.pk}")
    return _panel(request, subject, thing, CommentForm() if added else form, at=added)


def _panel(
    request: Request, subject: Ref, thing: Any, form: CommentForm, *, at: Comment | None = None, said: str = ""
) -> HttpResponse:
    known = kinds.of(subject.kind)
    accounts.note_view_about(subject, by=request.user)
    context = {
        "title": f"Discussion: {thing}", "lede": known.label, "crumbs": [(str(thing), known.url(thing))],
        "discussion": selectors.discussion(subject, viewer=request.user, before=_before(request)), "form": form,
        "focus": at and at.pk, "action": _url(subject), "say": said or ("Your comment is added." if at else ""),
    }  # fmt: skip
    return respond(request, "discussions/panel.html", context, fragment="panel", status=form.status)


def _before(request: Request) -> datetime | None:
    """The time that the address asks to go back from; what it spells wrongly counts for nothing."""
    with suppress(ValueError):
        found = parse_datetime(request.GET.get("before", ""))
        return found if found and is_aware(found) else None
    return None


def edit(request: Request, comment_id: UUID) -> HttpResponse:
    """The form that changes one's own comment; it carries the version it was opened with."""
    comment = selectors.comment(comment_id, viewer=request.user)
    services.check_may_edit(comment, by=request.user)
    initial = {"body": comment.body, "version": comment.version}
    form = EditForm(request.POST if request.method == "POST" else None, initial=initial)
    back = f"{_url(comment.subject)}#comment-{comment.pk}"
    if form.is_bound and (saved := form.carry_out(services.edit, comment=comment, by=request.user)):
        messages.success(request, f"Saved as version {saved.version}.")
        return redirect(back)
    context = {"title": "Edit a comment", "form": form, "submit": "Save", "cancel": back}
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def remove(request: Request, comment_id: UUID) -> HttpResponse:
    """Erase a comment's words."""
    comment = services.remove(selectors.comment(comment_id, viewer=request.user), by=request.user)
    if wants_fragment(request):
        thing = kinds.find(comment.subject, viewer=request.user)
        return _panel(request, comment.subject, thing, CommentForm(), at=comment, said="The comment is removed.")
    messages.success(request, "The comment is removed.")
    return redirect(_url(comment.subject))
