"""The record of one case: its fields with what is still open, and its rows."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, CharField, Exists, OuterRef, QuerySet, Value, When
from django.db.models.functions import Cast
from django.urls import reverse

from apps.catalog import selectors as catalog
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.prompts import selectors as prompts
from apps.usecases import registry, rules
from apps.usecases.models import (
    AdoptionFigure,
    CaseRisk,
    Contributor,
    FrameworkLink,
    PinnedVersion,
    UseCase,
    ValueMeasure,
)
from apps.usecases.rules import fields
from apps.usecases.selectors import tiers

# The rows of a record by the name of their part, which addresses and verbs use.
PARTS: dict[str, type[Any]] = {
    "value": ValueMeasure,
    "risks": CaseRisk,
    "pins": PinnedVersion,
    "adoption": AdoptionFigure,
    "contributors": Contributor,
    "frameworks": FrameworkLink,
}
UNSEEN_VERSION = "A version you may not see"
PINNED_FIELD = "Pinned versions"
_PINNED = re.compile(r"^(?P<label>[^:]+): .* \(sha256 (?P<hash>[0-9a-f]{64})\)$")


@dataclass(frozen=True)
class Asked:
    """One field of the record as it stands: its answer as stored and in words, and whether its gate still waits."""

    field: rules.Field
    answer: dict[str, Any] | None
    words: str | None
    is_open: bool


def asked(case: UseCase, *, gate: str = "") -> list[Asked]:
    """The fields that are asked of the case, in reading order; with `gate` those alone that it needs."""
    read = tiers.rule_set().reads
    wanted = fields.needed(gate, case.answers) if gate else fields.shown(case.answers)
    return [
        Asked(
            field, case.answers.get(field.key), fields.words(field, case.answers.get(field.key)),
            field in fields.open_fields(gate or field.gate, case.answers, tier_fields=read),
        )
        for field in wanted
    ]  # fmt: skip


def open_fields(case: UseCase, gate: str) -> list[rules.Field]:
    """The fields that a gate needs and that nobody has answered for this case."""
    return fields.open_fields(gate, case.answers, tier_fields=tiers.rule_set().reads)


def rows(case: UseCase, part: str) -> QuerySet[Any]:
    """The rows of one part of the record, in its order. Raises NotFoundError."""
    if part not in PARTS:
        raise NotFoundError(f"A record has no {part}. It has {', '.join(PARTS)}.")
    found: QuerySet[Any] = PARTS[part].objects.filter(use_case=case)
    return found.select_related("person") if part == "contributors" else found


def with_rows(case: UseCase, parts: Collection[str]) -> set[str]:
    """Those of the parts that have a row."""
    return {part for part in parts if PARTS[part].objects.filter(use_case=case).exists()}


def row(case: UseCase, part: str, row_id: Any) -> Any:
    """One row of a record. Raises NotFoundError."""
    found = rows(case, part).filter(pk=row_id).first()
    if found is None:
        raise NotFoundError("There is no such row in this record.")
    return found


@dataclass(frozen=True)
class Pinned:
    """A pinned version for its viewer: the row, its kind in words, and the thing itself, None where it is not seen."""

    row: PinnedVersion
    kind: str
    thing: Any

    @property
    def label(self) -> str:
        """What it is called, to whoever may see it."""
        return self.row.label if self.thing is not None else UNSEEN_VERSION

    @property
    def url(self) -> str:
        """Its page, "" where it is not seen."""
        return registry.of(self.row.kind).url(self.thing) if self.thing is not None else ""


def pinned_rows(case: UseCase, *, viewer: Viewer) -> QuerySet[PinnedVersion]:
    """The rows of pinned versions, with `.is_seen`: whether `viewer` may see what each pins."""
    whens = [When(kind=known.kind, then=_is_seen(known, viewer)) for known in registry.kinds()]
    return PinnedVersion.objects.filter(use_case=case).annotate(
        is_seen=Case(*whens, default=Value(False), output_field=BooleanField())
    )


def _is_seen(known: registry.Pinnable, viewer: Viewer) -> Exists:
    rows = known.visible(viewer).order_by().annotate(key=Cast("pk", CharField()))
    return Exists(rows.filter(key=OuterRef("thing_id")))


def pinned_versions(case: UseCase, *, viewer: Viewer) -> list[Pinned]:
    """What the case pins besides prompt and endpoint, as far as `viewer` may see it; one query a kind."""
    found = list(rows(case, "pins"))
    seen = {
        (known.kind, str(thing.pk)): thing
        for known in registry.kinds()
        if (ids := [each.thing_id for each in found if each.kind == known.kind])
        for thing in known.visible(viewer).filter(pk__in=ids)
    }
    labels = {known.kind: known.label for known in registry.kinds()}
    return [Pinned(one, labels.get(one.kind, one.kind), seen.get((one.kind, one.thing_id))) for one in found]


def pinnable() -> list[registry.Pinnable]:
    """What this app and those below it have that can be pinned; those above register their own."""
    return [
        registry.Pinnable(
            "prompt_version", "Prompt", prompts.version, lambda viewer: prompts.versions(viewer=viewer),
            lambda row: reverse("prompts:detail", args=[row.prompt.slug]), lambda row: row.ref,
        ),
        registry.Pinnable(
            "endpoint", "Model endpoint", catalog.endpoint, lambda viewer: catalog.endpoints(viewer=viewer),
            lambda row: reverse("catalog:detail", args=[row.slug]), lambda row: row.slug,
        ),
    ]  # fmt: skip


def frozen_answers(case: UseCase) -> dict[str, str | None]:
    """What a review freezes of the answers: every field that is asked, by its label."""
    return {field.label: fields.words(field, case.answers.get(field.key)) for field in fields.shown(case.answers)}


def frozen_rows(case: UseCase) -> dict[str, str | None]:
    """What a review freezes of the rows: what is promised, what is risked, what it rests on."""
    if case._state.adding:
        return dict.fromkeys(("Value", "Risks", PINNED_FIELD))
    labels = {known.kind: known.label for known in registry.kinds()}
    return {
        "Value": _lines(_promised(each) for each in rows(case, "value")),
        "Risks": _lines(_risked(each) for each in rows(case, "risks")),
        PINNED_FIELD: _lines(
            f"{labels.get(each.kind, each.kind)}: {each.label} (sha256 {each.content_hash})"
            for each in rows(case, "pins")
        ),
    }


def _lines(texts: Iterable[str]) -> str | None:
    return "\n".join(" ".join(text.split()) for text in texts) or None


def _promised(row: ValueMeasure) -> str:
    """What was found later is no part of the promise."""
    start = "not known" if row.baseline is None else f"{row.baseline:f}"
    return f"{row.metric}: from {start} to {row.target:f} {row.unit}, measured by {row.method}"


def _risked(row: CaseRisk) -> str:
    likely, bad = row.get_likelihood_display(), row.get_impact_display()
    treated = f"{row.get_treatment_display()}: {row.plan}" if row.plan else row.get_treatment_display()
    return f"{row.description} (likelihood {likely}, impact {bad}; {treated}; left: {row.get_residual_display()})"


def readable_pins(text: str, viewer: Viewer) -> str:
    """The frozen lines of pinned versions, without the names of those that `viewer` may not see."""
    lines = text.split("\n")
    found = [match for line in lines if (match := _PINNED.match(line))]
    seen = {(label, each) for label, each in _seen(found, viewer)}
    return "\n".join(_readable(line, seen) for line in lines)


def _seen(found: Collection[re.Match[str]], viewer: Viewer) -> Iterable[tuple[str, str]]:
    for known in registry.kinds():
        if hashes := [match["hash"] for match in found if match["label"] == known.label]:
            shown = known.visible(viewer).order_by().filter(content_hash__in=hashes)
            yield from ((known.label, each) for each in shown.values_list("content_hash", flat=True))


def _readable(line: str, seen: Collection[tuple[str, str]]) -> str:
    match = _PINNED.match(line)
    is_seen = match is not None and (match["label"], match["hash"]) in seen
    return line if is_seen else f"{match['label']}: {UNSEEN_VERSION}" if match else UNSEEN_VERSION
