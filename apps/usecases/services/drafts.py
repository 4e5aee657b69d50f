"""Keeping what somebody has typed of a case that is not registered yet."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.usecases.models import IntakeDraft, UseCase
from apps.usecases.services import cases

# What a draft keeps; anything else that is sent along is left out.
DRAFTED = (
    "title", "purpose", "why_new", "owner", "sponsor", "business_unit", "topic_area", "topic_other", "team", "audience",
)  # fmt: skip
_LONGEST = 40_000


@transaction.atomic
def save_draft(*, values: Mapping[str, str], by: User) -> IntakeDraft:
    """Keep these words as the person's one draft, beside those kept before; nothing in them is checked.

    Raises NotAllowedError for programs, InvalidError beyond 40,000 characters.
    """
    if not by.is_person:
        raise NotAllowedError("Programs keep no drafts: register the case at once.")
    given = {name: clean_text(values[name]) for name in DRAFTED if name in values}
    draft = IntakeDraft.objects.select_for_update(no_key=True).filter(person=by).first()
    kept = {**(draft.values if draft else {}), **given}
    if sum(map(len, kept.values())) > _LONGEST:
        raise InvalidError(f"This is too long to keep: at most {_LONGEST:,} characters in all.")
    saved, _ = IntakeDraft.objects.update_or_create(
        person=by, defaults={"values": kept, "saved_at": timezone.now()}
    )  # fmt: skip
    return saved


@transaction.atomic
def discard_draft(*, by: User) -> None:
    """Forget the person's draft, if there is one."""
    IntakeDraft.objects.filter(person=by).delete()


@transaction.atomic
def register_drafted(*, by: User, **record: Any) -> UseCase:
    """Register the case that the person has typed, as `register` does, and forget the draft of it."""
    case = cases.register(by=by, **record)
    discard_draft(by=by)
    return case
