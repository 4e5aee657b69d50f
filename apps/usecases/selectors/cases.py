"""Reading the registry: cases with their standing, what a review freezes."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.urls import reverse

from apps.accounts import access
from apps.accounts.kinds import Kind
from apps.accounts.models import Team, TeamOwned
from apps.catalog import selectors as catalog
from apps.catalog.models import Endpoint
from apps.core.errors import NotFoundError
from apps.core.models import Viewer
from apps.prompts import selectors as prompts
from apps.prompts.models import PromptVersion
from apps.search.registry import Document, Index
from apps.usecases import rules
from apps.usecases.models import KIND, ImportIssue, UseCase
from apps.usecases.selectors import record, standing, tiers

UNSEEN = {"prompt_version": "A prompt you may not see", "endpoint": "An endpoint you may not see"}
# As a revision calls the pins; what it says of one ends with its hash.
_FROZEN = {"Prompt": "prompt_version", "Endpoint": "endpoint"}
_HASHED = re.compile(r"\(sha256 ([0-9a-f]{64})\)$")
_LISTED = (
    "number", "title", "stage", "topic_area", "topic_other", "tier", "tier_provisional", "audience", "version",
    "review_due_on", "created_at", "updated_at", "owner__username", "owner__display_name", "sponsor__username",
    "sponsor__display_name", "business_unit__path", "team__name",
)  # fmt: skip


def use_cases(*, viewer: Viewer) -> QuerySet[UseCase]:
    """The cases `viewer` may see, newest first, with standing, tier and the names a list shows."""
    visible: QuerySet[UseCase] = UseCase.objects.visible_to(viewer)
    return standing.with_standing(tiers.with_tier(visible)).select_related("owner", "sponsor", "business_unit")


def listed(*, viewer: Viewer) -> QuerySet[UseCase]:
    """The same cases with only what a list shows of each: no prose, no answers; of people and places the names."""
    return use_cases(viewer=viewer).select_related("owner", "sponsor", "business_unit", "team").only(*_LISTED)


def matching(text: str) -> Q:
    """The cases whose reference is `text` or whose title or purpose holds it; every case for ""."""
    number = text.upper().removeprefix("UC-")
    if number.isascii() and number.isdigit() and len(number) <= 12:
        return Q(number=int(number)) | Q(title__icontains=text)
    return Q(title__icontains=text) | Q(purpose__icontains=text) if text else Q()


def use_case(ref: str, *, viewer: Viewer) -> UseCase:
    """The case called `ref`, such as `UC-000123`; raises NotFoundError, also when it is not visible."""
    digits = ref.upper().removeprefix("UC-")
    found = None
    if digits.isascii() and digits.isdigit() and len(digits) <= 12:
        cases = standing.with_review(use_cases(viewer=viewer)).select_related(
            "team", "prompt_version__prompt", "endpoint"
        )
        found = _with_sight(cases, viewer).filter(number=int(digits)).first()
    if found is None:
        raise NotFoundError(f"There is no use case {ref}, or you may not see it.")
    return found


def _with_sight(cases: QuerySet[UseCase], viewer: Viewer) -> QuerySet[UseCase]:
    """Annotate whether `viewer` may see what a case pins: a prompt can be restricted after it was pinned."""
    seen = {name: Exists(rows.filter(pk=OuterRef(name))) for name, rows in _shelves(viewer).items()}
    return cases.annotate(**{f"sees_{name}": found for name, found in seen.items()})


def _shelves(viewer: Viewer) -> dict[str, QuerySet[Any]]:
    """What `viewer` may see of all that can be pinned, by the name of the pin."""
    found = {"prompt_version": prompts.versions(viewer=viewer), "endpoint": catalog.endpoints(viewer=viewer)}
    return {name: rows.order_by() for name, rows in found.items()}


class Pins(NamedTuple):
    """What a case pins as far as its viewer may see it, and the names of what else it pins."""

    prompt_version: PromptVersion | None
    endpoint: Endpoint | None
    hidden: list[str]


def pins(case: UseCase) -> Pins:
    """What a case that came from `use_case` pins, for its viewer."""
    prompt, endpoint = case.prompt_version, case.endpoint
    seen = {"prompt_version": case.sees_prompt_version, "endpoint": case.sees_endpoint}
    return Pins(
        prompt if case.sees_prompt_version else None,
        endpoint if case.sees_endpoint else None,
        [name for name in rules.PINS if getattr(case, f"{name}_id") and not seen[name]],
    )


def narrower_pins(case: UseCase, teams: Collection[Team] | None) -> list[str]:
    """The names of pins that not all of `teams`, or for None not everyone, may see."""
    pinned = {"prompt_version": case.prompt_version and case.prompt_version.prompt, "endpoint": case.endpoint}
    return [name for name, thing in pinned.items() if thing and thing.is_restricted and not _is_seen(thing, teams)]


def _is_seen(thing: TeamOwned, teams: Collection[Team] | None) -> bool:
    return teams is not None and {*teams} <= {thing.team, *dict(access.shares_of(thing))}


def revision(case: UseCase) -> list[dict[str, Any]]:
    """What a review of the case freezes, as ordered fields: people by user name, pinned things with their hash.

    A field keeps its name for ever, since lanes watch fields by name; one that is not asked is missing.
    """
    prompt, endpoint = case.prompt_version, case.endpoint
    fields = {
        "Reference": case.ref,
        "Title": case.title,
        "Problem and benefit": case.purpose,
        "Owner": case.owner.username,
        "Sponsor": case.sponsor.username if case.sponsor else None,
        "Business unit": case.business_unit.path,
        "Topic area": case.get_topic_area_display(),
        "Topic area in words": case.topic_other or None,
        # Absent where nobody was asked, so that older approvals stay on their content.
        **({"Why new": case.why_new} if case.why_new else {}),
        **record.frozen_answers(case),
        "Risk tier": _frozen_tier(case),
        **record.frozen_rows(case),
        "Prompt": f"{prompt} (sha256 {prompt.content_hash})" if prompt else None,
        "Endpoint": f"{endpoint} (sha256 {endpoint.content_hash})" if endpoint else None,
    }
    return [{"field": name, "value": value} for name, value in fields.items()]


def _frozen_tier(case: UseCase) -> str:
    """The tier that counts now. Which rules made it is no content: the same tier by newer rules changes nothing."""
    return f"{tiers.effective_tier(case).label}{' (provisional)' if case.tier_provisional else ''}"


def readable_revision(revision: list[dict[str, Any]], viewer: Viewer) -> list[dict[str, Any]]:
    """A frozen revision for `viewer`, without the name of a pinned thing that they may not see."""
    hashes = {
        _FROZEN[entry["field"]]: found[1]
        for entry in revision
        if entry["field"] in _FROZEN and (found := _HASHED.search(str(entry["value"])))
    }
    hidden = hashes.keys() - _seen_pins(hashes, viewer)
    words = {field: UNSEEN[name] for field, name in _FROZEN.items() if name in hidden}
    words |= {
        entry["field"]: record.readable_pins(entry["value"], viewer)
        for entry in revision
        if entry["field"] == record.PINNED_FIELD and entry["value"]
    }
    return [{**entry, "value": words.get(entry["field"], entry["value"])} for entry in revision]


def _seen_pins(hashes: Mapping[str, str], viewer: Viewer) -> set[str]:
    """The names of those pins, given by the hash of their content, that `viewer` may see; in one query."""
    shelves = _shelves(viewer)
    found = [
        shelves[name].filter(content_hash=content_hash).values_list(Value(name, output_field=CharField()))
        for name, content_hash in hashes.items()
    ]
    return {name for (name,) in found[0].union(*found[1:])} if found else set()


def content_hash(case_id: UUID | str) -> str:
    """The hash of the live content, as the review engine asks for it."""
    return UseCase.objects.values_list("content_hash", flat=True).get(pk=case_id)


def search_documents(ids: Collection[str] | None) -> Iterable[Document]:
    """The words of the cases with these ids, or of all."""
    cases = UseCase.objects.select_related("business_unit").order_by("pk")
    for case in (cases if ids is None else cases.filter(pk__in=ids)).iterator(chunk_size=1000):
        topic = case.topic_other or case.get_topic_area_display()
        body = f"{case.purpose}\n{case.business_unit.path}\n{topic}"
        yield Document(str(case.pk), case.title, body, ref=case.ref)


def kind(check_audience: Callable[..., None]) -> Kind:
    """Use cases as other apps refer to them."""
    visible = UseCase.objects.visible_to
    return Kind(
        KIND, "Use case", visible, lambda row: reverse("usecases:detail", args=[row.ref]), check_audience=check_audience
    )


def search_index() -> Index:
    """How the registry is searched."""
    return Index(
        kind=KIND,
        label="Use cases",
        documents=search_documents,
        visible=UseCase.objects.visible_to,
        url=lambda case: reverse("usecases:detail", args=[case.ref]),
    )


def questions(case: UseCase) -> QuerySet[ImportIssue]:
    """What an import could not know about the case and nobody has decided yet, oldest first."""
    return ImportIssue.objects.filter(use_case=case, resolved_at=None)
