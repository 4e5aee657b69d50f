"""One action on many rows: previewed with what stands against it, then carried out row by row, each told apart."""

import json
import logging
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import Error, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core import replies
from apps.core.badges import Badge
from apps.core.errors import DomainError, NotFoundError
from apps.core.forms import VerbForm
from apps.core.http import respond
from apps.core.lists import counting, places, tables
from apps.core.lists.describing import Bulk, Column, List
from apps.core.lists.state import read

# Every row is checked for the preview and carried out while the person waits.
MOST_ROWS = 1_000
DONE = "done"
logger = logging.getLogger(__name__)
_TOO_MANY = f"More than {MOST_ROWS:,} rows are selected, the most that one action takes. Narrow the list first."
_NONE = "No row is selected. Select the rows first."
_AT_WORK = (
    "It is still being carried out, or was interrupted. Reload this page in a moment; the list shows what is done."
)
_VALUES = "values"


class Named(NamedTuple):
    """A row as the pages of an action name it; `why` says why it stays, or stayed, as it is, "" where it does not."""

    name: str
    url: str
    why: str


_NAME = Column("name", "Row", lambda row: row.name, lambda row: row.url)
_WHY = Column("why", "Why", lambda row: row.why)
_OUTCOME = Column(
    "outcome", "Result", lambda row: Badge("Refused", "warning") if row.why else Badge("Done", "good"), kind="status"
)


