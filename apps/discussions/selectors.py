"""Reading comments, the timeline's part of them, and whom they speak to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.accounts import kinds
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core import markdown
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.core.timeline import Moment
from apps.discussions import services
from apps.discussions.models import Comment

_SHOWN, _LONGEST = 50, 200


def comments(*, viewer: Viewer) -> QuerySet[Comment]:
    """The comments `viewer` may read, oldest first."""
    return Comment.objects.visible_to(viewer).select_related("author", "removed_by").order_by("created_at")


def comment(comment_id: UUID | str, *, viewer: Viewer) -> Comment:
    """One comment; raises NotFoundError, also when `viewer` may not read it."""
    found = comments(viewer=viewer).filter(pk=comment_id).first()
    if found is None:
        raise NotFoundError("There is no such comment, or you may not see it.")
    return found


def about(subject: Ref, *, viewer: Viewer) -> QuerySet[Comment]:
    """The comments on one thing, oldest first. Raises NotFoundError when `viewer` may not see the thing."""
    kinds.find(subject, viewer=viewer)
    rows = Comment.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return rows.select_related("author", "removed_by").order_by("created_at")


@dataclass(frozen=True)
class Said:
    """A comment as a page shows it to one reader."""

    comment: Comment
    html: SafeString
    may_edit: bool
    may_remove: bool


@dataclass(frozen=True)
class Discussion:
    """A page of comments, oldest first; `earlier` is the time from which the page before goes back, or None."""

    comments: list[Said]
    earlier: datetime | None


def discussion(subject: Ref, *, viewer: User, before: datetime | None = None) -> Discussion:
    """The newest comments on one thing, or those before a time. Raises NotFoundError when it is not visible."""
    thing = kinds.find(subject, viewer=viewer)
    rows = about(subject, viewer=viewer).order_by("-created_at")
    found = list((rows.filter(created_at__lt=before) if before else rows)[: _SHOWN + 1])
    shown = said(found[_SHOWN - 1 :: -1], viewer=viewer, moderates=services.may_moderate(thing, by=viewer))
    return Discussion(shown, found[_SHOWN - 1].created_at if len(found) > _SHOWN else None)


def moments(subject: Ref, viewer: Viewer) -> Iterator[Moment]:
    """The comments on a thing as its timeline shows them; whoever asks has checked that `viewer` may see the thing."""
    rows = Comment.objects.filter(subject_kind=subject.kind, subject_id=subject.id, removed_at=None)
    url = reverse("discussions:panel", args=[subject.kind, subject.id])
    for row in rows.select_related("author").order_by("-created_at")[:_LONGEST]:
        html = markdown.to_html(row.body)
        yield Moment("comments", "Comment", str(row.author), row.created_at, html=html, url=f"{url}#comment-{row.pk}")


def said(found: Iterable[Comment], *, viewer: User, moderates: bool) -> list[Said]:
    """Comments with their words as HTML and what `viewer` may do with each."""
    rows = list(found)
    named = {name for row in rows for name in markdown.mentions(row.body)}
    known = set(accounts.people(viewer=viewer).filter(username__in=named).values_list("username", flat=True))
    return [_said(row, known, viewer, moderates) for row in rows]


def _said(row: Comment, known: set[str], viewer: User, moderates: bool) -> Said:
    mine = row.author_id == viewer.pk
    return Said(
        row,
        markdown.to_html(row.body, names=known),
        may_edit=mine and not row.is_removed,
        may_remove=(mine or moderates) and not row.is_removed,
    )


def mentioned(row: Comment) -> list[User]:
    """The active people whom the comment names with @ and who may see what it is about."""
    names = markdown.mentions(row.body)
    people = accounts.people(viewer=row.author).filter(username__in=names) if names else []
    return [person for person in people if _may_see(row.subject, person)]


def _may_see(subject: Ref, person: User) -> bool:
    try:
        kinds.find(subject, viewer=person)
    except NotFoundError:
        return False
    return True


def earlier_authors(row: Comment) -> set[UUID]:
    """Who wrote on the same thing before."""
    before = Comment.objects.filter(
        subject_kind=row.subject_kind, subject_id=row.subject_id, created_at__lt=row.created_at, removed_at=None
    )
    return set(before.values_list("author_id", flat=True))
