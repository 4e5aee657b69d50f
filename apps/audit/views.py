"""The audit trail as a page."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.audit import selectors
from apps.audit.models import AuditEvent
from apps.core import tables
from apps.core.http import respond

_WITHOUT_PAGE = ("user", "unit", "use_case_import")


def _subject_url(entry: selectors.Entry) -> str:
    return "" if entry.subject.kind in _WITHOUT_PAGE else reverse("go", args=entry.subject)


COLUMNS = [
    tables.Column("What happened", lambda entry: entry.sentence, _subject_url, "ref"),
    tables.Column("With", lambda entry: " · ".join(f"{name} {value}" for name, value in entry.facts), kind="prose"),
    tables.Column("By", lambda entry: entry.actor),
    tables.Column("When, UTC", lambda entry: entry.at, kind="time"),
    tables.Column("No.", lambda entry: entry.sequence, kind="number"),
]


def event_list(request: HttpRequest) -> HttpResponse:
    """Every event, newest first, narrowed by what happened and to what kind of thing."""
    events = selectors.events(viewer=request.user)
    filters = [
        tables.choice_filter(request, "action", "What happened", _known(events, "action")),
        tables.choice_filter(request, "subject_kind", "To", _known(events, "subject_kind")),
    ]
    table = tables.build(
        request, events.filter(**tables.chosen(filters)), caption="Audit trail", columns=COLUMNS, filters=filters,
        read=selectors.entries, empty="Nothing has happened yet.",
    )  # fmt: skip
    lede = "Every step by everyone, in order. The database refuses to change or delete a line."
    context = {"title": "Audit trail", "lede": lede, "table": table}
    return respond(request, "components/list_page.html", context, fragment="results")


def _known(events: QuerySet[AuditEvent], field: str) -> list[tuple[str, str]]:
    values = events.order_by(field).values_list(field, flat=True).distinct()
    return [(value, value.replace("_", " ").replace(".", " ").capitalize()) for value in values]