class _Asked:
    """What a sent form asks for: the action, and the rows among those that the reader may see.

    `gone` is how many of the selected rows are none of these. Raises DomainError (400).
    """

    def __init__(self, request: HttpRequest, listing: List, visible: QuerySet[Any]) -> None:
        self.request, self.listing, self.by = request, listing, request.user
        self.state, self.bulk = read(listing, request.GET), _named(listing, request.POST.get("bulk", ""))
        self.every, selected = "all" in request.POST, set(request.POST.getlist("row"))
        if len(selected) > MOST_ROWS:
            raise DomainError(_TOO_MANY)
        found = self._matching(visible) if self.every else visible.filter(pk__in=_keys(visible, selected))
        self.rows = list(places.ordered(listing, found, sort=self.state.sort)[: MOST_ROWS + 1])
        if len(self.rows) > MOST_ROWS:
            raise DomainError(_TOO_MANY)
        self.gone = 0 if self.every else len(selected) - len(self.rows)

    def _matching(self, visible: QuerySet[Any]) -> QuerySet[Any]:
        """All that the address matches; it must be understood whole, since nothing else was meant."""
        if self.state.ignored:
            raise DomainError(f"Nothing was changed, because {self.state.ignored[0]}")
        return counting.narrowed(self.listing, self.state, visible)

    @property
    def back(self) -> str:
        """The page of the list that the form came from."""
        return self.state.address(self.request.path)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form of the preview sends again."""
        rows = [("all", "1")] if self.every else [("row", str(row.pk)) for row in self.rows]
        return [("bulk", self.bulk.key), ("once", self.once or str(uuid4())), *rows]

    @property
    def once(self) -> str:
        """What tells a confirmed form apart from all others, so that it acts once; "" until it is confirmed."""
        given = self.request.POST.get("once", "")
        if given and not _is_one(given):
            raise DomainError("This form is not one of the portal's. Go back to the list and select again.")
        return given

    def named(self, whys: Iterable[str]) -> list[Named]:
        """The rows by name, each with its reason; those with one come first."""
        shown = self.listing.read(self.rows) if self.listing.read else self.rows
        head, *others = self.listing.columns
        refs = [column for column in others if column.kind == "ref"][:1]
        found = [
            Named(", ".join(str(column.value(row)) for column in (head, *refs)), head.url(row) if head.url else "", why)
            for row, why in zip(shown, whys, strict=True)
        ]
        return sorted(found, key=lambda row: not row.why)


def _named(listing: List, key: str) -> Bulk:
    for bulk in listing.bulks:
        if bulk.key == key:
            return bulk
    raise DomainError("There is no such action on this list. Go back to the list and choose one.")


def _is_one(once: str) -> bool:
    """Whether the portal could have written this into a form."""
    try:
        return str(UUID(once)) == once
    except ValueError:
        return False


def _keys(rows: QuerySet[Any], given: Iterable[str]) -> list[Any]:
    """The primary keys among what was sent."""
    found = []
    for text in given:
        try:
            found.append(rows.model._meta.pk.to_python(text))
        except ValidationError:
            continue
    return found


def answer(request: HttpRequest, listing: List, visible: QuerySet[Any]) -> HttpResponse:
    """The preview of the action that was chosen for rows; confirmed, it is carried out. Raises DomainError (400)."""
    asked = _Asked(request, listing, visible)
    if not asked.rows:
        messages.warning(request, _gone(asked.gone) or _NONE)
        return redirect(asked.back)
    form = asked.bulk.form(request.POST if asked.once else None, viewer=asked.by, prefix=_VALUES)
    if form.is_valid():
        _act_once(asked, form.cleaned_data)
        return redirect(asked.state.address(request.path, (DONE, asked.once)))
    return _preview(asked, form)


def _preview(asked: _Asked, form: VerbForm) -> HttpResponse:
    rows = asked.named(asked.bulk.check(row, by=asked.by) for row in asked.rows)
    taken, refused = [row for row in rows if not row.why], [row for row in rows if row.why]
    context = {
        "title": asked.bulk.label, "crumbs": [(asked.listing.title, asked.back)], "form": form, "cancel": asked.back,
        "summary": _said(f"{_rows(len(taken))} will be changed.", _gone(asked.gone)), "carried": asked.carried,
        "taken": tables.plain("What will be changed", [_NAME], taken),
        "refused": tables.plain(f"{_rows(len(refused))} will stay as {_they(refused)}", [_NAME, _WHY], refused),
    }  # fmt: skip
    return respond(asked.request, "components/bulk_preview.html", context, status=form.status)


def _act_once(asked: _Asked, values: dict[str, Any]) -> None:
    """Carry the action out and keep what became of each row for a day, unless this very form was sent before."""
    slot = _slot(asked.request, asked.listing, asked.once)
    if not _taken(slot):
        return
    rows = asked.named([_carried_out(asked, row, values) for row in asked.rows])
    kept = {"title": asked.bulk.label, "gone": asked.gone, "rows": rows}
    with transaction.atomic():
        replies.keep(**slot, status=200, headers={}, body=json.dumps(kept))


def _slot(request: HttpRequest, listing: List, once: str) -> dict[str, str]:
    return {"caller": f"list:{request.user.pk}", "key": f"{listing.page}:{once}", "fingerprint": ""}


@transaction.atomic
def _taken(slot: dict[str, str]) -> bool:
    """Whether the form is sent for the first time; from now on it is not."""
    try:
        if replies.find(**slot):
            return False
    except replies.KeyInUseError:
        return False
    replies.keep(**slot, status=202, headers={}, body="")
    return True


def _carried_out(asked: _Asked, row: Any, values: dict[str, Any]) -> str:
    """Act on one row, whatever becomes of the others; why it was refused, "" once it is done."""
    try:
        with transaction.atomic():
            if why := asked.bulk.check(row, by=asked.by):
                return why
            asked.bulk.carry_out(row, by=asked.by, **values)
    except DomainError as error:
        return _said(error.message, *(words for told in error.fields.values() for words in told))
    except ObjectDoesNotExist:
        return "It is no longer there."
    except Error:
        logger.exception("A row could not be saved", extra={"bulk": asked.bulk.key, "row": str(row.pk)})
        return "It could not be saved. Try again."
    return ""


def results(request: HttpRequest, listing: List) -> HttpResponse:
    """What became of each row of a confirmed action, told to whoever confirmed it. Raises NotFoundError."""
    query = request.GET.copy()
    [once] = query.pop(DONE)[-1:]
    reply = replies.find(**_slot(request, listing, once)) if _is_one(once) else None
    if reply is None:
        raise NotFoundError("These results are not kept any longer. The list shows how things stand.")
    kept = json.loads(reply.body or '{"rows": []}')
    rows, back = [Named(*row) for row in kept["rows"]], read(listing, query).address(request.path)
    context = {
        "title": kept.get("title", listing.title), "crumbs": [(listing.title, back)], "back": back, "tone": _tone(rows),
        "summary": _summary(rows, kept["gone"]) if reply.body else _AT_WORK,
        "table": tables.plain("What became of each row", [_NAME, _OUTCOME, *_reasons(rows)], rows),
    }  # fmt: skip
    return respond(request, "components/bulk_results.html", context)


def _summary(rows: Sequence[Named], gone: int) -> str:
    refused = sum(bool(row.why) for row in rows)
    told = f"{_rows(refused)} stayed as {'it was' if refused == 1 else 'they were'}." if refused else ""
    return _said(f"{_rows(len(rows) - refused)} changed.", told, _gone(gone))


def _reasons(rows: Sequence[Named]) -> list[Column]:
    return [_WHY] if any(row.why for row in rows) else []


def _tone(rows: Sequence[Named]) -> str:
    return "good" if rows and not _reasons(rows) else "warning"


def _rows(count: int) -> str:
    return f"{count:,} rows" if count > 1 else "1 row" if count else "No row"


def _they(rows: Sequence[Named]) -> str:
    return "it is" if len(rows) == 1 else "they are"


def _gone(count: int) -> str:
    return f"{_rows(count)} {'is' if count == 1 else 'are'} no longer there." if count else ""


def _said(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
