"""Writing to people: one mail a notification, or one a day."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.notifications import rules
from apps.notifications.models import Mail, Notification
from apps.notifications.services.announcing import sees, site_url

logger = logging.getLogger(__name__)

# A worker that died while writing is followed by another after this long.
_CLAIMED_FOR = timedelta(minutes=5)


def write_to(*, person_id: UUID | str) -> int:
    """Send the person the mails that are due; returns how many went out. Safe to call twice.

    What the person may no longer see is left out for good. Mails that the server does not take are tried again later.
    """
    due = _claim(person_id)
    digest = [row for row in due if row.mail == Mail.DAILY]
    mails = [[row] for row in due if row.mail == Mail.AT_ONCE] + ([digest] if digest else [])
    return sum(_write(rows) for rows in mails)


@transaction.atomic
def _claim(person_id: UUID | str) -> list[Notification]:
    """The person's due rows, taken out of others' reach for a while."""
    waiting = Notification.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    now = timezone.now()
    rows = list(
        waiting.filter(person__pk=person_id, mail_due_at__lte=now).select_related("person").order_by("created_at")
    )
    for row in rows:
        row.mail_due_at, row.mail_attempts = now + _CLAIMED_FOR, row.mail_attempts + 1
    Notification.objects.bulk_update(rows, ["mail_due_at", "mail_attempts"])
    return rows


def _write(rows: Sequence[Notification]) -> bool:
    """Whether one mail about these went out."""
    person = rows[0].person
    told = [row for row in rows if person.is_active and person.email and sees(person, subject=row.subject)]
    withheld = [row for row in rows if row not in told]
    _settle(withheld, mailed=False)
    if not told:
        return False
    try:
        _message(person, told).send()
    except OSError as error:  # smtplib's errors are OSErrors
        logger.warning("The mail server did not take a mail: %s", type(error).__name__)
        _postpone(told)
        return False
    _settle(told, mailed=True)
    return True


def _message(person: User, rows: Sequence[Notification]) -> EmailMessage:
    first, address = rows[0], site_url(reverse("notifications:preferences"))
    # A mail that is sent twice, because nobody could note the first, shows as one where the reader's program can tell.
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{first.pk}.{first.mail}@{_host()}>"}
    if first.mail == Mail.DAILY:
        lines = [{"title": row.title, "why": row.why, "url": site_url(row.url)} for row in rows[: rules.MOST_IN_DIGEST]]
        subject = f"CoE Portal: {len(rows)} {'thing' if len(rows) == 1 else 'things'} you may want to know"
        text = rules.digest_text(lines, more=len(rows) - len(lines), settings_url=address)
    else:
        subject = rules.mail_subject(first.title)
        text = rules.mail_text(title=first.title, why=first.why, url=site_url(first.url), settings_url=address)
    return EmailMessage(subject, text, to=[person.email], headers=headers)


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"


@transaction.atomic
def _settle(rows: Sequence[Notification], *, mailed: bool) -> None:
    now = timezone.now() if mailed else None
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mail_due_at=None, mailed_at=now)


@transaction.atomic
def _postpone(rows: Sequence[Notification]) -> None:
    now = timezone.now()
    for row in rows:
        pause = rules.mail_pause(row.mail_attempts)
        row.mail_due_at = now + pause if pause else None
    Notification.objects.bulk_update(rows, ["mail_due_at"])
