"""Choosing one of many: a drop-down while there are few, words with suggestions once there are hundreds."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.core.text import clean_text

MOST_LISTED = 100
_MOST_SUGGESTED = 20
_MOST_NAMED = 5
_LONGEST = 300
_MOST_DIGITS = 9
_KEYED = re.compile(r"\(([^()]+)\)\s*$")


@dataclass(frozen=True)
class Source:
    """What a form chooses from: `rows(viewer)`, found by words in `fields`, each told apart by `key(row)`.

    `by_key` finds a row by its key; where what a row is called says it all, the key is that.
    """

    name: str
    rows: Callable[[Viewer], QuerySet[Any]]
    fields: tuple[str, ...]
    key: Callable[[Any], str]
    by_key: Callable[[str], Q]

    def words(self, row: Any) -> str:
        """How a row is written into the field, such as `Invoice arithmetic v3 (invoice-arithmetic@3)`."""
        label, key = str(row), self.key(row)
        return label if label == key else f"{label} ({key})"

    def fitting(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows in which every word of `text` occurs."""
        for word in _KEYED.sub(r"\1", clean_text(text)[:_LONGEST]).split():
            rows = rows.filter(reduce(Q.__or__, (Q(**{f"{field}__icontains": word}) for field in self.fields)))
        return rows

    def found(self, rows: QuerySet[Any], text: str) -> Any:
        """The one row that `text` names; raises ValidationError, with what it could mean, for none or several."""
        keyed = _KEYED.search(text)
        if exact := list(rows.filter(self.by_key(keyed[1] if keyed else text.strip()))[:1]):
            return exact[0]
        near = list(self.fitting(rows, text)[: _MOST_NAMED + 1])
        if len(near) == 1:
            return near[0]
        if not near:
            raise ValidationError(f"Nothing here is called “{text}”. Type a part of the name and choose.")
        names = ", ".join(self.words(row) for row in near[:_MOST_NAMED])
        raise ValidationError(f"“{text}” fits {names}{' and others' if len(near) > _MOST_NAMED else ''}. Choose one.")


_SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Make a source known by its name, so that fields can ask it for suggestions; returns it."""
    _SOURCES[source.name] = source
    return source


def versions_of(parent: str, model: Any) -> Source:
    """The registered source `<parent>_version` of a model whose rows are versions of `parent`, such as `triage@3`."""

    def by_key(ref: str) -> Q:
        slug, _, number = ref.rpartition("@")
        named = number.isdecimal() and len(number) <= _MOST_DIGITS
        return Q(**{f"{parent}__slug": slug, "number": int(number)}) if named else Q(pk=None)

    def rows(viewer: Viewer) -> QuerySet[Any]:
        found: QuerySet[Any] = model.objects.visible_to(viewer)
        return found.select_related(parent).order_by(f"{parent}__name", "-number")

    fields = (f"{parent}__name", f"{parent}__slug")
    return register(Source(f"{parent}_version", rows, fields, key=lambda row: str(row.ref), by_key=by_key))


def suggestions(name: str, text: str, *, viewer: Viewer) -> SafeString:
    """The options that fit `text`, as HTML; raises NotFoundError for an unknown source."""
    if name not in _SOURCES:
        raise NotFoundError("There is nothing of this kind to choose from.")
    source = _SOURCES[name]
    rows: Iterable[Any] = source.fitting(source.rows(viewer), text)[:_MOST_SUGGESTED]
    return format_html_join("", '<option value="{}"></option>', ((source.words(row),) for row in rows))


class Typed(forms.TextInput):
    """Words with suggestions from the source called `source`: what a drop-down is that would be too long."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        attributes = self.build_attrs(self.attrs, attrs)
        listed = f"{attributes.get('id', name)}-suggestions"
        typed = {
            **attributes, "type": "text", "name": name, "list": listed, "autocomplete": "off", "maxlength": _LONGEST,
            "value": value or "", "hx-get": reverse("choices", args=[self.source]),
            "hx-trigger": "input changed delay:200ms, focus once", "hx-target": f"#{listed}", "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }  # fmt: skip
        return format_html('<input{}><datalist id="{}"></datalist>', flatatt(typed), listed)


class _Chooser(forms.Select):
    """Draws the drop-down, or the field with suggestions where the drop-down would be too long."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        rows = self.choices.queryset  # type: ignore[attr-defined]  # a ModelChoiceIterator
        if len(rows.values_list("pk")[: MOST_LISTED + 1]) <= MOST_LISTED:
            return super().render(name, value, attrs, renderer)
        return Typed(self.source.name).render(name, self._written(rows, value), self.build_attrs(self.attrs, attrs))

    def _written(self, rows: QuerySet[Any], value: Any) -> str:
        try:
            row = rows.filter(pk=value).first() if value else None
        except (ValidationError, ValueError):
            return clean_text(str(value))
        return self.source.words(row) if row else ""


class ChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic to the type checker alone
    """One row of a queryset, chosen by key, by name or by a part of it that fits nothing else."""

    def __init__(self, queryset: QuerySet[Any], *, source: Source, **options: Any) -> None:
        self.source = source
        super().__init__(queryset, widget=_Chooser(source), **options)

    def to_python(self, value: Any) -> Model | None:
        """The row; raises ValidationError."""
        if value in self.empty_values or isinstance(value, Model):
            return super().to_python(value)
        assert self.queryset is not None  # noqa: S101 for the type checker
        text = clean_text(str(value))[:_LONGEST]
        try:
            chosen: Model | None = self.queryset.filter(pk=text).first()
        except (ValidationError, ValueError):
            chosen = None
        return chosen or self.source.found(self.queryset, text)
