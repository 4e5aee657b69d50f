"""Registering and editing use cases."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict, Unpack

from django.db import connection, transaction

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, BusinessUnit, Team, User
from apps.audit import services as audit
from apps.catalog.models import Endpoint
from apps.core.errors import InvalidError
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.prompts.models import PromptVersion
from apps.reviews import services as reviews
from apps.usecases import rules, selectors
from apps.usecases.models import ExternalId, Stage, TopicArea, UseCase
from apps.usecases.rules import fields as record_fields
from apps.usecases.services import saving

LONGEST_PURPOSE = 20_000
PEOPLE = ("owner", "sponsor")
# Who answers for the case, which no contributor says.
_SPOKEN = {*PEOPLE, "business_unit"}


class Record(TypedDict, total=False):
    """The fields of a case that people write."""

    title: str
    purpose: str
    owner: User
    sponsor: User | None
    business_unit: BusinessUnit
    topic_area: TopicArea
    topic_other: str
    why_new: str
    prompt_version: PromptVersion | None
    endpoint: Endpoint | None


@transaction.atomic
def register(
    *, by: User, team: Team | None = None, audience: str = Audience.ORGANISATION, **record: Unpack[Record]
) -> UseCase:
    """A new case at DISCOVER, unreviewed, which `team` answers for.

    Where `by` may see cases much like it, `why_new` must say what is different. Raises InvalidError with fields.
    """
    accounts.check_owner(team=team, audience=audience, by=by)
    _check_is_new(record, by)
    case = _create(by, UseCase(stage=Stage.DISCOVER, team=team, audience=audience), record)
    saving.tell(case, what="registered", by=by)
    return case


@transaction.atomic
def register_imported(
    *,
    source: str,
    key: str,
    stage: Stage,
    answers: Mapping[str, Any] | None = None,
    imported: Mapping[str, Any] | None = None,
    stated: Sequence[Mapping[str, str]] = (),
    review_due_on: date | None = None,
    by: User,
    **record: Unpack[Record],
) -> tuple[UseCase, bool]:
    """The case with the external id (source, key) and whether it is new; `imported` and `stated` are kept with the id.

    Importing never clears a case: `review_due_on` says by when one that operates must be reviewed.
    """
    known = ExternalId.objects.filter(source=source, key=key).order_by().first()
    if known:
        return known.use_case, False
    given = record_fields.check(answers or {})
    case = _create(by, UseCase(stage=stage, review_due_on=review_due_on, answers=given), record)
    kept = {"imported": dict(imported or {}), "stated": list(stated)}
    ExternalId.objects.create(use_case=case, source=source, key=key, **kept)
    return case, True


@transaction.atomic
def change_imported(
    *,
    use_case: UseCase,
    stage: Stage | None = None,
    answers: Mapping[str, Any] | None = None,
    review_due_on: date | None = None,
    by: User,
    **record: Unpack[Record],
) -> UseCase:
    """Take over what another registry has changed since, as `edit` does; `stage` is for cases that nobody reviewed.

    Raises InvalidError with fields. Who may import is asked by who imports.
    """
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    values = _cleaned(record) | {"answers": _answered(case, record_fields.check(answers or {}), by)}
    changed = rules.changed_fields({name: getattr(case, name) for name in values}, values)
    if stage is not None and stage != case.stage:
        case.stage, case.review_due_on = stage, review_due_on
        changed.append("stage")
        saving.enter_stage(case)
    return _write(case, values, changed, by) if changed else case


def _check_is_new(record: Record, by: User) -> None:
    if any(letter.isalnum() for letter in record.get("why_new", "")):
        return
    if alike := selectors.similar(f"{record.get('title', '')}\n{record.get('purpose', '')}", viewer=by):
        refs = ", ".join(each.case.ref for each in alike)
        why = f"There are cases much like it: {refs}. Say what is new here, or ask to join one of them."
        raise InvalidError("This may be there already.", fields={"why_new": [why]})


def _answered(case: UseCase, given: Mapping[str, Any], by: User) -> dict[str, Any]:
    """The answers after those given, without the findings of lanes that were about something else."""
    after = {**case.answers, **given}
    overtaken = record_fields.overtaken(case.answers, after)
    saving.check_may_overtake(case, findings=overtaken, by=by)
    return {key: answer for key, answer in after.items() if key not in overtaken}


def _create(by: User, case: UseCase, record: Record) -> UseCase:
    case.number = _next_number()
    for name, value in _cleaned(record).items():
        setattr(case, name, value)
    _check(case)
    _check_people(case, PEOPLE)
    _check_pins(case, rules.PINS)
    _check_unit(case)
    saving.weigh(case)
    saving.rehash(case)
    case.save(force_insert=True)
    case.editors.add(by)
    saving.enter_stage(case)
    audit.record(action="use_case.registered", subject=case.subject, by=by, ref=case.ref, stage=case.stage)
    outbox.publish("content.changed", kind=case.subject.kind, id=case.subject.id)
    return case


@transaction.atomic
def edit(*, use_case: UseCase, version: int, by: User, **record: Unpack[Record]) -> UseCase:
    """Save changed fields; an open review of the old content is voided.

    `version` is the one the editor saw. Raises NotAllowedError, ConflictError when stale, InvalidError with fields.
    """
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    saving.check_may_edit(case, by=by)
    rules.check_version(seen=version, current=case.version)
    values = _cleaned(record)
    changed = rules.changed_fields({name: getattr(case, name) for name in values}, values)
    if not changed:
        return case
    if _SPOKEN & set(changed):
        saving.check_may_speak_for(case, by=by)
    elif not set(changed) <= rules.PINS.keys():
        saving.check_may_write(case, by=by)
    _write(case, values, changed, by)
    saving.tell(case, what="edited", by=by)
    return case


def _write(case: UseCase, values: dict[str, Any], changed: list[str], by: User) -> UseCase:
    """Save the changed fields of a locked case; an open review of the old content is voided."""
    # Whoever owned or sponsored the case had a part in it, and may not decide on it afterwards.
    former = [person for person in (case.owner, case.sponsor) if person]
    for name in values.keys() & set(changed):
        setattr(case, name, values[name])
    _check(case)
    _check_people(case, changed)
    _check_pins(case, changed)
    if "business_unit" in changed:
        _check_unit(case)
    saving.weigh(case)
    saving.rehash(case)
    case.version += 1
    # Locked before anything is audited, as deciding does: in another order the two could wait for ever.
    reviews.open_for(case.subject)
    case.save()
    case.editors.add(by, *former)
    audit.record(action="use_case.edited", subject=case.subject, by=by, fields=changed, content_hash=case.content_hash)
    reviews.void_if_changed(subject=case.subject, content_hash=case.content_hash)
    outbox.publish("content.changed", kind=case.subject.kind, id=case.subject.id)
    return case


def _cleaned(record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: clean_text(value) if isinstance(value, str) else value for name, value in record.items()
    }
    # One line each, whatever was pasted.
    return values | {name: " ".join(values[name].split()) for name in ("title", "topic_other") if name in values}


def _check(case: UseCase) -> None:
    blank = [name for name in ("title", "purpose") if not any(c.isalnum() for c in getattr(case, name))]
    if blank:
        raise InvalidError("Some fields are empty.", fields={name: ["Fill this in."] for name in blank})
    limits = {"title": 400, "topic_other": 500, "purpose": LONGEST_PURPOSE, "why_new": 2_000}
    long = {name: [f"At most {most:,} characters."] for name, most in limits.items() if len(getattr(case, name)) > most}
    if long:
        raise InvalidError("Some texts are too long.", fields=long)
    rules.check_topic(case.topic_area, case.topic_other)


def _check_people(case: UseCase, chosen: Collection[str]) -> None:
    """Raise InvalidError where somebody who has left, or a program, is newly set; who leaves later stays named."""
    people = {name: getattr(case, name) for name in PEOPLE if name in chosen}
    strange = [name for name, one in people.items() if one and not (one.is_active and one.is_person)]
    if strange:
        why = "Name a person who is still here. Programs and people who have left answer for no case."
        raise InvalidError("Some fields are wrong.", fields={name: [why] for name in strange})


def _check_pins(case: UseCase, chosen: Collection[str]) -> None:
    """Raise InvalidError where not everybody to whom the case shows by a team may see what is newly pinned."""
    if not any(getattr(case, f"{name}_id") for name in rules.PINS if name in chosen):
        return
    readers = [case.team, *dict(access.shares_of(case))] if case.team and case.is_restricted else None
    if hidden := [name for name in selectors.narrower_pins(case, readers) if name in chosen]:
        why = "More people may see the case than this. Choose another, let them see it, or restrict the case first."
        raise InvalidError("Some fields are wrong.", fields={name: [why] for name in hidden})


def check_audience(case: UseCase, *, teams: Collection[Team] | None) -> None:
    """Raise InvalidError where the case pins what `teams`, or for None everyone, may not see."""
    if hidden := selectors.narrower_pins(case, teams):
        pinned = " and ".join(rules.PINS[name] for name in hidden)
        raise InvalidError(f"It has {pinned} that these people may not see. Let them see that first, or unpin it.")


def _check_unit(case: UseCase) -> None:
    if not case.business_unit.is_open:
        raise InvalidError("Some fields are wrong.", fields={"business_unit": ["Choose a unit that exists today."]})


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('usecases_number')")
        row: tuple[int] = cursor.fetchone()
    return row[0]
