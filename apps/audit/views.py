"""The audit trail as a page."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from apps.audit import selectors
from apps.core import lists

_WITHOUT_PAGE = ("user", "unit", "use_case_import")


def _subject_url(entry: selectors.Entry) -> str:
    return "" if entry.subject.kind in _WITHOUT_PAGE else reverse("go", args=entry.subject)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ").capitalize()


EVENTS = lists.register(
    lists.List(
        page="audit:list",
        title="Audit trail",
        lede="Every step by everyone, in order. The database refuses to change or delete a line.",
        empty="Nothing has happened yet.",
        order="-number",
        read=selectors.entries,
        columns=[
            lists.Column("what", "What happened", lambda entry: entry.sentence, _subject_url, "ref", sort="action"),
            lists.Column(
                "with", "With", lambda e: " · ".join(f"{name} {value}" for name, value in e.facts), kind="prose"
            ),
            lists.Column("by", "By", lambda entry: entry.actor),
            lists.Column("at", "When, UTC", lambda entry: entry.at, kind="time"),
            lists.Column("number", "No.", lambda entry: entry.sequence, kind="number", sort="sequence"),
        ],
        facets=[
            lists.Facet("action", "What happened", "action", words=_words, most=40),
            lists.Facet("subject_kind", "To", "subject_kind", words=_words, most=40),
        ],
    )
)


def event_list(request: HttpRequest) -> HttpResponseBase:
    """Every event that the reader may see, newest first."""
    return lists.answer(request, EVENTS, selectors.events(viewer=request.user))
