"""What becomes of staged rows: compared with what is here now, and written nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.audit import selectors as audit
from apps.reviews import selectors as reviews
from apps.usecases.importers import matching
from apps.usecases.importers.matching import Named
from apps.usecases.importers.merging import Merge, merge
from apps.usecases.models import KIND, ExternalId, ImportRow, RowOutcome, UseCase

# Before the name of a field of the record, among the values of a row.
ANSWER = "answer:"
_DECIDED, _REVIEWED = "a steward decided the stage here", "a review was asked for here"


@dataclass
class Step:
    """A staged row, and for one that is here its case, its external id and what is to be taken over."""

    row: ImportRow
    known: ExternalId | None = None
    found: Merge | None = None
    # Why the stage of the case is no longer the source's to say, "" where it still is.
    why_fixed: str = ""

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
    fixed = _fixed()
    steps = [_step(row, key, known.get(key), fixed) for row, key in zip(rows, keys, strict=True)]
    if lock:
        _lock_changed(steps)
    return Plan(steps, len(known.keys() - set(keys)))


def _fixed() -> dict[str, str]:
    """The ids of the cases whose stage a steward decided, or about which a review was ever asked, and which of both.

    The trail alone tells what a steward decided: the question is answered as well where a newer file says the stage,
    and the stage that is decided may be the one that was imported in the place of none.
    """
    decided = audit.done_to(KIND, action="use_case.stage_decided")
    reviewed = reviews.latest(KIND).values_list("subject_id", flat=True)
    return dict.fromkeys(decided, _DECIDED) | dict.fromkeys(reviewed, _REVIEWED)


def _step(row: ImportRow, key: str, known: ExternalId | None, fixed: Mapping[str, str]) -> Step:
    row.key, row.use_case = key, known.use_case if known else None
    step = Step(row, known)
    if known:
        _compare(step, known, known.use_case, fixed)
    return step


def _compare(step: Step, known: ExternalId, case: UseCase, fixed: Mapping[str, str]) -> None:
    """Note on the step what of its row is to be taken over."""
    step.why_fixed = fixed.get(str(case.pk), "")
    step.found = merge(
        before=before(known), theirs=step.row.values, ours=values_of(case), fixed=["stage"] if step.why_fixed else []
    )


def _lock_changed(steps: list[Step]) -> None:
    """Lock the cases that are to change, in the order of their ids, and compare once more with what they hold now."""
    changing = {step.known.use_case_id: step for step in steps if step.known and step.outcome == RowOutcome.CHANGED}
    cases = UseCase.objects.filter(pk__in=changing).select_for_update(of=("self",), no_key=True)
    locked = list(cases.select_related("business_unit").order_by("pk"))
    fixed = _fixed() if locked else {}
    for case in locked:
        step = changing[case.pk]
        step.row.use_case = case
        if step.known:
            _compare(step, step.known, case, fixed)


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
