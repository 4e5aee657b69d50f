"""Telling everybody who wants to know of something that happened, each only of what they may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts import kinds
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core import jobs
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.notifications import rules
from apps.notifications.events import AT_ONCE, EVENTS, NEVER, PUBLIC, Event
from apps.notifications.models import Delivery, Notification, Preference, WebhookEndpoint
from apps.notifications.services.viewers import everybody_of


@dataclass(frozen=True)
class Notice:
    """Something that happened: `title` says it in words, `key` tells it from other happenings of the same event.

    `url` is a path of the site. `subject` is None where it concerns one person alone. `actor` did it and is not told.
    `named` is whom the words name. `facts` are ids and plain values for other systems.
    """

    event: str
    key: str
    title: str
    url: str
    subject: Ref | None
    actor: UUID | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    named: UUID | None = None


@transaction.atomic
def announce(notice: Notice, *, to: Mapping[UUID, str]) -> int:
    """Tell the people in `to` (id → why, to follow “because”) and every webhook that asked for it; returns how many.

    Whoever may not see the subject is not told. The same notice again tells nobody twice.
    """
    now = timezone.now()
    people = accounts.people(viewer=everybody_of(None)).filter(pk__in=to.keys() - {notice.actor})
    chosen = {row.person_id: row for row in Preference.objects.filter(event=notice.event, person__in=to.keys())}
    usual = EVENTS[notice.event]
    rows = (_for_person(notice, person, to[person.pk], chosen.get(person.pk, usual), now) for person in people)
    told = [row for row in rows if row is not None]
    new = Notification.objects.bulk_create(told, ignore_conflicts=True)
    for person_id in {str(row.person_id) for row in new if row.mail == AT_ONCE}:
        jobs.ring("notifications.write_to", person_id=person_id)
    return len(new) + _to_webhooks(notice, now)


def _for_person(
    notice: Notice, person: User, why: str, chosen: Preference | Event, now: datetime
) -> Notification | None:
    """The row for one person, None for somebody who may not see it or wants to hear nothing of it."""
    mail = chosen.mail if person.email else NEVER
    if not (chosen.in_app or mail != NEVER) or not sees(person, subject=notice.subject):
        return None
    due = None if mail == NEVER else now if mail == AT_ONCE else rules.next_digest(now)
    subject = notice.subject or Ref("", "")
    return Notification(
        person=person, event=notice.event, key=notice.key, title=clean_text(notice.title)[:500], why=why[:200],
        subject_kind=subject.kind, subject_id=subject.id, url=notice.url, in_app=chosen.in_app, mail=mail,
        mail_due_at=due, named=notice.named,
    )  # fmt: skip


def sees(viewer: Viewer, *, subject: Ref | None) -> bool:
    """Whether `viewer` may see what is told of; None is nothing in particular, which everybody may."""
    if subject is None:
        return True
    try:
        kinds.find(subject, viewer=viewer)
    except NotFoundError:
        return False
    return True


def _to_webhooks(notice: Notice, now: datetime) -> int:
    if notice.event not in PUBLIC or notice.subject is None:
        return 0
    asked = WebhookEndpoint.objects.filter(events__contains=[notice.event], disabled_at=None).select_related("team")
    seen = [endpoint for endpoint in asked if sees(everybody_of(endpoint.team), subject=notice.subject)]
    rows = [_for_webhook(notice, notice.subject, endpoint, now) for endpoint in seen]
    # Whoever is told already is asked first: with ignore_conflicts nobody says which rows are new.
    told = set(
        Delivery.objects.filter(event=notice.event, key=notice.key, replay_of=None).values_list(
            "endpoint_id", flat=True
        )
    )
    new = Delivery.objects.bulk_create([row for row in rows if row.endpoint_id not in told], ignore_conflicts=True)
    for row in new:
        jobs.ring("notifications.deliver", delivery_id=str(row.pk))
    return len(new)


def _for_webhook(notice: Notice, subject: Ref, endpoint: WebhookEndpoint, now: datetime) -> Delivery:
    payload = {
        "type": notice.event,
        "timestamp": now.isoformat(),
        "data": {
            **notice.facts,
            "subject": str(subject),
            "title": clean_text(notice.title),
            "url": site_url(notice.url),
        },
    }
    return Delivery(
        endpoint=endpoint, event=notice.event, key=notice.key, subject_kind=subject.kind, subject_id=subject.id,
        payload=payload, named=notice.named, next_at=now,
    )  # fmt: skip


def site_url(path: str) -> str:
    """The whole address of a page of this site."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"
