"""Writing the record of a case: its answers, and its rows."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from apps.accounts.models import User
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.usecases import registry, rules, selectors
from apps.usecases.models import UseCase
from apps.usecases.rules import fields
from apps.usecases.services import saving

# What people write of the rows of each part; what is not listed here is set by the portal, or once for all.
WRITTEN: dict[str, tuple[str, ...]] = {
    "value": ("metric", "unit", "baseline", "target", "measured", "measured_on", "method"),
    "risks": ("description", "likelihood", "impact", "treatment", "plan", "residual"),
    "pins": ("kind", "name"),
    "adoption": ("day", "active_users", "satisfaction", "training_completion"),
    "contributors": ("person",),
    "frameworks": ("framework", "control", "edition", "effective_from", "note"),
}
# As trail and notices call one row of a part.
ONE = {
    "value": "value_measure",
    "risks": "risk",
    "pins": "pinned_version",
    "adoption": "adoption_figure",
    "contributors": "contributor",
    "frameworks": "framework_link",
}
Given = Mapping[str, Mapping[str, Any] | None]
_ONLY_REMOVED = ("pins", "contributors")
MOST_ROWS = 200
_MAY = {"pins": saving.check_may_edit, "contributors": saving.check_may_speak_for}


@transaction.atomic
def answer(*, use_case: UseCase, version: int, answers: Mapping[str, Any], by: User) -> UseCase:
    """Save answers by the key of their field, `{"value": …}` or `{"missing": …}`, None to take one back.

    `version` is the one the writer saw. Raises NotAllowedError, ConflictError when stale, InvalidError naming every
    wrong field at once.
    """
    given = fields.check(answers)
    case = saving.opened(use_case, version=version, by=by, may=lambda case, by: _check_may_answer(case, given, by))
    findings = _findings(case, given)
    given |= dict.fromkeys(_overtaken(case, given))
    changed = sorted(key for key, value in given.items() if case.answers.get(key) != value)
    if not changed:
        return case
    case.answers = {key: value for key, value in {**case.answers, **given}.items() if value is not None}
    # What a lane found is its own word about the case, and no part in it: the next finding is given as well.
    is_edit = not findings.issuperset(changed)
    return saving.saved(case, action="use_case.answered", what="answered", by=by, is_edit=is_edit, fields=changed)


def _check_may_answer(case: UseCase, given: Given, by: User) -> None:
    """A finding is given and taken back by reviewers of its lane without a part in the case, all else by who writes it.

    What prohibits the case is not taken back by changing the question either.
    """
    findings = _findings(case, given)
    for key in sorted(findings):
        if why := selectors.why_not_find(case, rules.FIELDS[key], by=by):
            raise NotAllowedError(why)
    if given.keys() - findings:
        saving.check_may_write(case, by=by)
    saving.check_may_overtake(case, findings=_overtaken(case, given), by=by)


def _findings(case: UseCase, given: Given) -> set[str]:
    """Those of the answers that give, replace or take back the value of a field that a lane answers."""
    return {
        key
        for key, answer in given.items()
        if rules.FIELDS[key].lane and ("value" in (answer or {}) or fields.is_answered(case.answers, key))
    }


def _overtaken(case: UseCase, given: Given) -> list[str]:
    """The stored findings that go with these answers, because they are about something else then."""
    after = {**case.answers, **{key: answer or {} for key, answer in given.items()}}
    return [key for key in fields.overtaken(case.answers, after) if key not in given]


@transaction.atomic
def add_row(*, use_case: UseCase, part: str, version: int, by: User, **values: Any) -> Any:
    """A new row of a part of the record: value, risks, pins, adoption, contributors or frameworks.

    Raises NotFoundError for another part, NotAllowedError, ConflictError when stale, InvalidError with fields.
    """
    rows = selectors.rows(use_case, part)
    case = _opened(use_case, part, version, by)
    if rows.count() >= MOST_ROWS:
        raise InvalidError(f"A record holds at most {MOST_ROWS} rows of a sort. Remove some first.")
    row = rows.model(use_case=case, **_resolved(part, _known(part, values), by))
    _check(row, part)
    row.save(force_insert=True)
    _saved(case, part, "added", row, by)
    return row


@transaction.atomic
def change_row(*, use_case: UseCase, part: str, row_id: UUID, version: int, by: User, **values: Any) -> Any:
    """Change values of one row. Raises NotFoundError, NotAllowedError, ConflictError, InvalidError with fields."""
    case = _opened(use_case, part, version, by)
    row = selectors.row(case, part, row_id)
    if part in _ONLY_REMOVED:
        raise ConflictError("This row cannot be changed. Remove it, and add another.")
    known = _known(part, values)
    changed = [name for name, value in known.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, known[name])
        _check(row, part)
        row.save()
        _saved(case, part, "changed", row, by, fields=sorted(changed))
    return row


@transaction.atomic
def remove_row(*, use_case: UseCase, part: str, row_id: UUID, version: int, by: User) -> UseCase:
    """Remove one row; the trail and the history keep it. Raises NotFoundError, NotAllowedError, ConflictError."""
    case = _opened(use_case, part, version, by)
    row = selectors.row(case, part, row_id)
    key = row.pk
    row.delete()
    row.pk = key
    return _saved(case, part, "removed", row, by)


def _opened(use_case: UseCase, part: str, version: int, by: User) -> UseCase:
    return saving.opened(use_case, version=version, by=by, may=_MAY.get(part, saving.check_may_write))


def _saved(case: UseCase, part: str, deed: str, row: Model, by: User, **data: Any) -> UseCase:
    action, what = f"use_case.{ONE[part]}_{deed}", f"{ONE[part].replace('_', ' ')} {deed}"
    return saving.saved(case, action=action, what=what, by=by, row=str(row.pk), **data)


def _known(part: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, their text on one line each and storable. Raises InvalidError for what rows of the part lack."""
    strange = values.keys() - set(WRITTEN[part])
    if strange:
        wrong = {name: ["There is no such field here."] for name in sorted(strange)}
        raise InvalidError("Some values are missing or wrong; see errors.", fields=wrong)
    return {name: " ".join(clean_text(one).split()) if isinstance(one, str) else one for name, one in values.items()}


def _resolved(part: str, values: dict[str, Any], by: User) -> dict[str, Any]:
    """What the row stores: of a pinned version also which row it is, how it is called now, and its hash."""
    if part != "pins":
        return values
    known = registry.of(str(values.get("kind", "")))
    thing = known.find(str(values.get("name", "")), viewer=by)
    return {
        "kind": known.kind, "thing_id": str(thing.pk), "name": known.name(thing)[:300],
        "label": " ".join(str(thing).split())[:300], "content_hash": thing.content_hash,
    }  # fmt: skip


def _check(row: Any, part: str) -> None:
    """Raises InvalidError with what the row's fields and constraints refuse."""
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        told = {name if name in WRITTEN[part] else "": messages for name, messages in error.message_dict.items()}
        whole = " ".join(told.pop("", [])) or "Some values are missing or wrong; see errors."
        raise InvalidError(whole, fields=told) from error
    if part == "contributors" and not (row.person.is_active and row.person.is_person):
        raise InvalidError("Some fields are wrong.", fields={"person": ["Choose a person who is still here."]})
