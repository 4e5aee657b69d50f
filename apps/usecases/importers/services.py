"""Importing a file of use cases: staged whole, taken over whole, and a second time without effect."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts import access
from apps.accounts import selectors as accounts
from apps.accounts import services as account_services
from apps.accounts.models import BusinessUnit, User
from apps.accounts.rules import SEPARATOR
from apps.audit import services as audit
from apps.compute import services as compute
from apps.compute.models import Attempt, JobState
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.hashing import sha256_hex
from apps.usecases import services as usecases
from apps.usecases.importers import planning, reader
from apps.usecases.importers.checking import Checker, Note
from apps.usecases.importers.planning import Plan, Step
from apps.usecases.importers.profiles.base import Candidate, Profile
from apps.usecases.models import (
    IMPORT_KIND,
    IMPORTERS,
    ExternalId,
    Import,
    ImportIssue,
    ImportProblem,
    ImportRow,
    ImportState,
    RowOutcome,
    Severity,
    Stage,
    TopicArea,
)

QUEUE = "cpu"
# A class of advisory locks that nothing else of the portal uses.
_LOCK = 7_203_004
_PULSE_EVERY = 20
_UNITS_NAMED = 20


def may_import(by: User) -> bool:
    """Whether `by` is a steward or administrator of everything: a file names units anywhere."""
    return any(membership.is_everywhere for membership in access.held(by, *IMPORTERS))


def check_may_import(by: User) -> None:
    """Raise NotAllowedError unless `by` may import."""
    if not may_import(by):
        raise NotAllowedError(
            "Only a steward or an administrator of the whole organisation may import use cases. Ask an administrator "
            "for that role."
        )


@transaction.atomic
def stage_file(*, content: bytes, file_name: str, profile: Profile, by: User) -> Import:
    """Read, check and compare the whole file, and keep its rows until they are taken over.

    Rows with errors refuse the file, and all that is wrong is kept for its report. Raises NotAllowedError, and
    ImportRefusedError for what cannot be read at all: then nothing is kept.
    """
    check_may_import(by)
    if len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        raise reader.ImportRefusedError(f"The file is larger than {most} MB. Split it into several files.")
    sheet = reader.read(content, encoding=profile.encoding, layout=profile.layout)
    candidates = [profile.candidate(row) for row in sheet.rows]
    notes = _checker(profile, sheet.layout, by).notes(sheet, candidates)
    if not candidates and not notes:
        raise reader.ImportRefusedError("The file has headings and no rows. Choose a file with a row a use case.")
    refused = any(note.severity == Severity.ERROR for note in notes)
    batch = Import.objects.create(
        profile=profile.key, file_name=file_name[:200], digest=hashlib.sha256(content).hexdigest(), size=len(content),
        state=ImportState.REFUSED if refused else ImportState.STAGED, created_by=by,
        columns={name: sheet.layout.named(column) for name, column in profile.columns.items()},
    )  # fmt: skip
    found = Plan([]) if refused else planning.plan(_rows(batch, candidates), source=profile.key)
    _note(batch, notes)
    _keep_plan(batch, found, rows=len(sheet.rows) + len({fault.row for fault in sheet.faults if fault.column is None}))
    ImportRow.objects.bulk_create((step.row for step in found.steps), batch_size=500)
    audit.record(
        action="use_cases.staged", subject=batch.subject, by=by, source=profile.key, digest=batch.digest,
        counts=batch.counts,
    )  # fmt: skip
    return batch


def _checker(profile: Profile, layout: reader.Layout, by: User) -> Checker:
    closed = {unit.path for unit in accounts.units(viewer=by) if not unit.is_open}
    people = set(accounts.people(viewer=by).values_list("username", flat=True)) if "owner" in profile.columns else set()
    return Checker(profile, layout, people, closed)


def _rows(batch: Import, candidates: Sequence[Candidate]) -> list[ImportRow]:
    named = {each for candidate in candidates for each in (candidate.owner, candidate.sponsor) if each}
    found = accounts.people(viewer=batch.created_by).filter(username__in=named) if named else ()
    people = {person.username: person for person in found}
    return [
        ImportRow(
            batch=batch, number=candidate.row, stem=candidate.own_key or sha256_hex(candidate.natural_key),
            has_own_key=bool(candidate.own_key), values=_values(candidate),
            stated=[asdict(stated) for stated in candidate.stated],
            questions=[asdict(question) for question in candidate.questions],
            owner=people.get(candidate.owner), sponsor=people.get(candidate.sponsor),
        )
        for candidate in candidates
    ]  # fmt: skip


def _values(candidate: Candidate) -> dict[str, object]:
    """The candidate as `planning.values_of` speaks of a case; a stage that is not stated is left out."""
    values: dict[str, object] = {
        "title": candidate.title, "purpose": candidate.purpose, "unit": SEPARATOR.join(candidate.unit),
        "topic": [candidate.topic_area.value, candidate.topic_other],
    }  # fmt: skip
    answers = {f"{planning.ANSWER}{field}": answer for field, answer in candidate.answers.items()}
    return values | answers | ({"stage": candidate.stage.value} if candidate.stage else {})


def _note(batch: Import, notes: Sequence[Note]) -> None:
    ImportProblem.objects.bulk_create((ImportProblem(batch=batch, **asdict(note)) for note in notes), batch_size=500)


def _keep_plan(batch: Import, found: Plan, *, rows: int) -> None:
    """Note on the import what becomes of its rows, and where people here have changed what the file changes too."""
    batch.problems.filter(severity=Severity.CONFLICT).delete()
    _note(batch, [_clash(batch, step, name) for step in found.steps if step.found for name in step.found.clashes])
    for step in found.steps:
        step.row.outcome = step.outcome
    stages = Counter(str(step.row.values["stage"]) for step in found.steps if "stage" in step.row.values)
    units = _new_units(batch, found)
    batch.counts = {
        "units": len(units), "new_units": units[:_UNITS_NAMED],
        "rows": rows, "missing": found.missing, "queue": len(found.steps) - stages.total(), "stages": stages,
        **{outcome.value: sum(step.outcome == outcome for step in found.steps) for outcome in RowOutcome},
        **{severity.value: batch.problems.filter(severity=severity).count() for severity in Severity},
    }  # fmt: skip
    batch.save(update_fields=["counts", "updated_at"])


def _new_units(batch: Import, found: Plan) -> list[str]:
    """The units that the import would make, since there are none of these names: some may be mistyped."""
    kept = [step.row.values for step in found.steps if step.outcome in (RowOutcome.NEW, RowOutcome.CHANGED)]
    named = {str(values["unit"]) for values in kept if "unit" in values}
    return sorted(named - {unit.path for unit in accounts.units(viewer=batch.created_by)})


def _clash(batch: Import, step: Step, name: str) -> Note:
    value = step.row.values[name]
    said = " ".join(str(part) for part in value if part) if isinstance(value, list) else str(value)
    why = (name == "stage" and step.why_fixed) or "people changed this here"
    message = f"Since the last import {why}, and the file says something else now. It stays as it is here."
    return Note(step.row.number, message, Severity.CONFLICT, batch.columns.get(name, name), said[:100])


@transaction.atomic
def start(*, batch: Import, by: User) -> Import:
    """Let a worker take the staged rows over. Raises NotAllowedError, ConflictError unless they wait for that."""
    check_may_import(by)
    batch = Import.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch.state != ImportState.STAGED or batch.job_id:
        raise ConflictError("This import was refused, is under way, or has ended. Its page says which.")
    batch.job = compute.enqueue(kind=IMPORT_KIND, subject_id=str(batch.pk), queue=QUEUE, by=by)
    batch.save(update_fields=["job", "updated_at"])
    return batch


@transaction.atomic
def take_over(
    *, batch_id: UUID | str, by: User, attempt: Attempt | None = None, pulse: Callable[[], None] = lambda: None
) -> Import:
    """Register what is new and change what the file has changed, all or nothing; then the job of `attempt` is done.

    Compared anew with what is here now. `pulse` is called every few rows, and stops everything by raising. Safe to
    repeat. Raises NotAllowedError, ConflictError for a refused file, InvalidError naming the row that cannot be kept.
    """
    check_may_import(by)
    batch = Import.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state == ImportState.REFUSED:
        raise ConflictError("This file was refused. Mend what its report names, and upload it anew.")
    if batch.state == ImportState.STAGED:
        with audit.gathered():
            _take_over(batch, by, pulse)
            if attempt:
                compute.finish(attempt, state=JobState.DONE)
    return batch


def _take_over(batch: Import, by: User, pulse: Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        # Another import of the same source waits here, and then finds what the first one wrote.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, batch.profile])
    rows = list(batch.rows.select_related("owner", "sponsor"))
    # Keys follow from what is here now; those of the last comparison must not stand in their way.
    batch.rows.all().delete()
    found = planning.plan(rows, source=batch.profile, lock=True)
    _keep_plan(batch, found, rows=batch.counts["rows"])
    due = timezone.localdate() + usecases.REVIEW_WITHIN
    units: dict[str, BusinessUnit] = {}
    for place, step in enumerate(found.steps):
        if place % _PULSE_EVERY == 0:
            pulse()
        try:
            _carry_out(step, batch.profile, by, due, units)
        except InvalidError as error:
            raise _located(error, step.row) from error
    _keep_rows(batch, found)
    batch.state, batch.ended_at = ImportState.DONE, timezone.now()
    batch.save(update_fields=["state", "ended_at", "updated_at"])
    told = {outcome.value: batch.counts[outcome] for outcome in RowOutcome}
    count = told.pop(RowOutcome.NEW)
    audit.record(
        action="use_cases.imported", subject=batch.subject, by=by, source=batch.profile, digest=batch.digest,
        count=count, **told,
    )  # fmt: skip


def _located(error: InvalidError, row: ImportRow) -> InvalidError:
    said = [message for messages in error.fields.values() for message in messages] or [error.message]
    return InvalidError(f"Row {row.number} cannot be kept: {' '.join(said)} Nothing was imported.")


def _carry_out(step: Step, source: str, by: User, due: date, units: dict[str, BusinessUnit]) -> None:
    row, values = step.row, step.row.values
    stage = Stage(values["stage"]) if "stage" in values else None
    due_on = due if stage == Stage.DEPLOY else None
    if step.found is None:
        row.use_case, _ = usecases.register_imported(
            source=source, key=row.key, review_due_on=due_on, stated=row.stated,
            imported={"stage": Stage.DISCOVER, **values},
            # A case must have a stage; the lowest one claims nothing, and the question stays open beside it.
            stage=stage or Stage.DISCOVER,
            answers=_answers(values), by=by, owner=row.owner or by, sponsor=row.sponsor, **_record(values, by, units),
        )  # fmt: skip
        _ask(row, source)
    elif row.use_case and step.outcome == RowOutcome.CHANGED:
        if taken := step.found.take:
            usecases.change_imported(
                use_case=row.use_case, by=by, review_due_on=due_on, stage=stage if "stage" in taken else None,
                answers=_answers(taken), **_record(taken, by, units),
            )  # fmt: skip
        else:
            audit.record(action="use_case.source_changed", subject=row.use_case.subject, by=by, source=source)
        _remember(row, source, step.found.imported)


class _Record(TypedDict, total=False):
    """The fields of a case that a file can say."""

    title: str
    purpose: str
    business_unit: BusinessUnit
    topic_area: TopicArea
    topic_other: str


def _record(values: dict[str, object], by: User, units: dict[str, BusinessUnit]) -> _Record:
    """The fields of a case that `values` speak of."""
    record = _Record()
    if "title" in values:
        record["title"] = str(values["title"])
    if "purpose" in values:
        record["purpose"] = str(values["purpose"])
    if "unit" in values:
        path = str(values["unit"])
        if path not in units:
            units[path] = account_services.ensure_unit(names=path.split(SEPARATOR), by=by)
        record["business_unit"] = units[path]
    if isinstance(topic := values.get("topic"), list):
        record["topic_area"], record["topic_other"] = TopicArea(topic[0]), topic[1]
    return record


def _answers(values: dict[str, object]) -> dict[str, object]:
    """The answers to the questions of the record among `values`."""
    start = planning.ANSWER
    return {name.removeprefix(start): answer for name, answer in values.items() if name.startswith(start)}


def _remember(row: ImportRow, source: str, imported: dict[str, object]) -> None:
    """Keep what was taken over, what the source says besides, and what it leaves for a person to decide."""
    kept = ExternalId.objects.filter(source=source, key=row.key)
    kept.update(imported=imported, stated=row.stated, updated_at=timezone.now())
    questions = ImportIssue.objects.filter(use_case=row.use_case, source=source)
    asked = [question["column"] for question in row.questions]
    questions.filter(resolved_at=None).exclude(column__in=asked).update(resolved_at=timezone.now())
    _ask(row, source)


def _ask(row: ImportRow, source: str) -> None:
    """Ask what a person must decide, once for each column."""
    if not row.questions:
        return
    ImportIssue.objects.bulk_create(
        (ImportIssue(use_case=row.use_case, source=source, **question) for question in row.questions),
        ignore_conflicts=True,
    )


def _keep_rows(batch: Import, found: Plan) -> None:
    """Which row became which case; the words themselves are in the registry now."""
    for step in found.steps:
        step.row.pk, step.row.values, step.row.stated, step.row.questions = None, {}, [], []
        step.row.owner = step.row.sponsor = None
    ImportRow.objects.bulk_create((step.row for step in found.steps), batch_size=500)


@dataclass(frozen=True)
class Report:
    """What an import did or would do, and every word about its rows."""

    batch: Import
    problems: list[ImportProblem]


def import_file(*, content: bytes, profile: Profile, by: User, dry_run: bool = False, file_name: str = "") -> Report:
    """Stage the file and take it over at once; a `dry_run`, and a file that changes nothing, leave nothing behind.

    Where an earlier run was ended after it had staged the file, it goes on from there. Raises NotAllowedError, and
    ImportRefusedError naming every problem by row and column.
    """
    check_may_import(by)
    with transaction.atomic():
        batch = _staged_before(content, profile, by) or stage_file(
            content=content, file_name=file_name, profile=profile, by=by
        )
        report = Report(batch, list(batch.problems.all()))
        if batch.state == ImportState.REFUSED:
            said = [str(problem) for problem in report.problems if problem.severity == Severity.ERROR]
            raise reader.ImportRefusedError(f"The file has {len(said)} problems. Nothing was imported.", said)
        does_nothing = not (batch.counts[RowOutcome.NEW] or batch.counts[RowOutcome.CHANGED])
        if dry_run or does_nothing:
            transaction.set_rollback(True)
            return report
    batch = take_over(batch_id=batch.pk, by=by)
    return Report(batch, list(batch.problems.all()))


def _staged_before(content: bytes, profile: Profile, by: User) -> Import | None:
    digest = hashlib.sha256(content).hexdigest()
    waiting = Import.objects.filter(digest=digest, profile=profile.key, state=ImportState.STAGED, job=None)
    return waiting.filter(created_by=by).first()
