"""What needs a person now: a query over open work, never a second copy of state."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.compute.models import JobState
from apps.core.badges import Badge, badge
from apps.core.refs import Ref
from apps.evaluations import selectors as evaluations
from apps.prompts import selectors as prompts
from apps.reviews import selectors as reviews
from apps.reviews.models import RequestState
from apps.search import registry
from apps.usecases import selectors as usecases
from apps.usecases.models import Standing

_SHOWN = 10
_FAILED_SHOWN, _FAILED_SINCE = 5, timedelta(days=30)
_RETURNED = {
    RequestState.CHANGES_REQUESTED: "A reviewer asked for changes",
    RequestState.REJECTED: "A reviewer rejected it",
    RequestState.VOIDED: "The pending decision was voided, because the content changed",
}


@dataclass(frozen=True)
class Need:
    """One line of the queue: what, where, why, since when, and the one verb that helps."""

    title: str
    url: str
    why: str
    at: datetime
    verb: str
    badge: Badge


def needs(person: User) -> list[Need]:
    """Reviews the person may decide, own cases that came back, own runs that failed; oldest first in each."""
    return [*_to_decide(person), *_returned(person), *_failed(person)]


def _to_decide(person: User) -> list[Need]:
    return [
        Need(
            review.title, reverse("reviews:detail", args=[review.pk]),
            f"{review.requested_by} asks for gate {review.gate}", review.created_at, "Read and decide",
            badge(review.state, review.get_state_display()),
        )
        for review in reviews.waiting_for(person)[:_SHOWN]
    ]  # fmt: skip


def my_cases(person: User) -> Any:
    """The cases the person owns or sponsors, newest first."""
    return usecases.use_cases(viewer=person).filter(Q(owner=person) | Q(sponsor=person))


def _returned(person: User) -> list[Need]:
    cases = my_cases(person).filter(Q(review_state__in=_RETURNED) | Q(standing=Standing.LAPSED))
    return [
        Need(
            case.title, reverse("usecases:detail", args=[case.ref]),
            _RETURNED.get(case.review_state, "It changed after it was cleared"), case.updated_at, "Mend and submit",
            badge(case.review_state) if case.review_state in _RETURNED else badge("lapsed"),
        )
        for case in cases.order_by("updated_at")[:_SHOWN]
    ]  # fmt: skip


def _failed(person: User) -> list[Need]:
    """The person's runs of late that failed and that nobody has repeated since."""
    since = timezone.now() - _FAILED_SINCE
    mine = evaluations.runs(viewer=person).filter(created_by=person, job__state=JobState.FAILED, created_at__gte=since)
    newest = mine.exclude(_repeated(person)).order_by("-created_at")[:_FAILED_SHOWN]
    return [
        Need(
            str(run), reverse("evaluations:detail", args=[run.pk]), run.job.reason,
            run.created_at, "See why", badge("failed"),
        )
        for run in reversed(newest)
    ]  # fmt: skip


def _repeated(person: User) -> Exists:
    """Whether there is a later run of the same prompt, endpoint and dataset for the same use case, or for none."""
    both_for_none = Q(use_case__isnull=True) & Q(IsNull(OuterRef("use_case"), True))
    same = ("prompt_version__prompt", "endpoint", "dataset_version__dataset")
    later = evaluations.runs(viewer=person).filter(
        Q(use_case=OuterRef("use_case")) | both_for_none,
        created_at__gt=OuterRef("created_at"),
        **{name: OuterRef(name) for name in same},
    )
    return Exists(later)


def page_of(ref: Ref, *, viewer: User) -> str:
    """The address of the page about `ref`, "" when there is none that `viewer` may see."""
    if ref.kind in ("use_case", "prompt", "endpoint", "dataset"):
        return _indexed(ref, viewer)
    if ref.kind == "evaluation_run":
        return reverse("evaluations:detail", args=[ref.id])
    if ref.kind == "job":
        run = evaluations.runs(viewer=viewer).filter(job__pk=ref.id).first()
        return reverse("evaluations:detail", args=[run.pk]) if run else ""
    if ref.kind == "prompt_version":
        version = prompts.versions(viewer=viewer).filter(pk=ref.id).first()
        return reverse("prompts:detail", args=[version.prompt.slug]) + f"?version={version.number}" if version else ""
    return ""


def _indexed(ref: Ref, viewer: User) -> str:
    index = registry.of(ref.kind)
    row = index.visible(viewer).filter(pk=ref.id).first()
    return index.url(row) if row else ""
