"""The audit trail as pages, for auditors and administrators."""

from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.dateparse import parse_date

from apps.audit import selectors
from apps.core import details, lists
from apps.core.details import Fact, url_about
from apps.core.http import respond


def _url(entry: selectors.Entry) -> str:
    return reverse("audit:detail", args=[entry.sequence])


def _day(text: str) -> datetime:
    """The first moment of a day, UTC; ValueError for what is none."""
    day = parse_date(text)
    if day is None:
        raise ValueError("write a day as 2026-11-21.")
    return selectors.midnight(day)


def _words(text: str) -> Q:
    return Q(action__icontains=text) | Q(subject_id__icontains=text) | Q(data__icontains=text)


EVENTS = lists.register(
    lists.List(
        page="audit:list",
        title="Audit trail",
        lede="Every step by everyone, in order. The database refuses to change or delete a line.",
        empty="Nothing has happened yet.",
        order="-number",
        search=_words,
        search_hint="Action, id or data",
        read=selectors.entries,
        columns=[
            lists.Column("what", "What happened", lambda entry: entry.sentence, _url, "ref", sort="action"),
            lists.Column("to", "To", lambda entry: str(entry.subject), lambda entry: url_about(entry.subject), "code"),
            lists.Column("with", "With", lambda entry: " · ".join(f"{k} {v}" for k, v in entry.facts), kind="prose"),
            lists.Column("by", "By", lambda entry: entry.actor),
            lists.Column("when", "When, UTC", lambda entry: entry.at, kind="time"),
            lists.Column("number", "No.", lambda entry: entry.sequence, kind="number", sort="sequence", shown=False),
            lists.Column("hash", "Hash", lambda entry: entry.hash, kind="code", shown=False),
        ],
        facets=[
            lists.Facet("action", "What happened", "action", words=selectors.words),
            lists.Facet("kind", "To what kind of thing", "subject_kind", words=selectors.words),
            lists.Facet("actor", "By", "actor_id", label_field="actor_name"),
            lists.Facet("subject", "To (kind:id or id)", narrow=selectors.about, typed="text"),
            lists.Facet("since", "From the day", parse=_day, narrow=selectors.since, typed="date"),
            lists.Facet("before", "Before the day", parse=_day, narrow=selectors.before, typed="date"),
        ],
    )
)


def event_list(request: HttpRequest) -> HttpResponseBase:
    """Every event, newest first, and how the chain stood when it was last verified."""
    events = selectors.events(viewer=request.user)
    return lists.answer(request, EVENTS, events, template="audit/list.html", proof=selectors.last_verification())


_CHANGED = [
    lists.Column("field", "Field", lambda pair: pair[0]),
    lists.Column("before", "Before", lambda pair: pair[1], kind="prose"),
    lists.Column("after", "After", lambda pair: pair[2], kind="prose"),
]


def event_detail(request: HttpRequest, sequence: int) -> HttpResponse:
    """One event with all of its data, and what its transaction changed."""
    event = selectors.one(sequence, viewer=request.user)
    entry = selectors.entries([event])[0]
    facts = [
        Fact("Number", entry.sequence), Fact("When", entry.at, kind="time"), Fact("By", entry.actor),
        Fact("Action", event.action, kind="code"), Fact("To", entry.subject, url_about(entry.subject), "code"),
        Fact("Hash", event.hash, kind="code"), Fact("Hash before", event.previous_hash, kind="code"),
    ]  # fmt: skip
    changes = [
        (found, lists.plain(f"Change {number}: {found.kind} {found.row}", _CHANGED, found.fields))
        for number, found in enumerate(selectors.changes(event), start=1)
    ]
    head = details.Head("Audit event", entry.sentence, crumbs=[("Audit trail", reverse("audit:list"))])
    context = details.page(request, head, facts=facts, entry=entry, changes=changes)
    return respond(request, "audit/detail.html", context)
