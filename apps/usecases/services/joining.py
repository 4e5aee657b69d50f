"""Asking to join a case instead of beginning one like it."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.usecases.models import UseCase

LONGEST_REQUEST = 300


@transaction.atomic
def ask_to_join(*, use_case: UseCase, words: str, by: User) -> UseCase:
    """Tell owner and sponsor that `by` would rather join this case than begin one like it; they add contributors.

    Raises NotAllowedError for programs, ConflictError for who has a part in it already, InvalidError with fields.
    """
    if not by.is_person:
        raise NotAllowedError("Programs join nothing; a person asks.")
    said = " ".join(clean_text(words).split())
    if len(said) > LONGEST_REQUEST:
        raise InvalidError("Your words are too long.", fields={"words": [f"At most {LONGEST_REQUEST} characters."]})
    if by.pk in (use_case.owner_id, use_case.sponsor_id) or use_case.contributors.filter(person=by).exists():
        raise ConflictError(f"You have a part in {use_case.ref} already: open it and go on there.")
    audit.record(action="use_case.join_asked", subject=use_case.subject, by=by)
    # Told once a day at most, however often the button is pressed.
    day = timezone.now().date().isoformat()
    outbox.publish("use_case.join_asked", use_case=str(use_case.pk), by=str(by.pk), day=day, words=said)
    return use_case
