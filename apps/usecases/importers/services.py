"""Importing a file of use cases: all of it or nothing, and a second time without effect."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import BusinessUnit, Role, User
from apps.audit import services as audit
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.usecases import services as usecases
from apps.usecases.importers import reader
from apps.usecases.importers.profiles.base import Candidate, Profile
from apps.usecases.importers.reader import ImportRefusedError
from apps.usecases.models import ExternalId, ImportIssue, Stage, UseCase

# A class of advisory locks that nothing else of the portal uses.
_LOCK = 7_203_004


@dataclass
class Report:
    """What an import did, or would do. `stages` counts the rows whose stage the source states, new or not;
    `queue` holds the others, which wait for a person.
    """

    rows: int = 0
    new: int = 0
    known: int = 0
    stages: Counter[Stage] = field(default_factory=Counter)
    queue: list[Candidate] = field(default_factory=list)


@transaction.atomic
def import_file(*, content: bytes, profile: Profile, by: User, dry_run: bool = False) -> Report:
    """Import every row that is not here yet, owned by `by`; with `dry_run` write nothing.

    Raises NotAllowedError, and ImportRefusedError naming every problem by row and column.
    """
    access.require(by, Role.STEWARD, Role.ADMINISTRATOR, to="import use cases")
    rows = reader.read(content, encoding=profile.encoding, width=profile.width, headings=profile.headings)
    candidates = [profile.candidate(row) for row in rows]
    _check(candidates, profile)
    keyed = list(_keyed(candidates))
    new = _unknown(keyed, profile)
    if not dry_run:
        with audit.gathered():
            _write(new, profile, by)
            _record(content, profile, by, count=len(new))
    return _report(candidates, new=len(new))


def _check(candidates: list[Candidate], profile: Profile) -> None:
    problems = [problem for candidate in candidates for problem in _problems(candidate, profile)]
    if problems:
        raise ImportRefusedError(f"The file has {len(problems)} problems. Nothing was imported.", problems)


def _problems(candidate: Candidate, profile: Profile) -> Iterator[str]:
    values = {"title": candidate.title, "topic_other": candidate.topic_other, "unit": candidate.unit[0]}
    limits = {"title": _limit(UseCase, "title"), "topic_other": _limit(UseCase, "topic_other")}
    limits["unit"] = limits["bureau"] = _limit(BusinessUnit, "name")
    if len(candidate.unit) > 1:
        values["bureau"] = candidate.unit[1]
    for name, value in values.items():
        where = f"Row {candidate.row}, {profile.column(name)}"
        if name in ("title", "unit") and not value:
            yield f"{where}: this must not be empty."
        if len(value) > limits[name]:
            yield f"{where}: {len(value)} characters, at most {limits[name]} are possible."


def _limit(model: type[UseCase] | type[BusinessUnit], name: str) -> int:
    return next(field.max_length or 0 for field in model._meta.fields if field.name == name)


def _keyed(candidates: list[Candidate]) -> Iterator[tuple[str, Candidate]]:
    """Each candidate with its external key: the hash of its natural key and its place among rows of equal key."""
    seen: Counter[tuple[str, ...]] = Counter()
    for candidate in candidates:
        seen[candidate.natural_key] += 1
        yield f"{sha256_hex(candidate.natural_key)}-{seen[candidate.natural_key]}", candidate


def _unknown(keyed: list[tuple[str, Candidate]], profile: Profile) -> list[tuple[str, Candidate]]:
    with connection.cursor() as cursor:
        # A second import of the same source waits here, and then finds what the first one wrote.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, profile.key])
    known = set(ExternalId.objects.filter(source=profile.key).values_list("key", flat=True))
    return [(key, candidate) for key, candidate in keyed if key not in known]


def _write(keyed: list[tuple[str, Candidate]], profile: Profile, by: User) -> None:
    units: dict[tuple[str, ...], BusinessUnit] = {}
    for key, candidate in keyed:
        if candidate.unit not in units:
            units[candidate.unit] = accounts.ensure_unit(names=list(candidate.unit), by=by)
        case, _ = usecases.register_imported(
            source=profile.key,
            key=key,
            # A case must have a stage; the lowest one claims nothing, and the question stays open beside it.
            stage=candidate.stage or Stage.DISCOVER,
            by=by,
            title=candidate.title,
            purpose=candidate.purpose,
            owner=by,
            business_unit=units[candidate.unit],
            topic_area=candidate.topic_area,
            topic_other=candidate.topic_other,
        )
        ImportIssue.objects.bulk_create(
            ImportIssue(use_case=case, source=profile.key, column=ask.column, value=ask.value, message=ask.message)
            for ask in candidate.questions
        )


def _record(content: bytes, profile: Profile, by: User, *, count: int) -> None:
    if count:
        digest = hashlib.sha256(content).hexdigest()
        subject = Ref("use_case_import", digest)
        audit.record(action="use_cases.imported", subject=subject, by=by, source=profile.key, count=count)


def _report(candidates: list[Candidate], *, new: int) -> Report:
    return Report(
        rows=len(candidates),
        new=new,
        known=len(candidates) - new,
        stages=Counter(candidate.stage for candidate in candidates if candidate.stage),
        queue=[candidate for candidate in candidates if candidate.stage is None],
    )
