"""The page about a reference, whichever app has it."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts import access
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core.refs import Ref
from apps.evaluations import selectors as evaluations
from apps.notifications import selectors as notifications
from apps.prompts import selectors as prompts
from apps.search import registry


def page_of(ref: Ref, *, viewer: User) -> str:
    """The address of the page about `ref`, "" when there is none that `viewer` may see."""
    return _PAGES[ref.kind](ref, viewer) if ref.kind in _PAGES else ""


def _indexed(ref: Ref, viewer: User) -> str:
    index = registry.of(ref.kind)
    return _of(index.visible(viewer), ref.id, index.url)


def _egress(ref: Ref, viewer: User) -> str:
    return reverse("egress:list") if access.oversees(viewer) else ""


def _run(ref: Ref, viewer: User) -> str:
    return _of(evaluations.runs(viewer=viewer), ref.id, _run_url)


def _job(ref: Ref, viewer: User) -> str:
    return _of(evaluations.runs(viewer=viewer), ref.id, _run_url, key="job__pk")


def _run_url(run: Any) -> str:
    return reverse("evaluations:detail", args=[run.pk])


def _version(ref: Ref, viewer: User) -> str:
    def url(version: Any) -> str:
        return reverse("prompts:detail", args=[version.prompt.slug]) + f"?version={version.number}"

    return _of(prompts.versions(viewer=viewer), ref.id, url)


def _account(ref: Ref, viewer: User) -> str:
    person = _of(accounts.directory(viewer=viewer), ref.id, lambda user: reverse("people:detail", args=[user.username]))
    return person or _of(
        accounts.service_accounts(viewer=viewer), ref.id,
        lambda user: reverse("people:service_account", args=[user.username]),
    )  # fmt: skip


def _team(ref: Ref, viewer: User) -> str:
    return _of(accounts.teams(viewer=viewer), ref.id, lambda team: reverse("people:team", args=[team.pk]))


def _unit(ref: Ref, viewer: User) -> str:
    return _of(accounts.units(viewer=viewer), ref.id, lambda unit: reverse("people:unit", args=[unit.pk]))


def _webhook(ref: Ref, viewer: User) -> str:
    return _of(notifications.webhooks(viewer=viewer), ref.id, lambda row: reverse("webhooks:detail", args=[row.pk]))


def _of(rows: QuerySet[Any], value: str, url: Callable[[Any], str], *, key: str = "pk") -> str:
    row = rows.filter(**{key: value}).first()
    return url(row) if row else ""


_PAGES: dict[str, Callable[[Ref, User], str]] = {
    **dict.fromkeys(("use_case", "prompt", "endpoint", "dataset"), _indexed),
    **dict.fromkeys(("egress_rule", "secret"), _egress),
    "evaluation_run": _run,
    "job": _job,
    "prompt_version": _version,
    "user": _account,
    "team": _team,
    "unit": _unit,
    "webhook": _webhook,
}
KINDS_WITH_PAGES = frozenset(_PAGES)
