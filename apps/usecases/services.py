"""Registering, editing, submitting and advancing use cases."""

from collections.abc import Collection
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, BusinessUnit, Role, Team, User
from apps.audit import services as audit
from apps.catalog.models import Endpoint
from apps.core.errors import InvalidError, NotAllowedError
from apps.core.hashing import sha256_hex
from apps.core.text import clean_text
from apps.evidence.models import Claim
from apps.outbox import services as outbox
from apps.prompts.models import PromptVersion
from apps.reviews import services as reviews
from apps.reviews.models import ReviewRequest
from apps.usecases import rules, selectors
from apps.usecases.models import ExternalId, Stage, TopicArea, UseCase

LONGEST_PURPOSE = 20_000


class Record(TypedDict, total=False):
    """The fields of a case that people write."""

    title: str
    purpose: str
    owner: User
    sponsor: User | None
    business_unit: BusinessUnit
    topic_area: TopicArea
    topic_other: str
    prompt_version: PromptVersion | None
    endpoint: Endpoint | None


@transaction.atomic
def register(
    *, by: User, team: Team | None = None, audience: str = Audience.ORGANISATION, **record: Unpack[Record]
) -> UseCase:
    """A new case at DISCOVER, unreviewed, which `team` answers for. Raises InvalidError with fields."""
    accounts.check_owner(team=team, audience=audience, by=by)
    case = _create(by, UseCase(stage=Stage.DISCOVER, team=team, audience=audience), record)
    _tell(case, "registered", by)
    return case


@transaction.atomic
def register_imported(
    *, source: str, key: str, stage: Stage, by: User, **record: Unpack[Record]
) -> tuple[UseCase, bool]:
    """The case with the external id (source, key) and whether it is new; importing never clears a case."""
    known = ExternalId.objects.filter(source=source, key=key).select_related("use_case").first()
    if known:
        return known.use_case, False
    case = _create(by, UseCase(stage=stage), record)
    ExternalId.objects.create(use_case=case, source=source, key=key)
    return case, True


def _create(by: User, case: UseCase, record: Record) -> UseCase:
    case.number = _next_number()
    for name, value in _cleaned(record).items():
        setattr(case, name, value)
    _check(case)
    _check_pins(case, rules.PINS)
    _check_unit(case)
    _rehash(case)
    case.save(force_insert=True)
    case.editors.add(by)
    audit.record(action="use_case.registered", subject=case.subject, by=by, ref=case.ref, stage=case.stage)
    outbox.publish("content.changed", kind=case.subject.kind, id=case.subject.id)
    return case


@transaction.atomic
def edit(*, use_case: UseCase, version: int, by: User, **record: Unpack[Record]) -> UseCase:
    """Save changed fields; an open review of the old content is voided.

    `version` is the one the editor saw. Raises NotAllowedError, ConflictError when stale, InvalidError with fields.
    """
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    check_may_edit(case, by=by)
    rules.check_version(seen=version, current=case.version)
    values = _cleaned(record)
    changed = rules.changed_fields({name: getattr(case, name) for name in values}, values)
    if not changed:
        return case
    if not set(changed) <= rules.PINS.keys():
        check_may_speak_for(case, by=by)
    # Whoever owned or sponsored the case had a part in it, and may not decide on it afterwards.
    former = [person for person in (case.owner, case.sponsor) if person]
    for name in changed:
        setattr(case, name, values[name])
    _check(case)
    _check_pins(case, changed)
    if "business_unit" in changed:
        _check_unit(case)
    _rehash(case)
    case.version += 1
    # Locked before anything is audited, as deciding does: in another order the two could wait for ever.
    reviews.open_for(case.subject)
    case.save()
    case.editors.add(by, *former)
    audit.record(action="use_case.edited", subject=case.subject, by=by, fields=changed, content_hash=case.content_hash)
    reviews.void_if_changed(subject=case.subject, content_hash=case.content_hash)
    outbox.publish("content.changed", kind=case.subject.kind, id=case.subject.id)
    _tell(case, "edited", by)
    return case


