"""What becomes of staged rows: compared with what is here now, and written nowhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from apps.reviews import selectors as reviews
from apps.usecases.importers import matching
from apps.usecases.importers.matching import Named
from apps.usecases.importers.merging import Merge, merge
from apps.usecases.models import KIND, ExternalId, ImportRow, RowOutcome, UseCase

# Before the name of a field of the record, among the values of a row.
ANSWER = "answer:"


@dataclass
class Step:
    """A staged row, and for one that is here its case, its external id and what is to be taken over."""

    row: ImportRow
    known: ExternalId | None = None
    found: Merge | None = None

    @property
    def outcome(self) -> RowOutcome:
        """What becomes of it."""
        if self.found is None or self.known is None:
            return RowOutcome.NEW
        says_more = self.known.stated != self.row.stated
        return RowOutcome.CHANGED if self.found.take or says_more else RowOutcome.SAME


@dataclass
class Plan:
    """A step a row, and how many cases of the source the file does not name any more: they stay as they are."""

    steps: list[Step]
    missing: int = 0


def plan(rows: Sequence[ImportRow], *, source: str, lock: bool = False) -> Plan:
    """The steps of `rows`, each of which is given its key. With `lock`, the cases that are to change are locked."""
    kept = ExternalId.objects.filter(source=source).select_related("use_case__business_unit")
    known = {found.key: found for found in kept}
    named = [Named(row.stem, row.has_own_key, row.values) for row in rows]
    keys = matching.keys(named, {key: before(found) for key, found in known.items()})
    reviewed = _reviewed()
    steps = [_step(row, key, known.get(key), reviewed) for row, key in zip(rows, keys, strict=True)]
    if lock:
        _lock_changed(steps)
    return Plan(steps, len(known.keys() - set(keys)))


def _reviewed() -> set[str]:
    """The ids of the cases about which a review was ever asked: their stage is no longer the source's to say."""
    return set(reviews.latest(KIND).values_list("subject_id", flat=True))


def _step(row: ImportRow, key: str, known: ExternalId | None, reviewed: Collection[str]) -> Step:
    row.key, row.use_case = key, known.use_case if known else None
    return Step(row, known, _merge(row, known, known.use_case, reviewed) if known else None)


def _merge(row: ImportRow, known: ExternalId, case: UseCase, reviewed: Collection[str]) -> Merge:
    fixed = ["stage"] if str(case.pk) in reviewed else []
    return merge(before=before(known), theirs=row.values, ours=values_of(case), fixed=fixed)


def _lock_changed(steps: list[Step]) -> None:
    """Lock the cases that are to change, in the order of their ids, and compare once more with what they hold now."""
    changing = {step.known.use_case_id: step for step in steps if step.known and step.outcome == RowOutcome.CHANGED}
    cases = UseCase.objects.filter(pk__in=changing).select_for_update(of=("self",), no_key=True)
    locked = list(cases.select_related("business_unit").order_by("pk"))
    reviewed = _reviewed() if locked else set()
    for case in locked:
        step = changing[case.pk]
        step.row.use_case = case
        if step.known:
            step.found = _merge(step.row, step.known, case, reviewed)


def before(known: ExternalId) -> dict[str, Any]:
    """What the case was last imported with; one that came before that was kept says it itself if nobody edited it."""
    if known.imported or known.use_case.version > 1:
        return dict(known.imported)
    return values_of(known.use_case)


def values_of(case: UseCase) -> dict[str, Any]:
    """The case in the words in which rows are staged."""
    return {
        "title": case.title, "purpose": case.purpose, "unit": case.business_unit.path,
        "topic": [case.topic_area, case.topic_other], "stage": case.stage,
        **{f"{ANSWER}{field}": answer for field, answer in case.answers.items()},
    }  # fmt: skip
