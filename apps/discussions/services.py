"""Adding, editing and removing comments."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts import access, kinds
from apps.accounts.models import Role, TeamOwned, User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, StaleError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.discussions.models import LONGEST_BODY, Comment
from apps.outbox import services as outbox


@transaction.atomic
def add(*, subject: Ref, body: str, by: User) -> Comment:
    """A new comment; whoever may see the subject may comment. Raises NotFoundError, InvalidError with fields."""
    thing = kinds.find(subject, viewer=by)
    comment = Comment.objects.create(
        subject_kind=subject.kind, subject_id=str(thing.pk), author=by, body=_checked(body)
    )
    outbox.publish("comment.added", comment=str(comment.pk))
    _audit("comment.added", comment, by)
    return comment


@transaction.atomic
def edit(comment: Comment, *, body: str, version: int, by: User) -> Comment:
    """Put other words in its place. Raises NotAllowedError, ConflictError once removed, StaleError, InvalidError."""
    comment = _locked(comment, by)
    check_may_edit(comment, by=by)
    if comment.version != version:
        raise StaleError("The comment has changed since you read it. Reload it, and edit it again.")
    words = _checked(body)
    if words == comment.body:
        return comment
    comment.body, comment.edited_at, comment.version = words, timezone.now(), version + 1
    comment.save(update_fields=["body", "edited_at", "version", "updated_at"])
    outbox.publish("comment.edited", comment=str(comment.pk))
    _audit("comment.edited", comment, by)
    return comment


@transaction.atomic
def remove(comment: Comment, *, by: User) -> Comment:
    """Erase its words; that there was a comment stays. Removing twice changes nothing. Raises NotAllowedError."""
    thing = kinds.find(comment.subject, viewer=by)
    comment = _locked(comment, by)
    if comment.author_id != by.pk and not may_moderate(thing, by=by):
        raise NotAllowedError("Only the author of a comment, or an administrator, may remove it.")
    if comment.is_removed:
        return comment
    comment.body, comment.removed_at, comment.removed_by = "", timezone.now(), by
    comment.version += 1
    comment.save(update_fields=["body", "removed_at", "removed_by", "version", "updated_at"])
    _audit("comment.removed", comment, by)
    return comment


def check_may_edit(comment: Comment, *, by: User) -> None:
    """Raise NotAllowedError unless `by` wrote the comment, ConflictError once it is removed."""
    if comment.author_id != by.pk:
        raise NotAllowedError("Only the author of a comment may edit it.")
    if comment.is_removed:
        raise ConflictError("This comment was removed; it cannot be edited any more.")


def may_moderate(thing: Any, *, by: User) -> bool:
    """Whether `by` may remove what others wrote about `thing`: administrators of where it belongs."""
    if isinstance(thing, TeamOwned):
        return access.may_on(by, thing, Role.ADMINISTRATOR)
    return access.may(by, Role.ADMINISTRATOR)


def _locked(comment: Comment, by: User) -> Comment:
    kinds.find(comment.subject, viewer=by)
    return Comment.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=comment.pk)


def _checked(body: str) -> str:
    words = clean_text(body).replace("\r\n", "\n").strip()
    if not words:
        raise InvalidError("The comment is empty.", fields={"body": ["Write something."]})
    if len(words) > LONGEST_BODY:
        raise InvalidError("The comment is too long.", fields={"body": [f"At most {LONGEST_BODY:,} characters."]})
    return words


def _audit(action: str, comment: Comment, by: User) -> None:
    audit.record(action=action, subject=comment.subject, by=by, comment=str(comment.pk), version=comment.version)