@transaction.atomic
def submit(*, use_case: UseCase, by: User) -> ReviewRequest:
    """Freeze the case as it is and open the lanes of its next gate. Raises InvalidError naming what is missing."""
    case = _locked_with_standing(use_case)
    check_may_speak_for(case, by=by)
    report = selectors.gate_report(case, on=timezone.now())
    gate = rules.check_submittable(report.gate, report.missing, standing=case.standing, approved_gate=case.review_gate)
    # A unit or a person may have been renamed since the last edit: what is frozen is what is shown now.
    _rehash(case)
    case.save(update_fields=["content_hash", "configuration_hash", "updated_at"])
    return reviews.open_request(
        subject=case.subject,
        title=f"{case.ref} {case.title}",
        gate=gate.key,
        revision=selectors.revision(case),
        evidence=[_frozen(claim) for claim in report.claims],
        lanes=gate.lanes,
        barred=_involved(case, report.claims),
        by=by,
    )


@transaction.atomic
def advance(*, use_case: UseCase, by: User) -> UseCase:
    """Move a cleared case to its next stage. Raises ConflictError unless its gate was cleared as it is now."""
    case = _locked_with_standing(use_case)
    check_may_speak_for(case, by=by)
    report = selectors.gate_report(case, on=timezone.now())
    gate = rules.check_can_advance(report.gate, report.missing, standing=case.standing, approved_gate=case.review_gate)
    case.stage = gate.to
    case.version += 1
    case.save(update_fields=["stage", "version", "updated_at"])
    _tell(case, f"moved to {gate.to.label}", by)
    audit.record(action="use_case.advanced", subject=case.subject, by=by, gate=gate.key, to=gate.to.value)
    return case


def _tell(case: UseCase, what: str, by: User) -> None:
    """Publish the change for people and other systems; an import of thousands tells nobody."""
    outbox.publish("use_case.changed", use_case=str(case.pk), version=str(case.version), what=what, by=str(by.pk))


def _locked_with_standing(use_case: UseCase) -> UseCase:
    UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    return selectors.with_review(selectors.with_standing(UseCase.objects.filter(pk=use_case.pk))).get()


def check_may_edit(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError unless `by` may pin and evaluate for the case: who speaks for it, and AI engineers."""
    if not access.may_on(by, case, Role.AI_ENGINEER):
        check_may_speak_for(case, by=by)


def check_may_speak_for(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError unless `by` owns or sponsors the case or is an administrator."""
    if by.pk not in (case.owner_id, case.sponsor_id) and not access.may_on(by, case, Role.ADMINISTRATOR):
        raise NotAllowedError(
            "Only the owner or sponsor of this case, or an administrator, may do this; an AI engineer may pin its "
            "prompt and endpoint and evaluate them."
        )


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
    limits = {"title": 400, "topic_other": 500, "purpose": LONGEST_PURPOSE}
    long = {name: [f"At most {most:,} characters."] for name, most in limits.items() if len(getattr(case, name)) > most}
    if long:
        raise InvalidError("Some texts are too long.", fields=long)
    rules.check_topic(case.topic_area, case.topic_other)


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


def _rehash(case: UseCase) -> None:
    case.configuration_hash = rules.configuration_hash(
        case.prompt_version.content_hash if case.prompt_version else "",
        case.endpoint.content_hash if case.endpoint else "",
    )
    case.content_hash = sha256_hex(selectors.revision(case))


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('usecases_number')")
        row: tuple[int] = cursor.fetchone()
    return row[0]


def _involved(case: UseCase, claims: list[Claim]) -> set[UUID]:
    """Everyone with a part in the case: owner, sponsor, editors, author of the prompt, makers of the evidence."""
    author = case.prompt_version.created_by_id if case.prompt_version else None
    makers = {claim.made_by for claim in claims}
    people = {case.owner_id, case.sponsor_id, author, *makers, *case.editors.values_list("pk", flat=True)}
    return {person for person in people if person}


def _frozen(claim: Claim) -> dict[str, Any]:
    return {
        "claim": str(claim.pk), "name": claim.name, "verdict": claim.verdict, "summary": claim.summary,
        "source": f"{claim.source_kind}:{claim.source_id}", "content_hash": claim.content_hash,
        "facts": claim.facts, "valid_until": claim.valid_until.isoformat(),
    }  # fmt: skip
