"""Adding webhooks and channels, changing them, their secrets, and switching them off."""

import base64
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import Role, Team, User
from apps.audit import services as audit
from apps.core.egress import permits, sources
from apps.core.errors import ConflictError, InvalidError, NotAllowedError, StaleError
from apps.core.text import clean_text
from apps.notifications.events import PUBLIC
from apps.notifications.models import WebhookEndpoint, WebhookKind, WebhookSecret
from apps.notifications.services import keeping
from apps.outbox import services as outbox

# What egress permissions are asked for.
PURPOSE = "webhooks"
MOST_SECRETS = 3
_NOT_SAVED = "The webhook was not saved."


@dataclass(frozen=True)
class Created:
    """What was added, and its secret, which is told this once; "" for a channel, which has none."""

    endpoint: WebhookEndpoint
    secret: str


@transaction.atomic
def add_webhook(
    *, name: str, kind: WebhookKind, team: Team | None, address: str, events: Collection[str], by: User
) -> Created:
    """A new webhook or channel of `team`, or of the organisation. Raises NotAllowedError, InvalidError with fields."""
    check_may_add(team, by=by)
    endpoint = WebhookEndpoint(
        name=_name(name), kind=kind, team=team, address=_checked(address), events=_events(events), created_by=by
    )
    if kind != WebhookKind.SIGNED:
        # Whoever knows a channel's address may write into it.
        endpoint.address, endpoint.address_ref = _origin(address), keeping.keep(address.strip(), by=by)
    endpoint.save(force_insert=True)
    audit.record(
        action="webhook.added", subject=endpoint.subject, by=by, kind=kind.value, origin=_origin(address),
        team=str(team.pk) if team else "", events=endpoint.events,
    )  # fmt: skip
    return Created(endpoint, _new_secret(endpoint, by) if kind == WebhookKind.SIGNED else "")


@transaction.atomic
def change_webhook(
    *, endpoint: WebhookEndpoint, name: str, events: Collection[str], version: int, by: User, address: str = ""
) -> WebhookEndpoint:
    """Give it another name, other events or, if given, another address; a secret stays with its address.

    A signed webhook that moves to another origin gets new secrets by `add_secret`: its old ones are dropped. Raises
    NotAllowedError, StaleError, InvalidError with fields.
    """
    row = _locked(endpoint, by)
    if row.version != version:
        raise StaleError("The webhook has changed since you read it. Reload it, and change it again.")
    row.name, row.events, row.version = _name(name), _events(events), version + 1
    moved = _move(row, address, by) if address.strip() else False
    row.save()
    audit.record(action="webhook.changed", subject=row.subject, by=by, events=row.events, moved=moved)
    return row


@transaction.atomic
def amend_webhook(*, endpoint: WebhookEndpoint, values: Mapping[str, Any], by: User) -> WebhookEndpoint:
    """Change only what `values` names: name, events, address, and `on`. Raises as `change_webhook` and `enable` do."""
    row = endpoint
    if values.keys() - {"on"}:
        now = {"name": row.name, "events": row.events, "version": row.version}
        named = {name: value for name, value in values.items() if name != "on"}
        row = change_webhook(endpoint=row, by=by, **{**now, **named})
    if "on" in values:
        row = enable(endpoint=row, by=by) if values["on"] else disable(endpoint=row, by=by)
    return row


def _move(row: WebhookEndpoint, address: str, by: User) -> bool:
    """Put another address in place of the old one; returns whether it is at another origin."""
    before, whole = _origin(row.address), _checked(address)
    if row.kind == WebhookKind.SIGNED:
        row.address = whole
    else:
        keeping.drop(row.address_ref)
        row.address, row.address_ref = _origin(whole), keeping.keep(whole, by=by)
    if _origin(whole) == before:
        return False
    for secret in row.secrets.all():
        _forget(secret)
    return True


@transaction.atomic
def add_secret(*, endpoint: WebhookEndpoint, by: User) -> str:
    """A further signing secret, told this once; messages carry a signature of each. Raises ConflictError."""
    row = _locked(endpoint, by)
    if row.kind != WebhookKind.SIGNED:
        raise ConflictError("A channel has no secret but its address.")
    if row.secrets.count() >= MOST_SECRETS:
        raise ConflictError(f"At most {MOST_SECRETS} secrets sign at once. Drop one that nobody uses any more.")
    secret = _new_secret(row, by)
    audit.record(action="webhook.secret_added", subject=row.subject, by=by)
    return secret


@transaction.atomic
def drop_secret(*, endpoint: WebhookEndpoint, secret_id: UUID, by: User) -> None:
    """Sign with it no more. Raises ConflictError for the last one, NotAllowedError; dropping twice changes nothing."""
    row = _locked(endpoint, by)
    secret = row.secrets.filter(pk=secret_id).first()
    if secret is None:
        return
    if row.secrets.count() == 1:
        raise ConflictError("This is the only secret. Add another before you drop it.")
    _forget(secret)
    audit.record(action="webhook.secret_dropped", subject=row.subject, by=by)


@transaction.atomic
def disable(*, endpoint: WebhookEndpoint, by: User) -> WebhookEndpoint:
    """Send nothing there until it is switched on again. Raises NotAllowedError."""
    row = _locked(endpoint, by)
    if row.is_on:
        switch_off(row, why="Switched off by hand.", by=by)
    return row


@transaction.atomic
def enable(*, endpoint: WebhookEndpoint, by: User) -> WebhookEndpoint:
    """Send there again, what waited included. Raises NotAllowedError, ConflictError without a secret."""
    row = _locked(endpoint, by)
    if row.is_on:
        return row
    if row.kind == WebhookKind.SIGNED and not row.secrets.exists():
        raise ConflictError("It has no secret to sign with. Add one first.")
    row.disabled_at, row.disabled_reason, row.failing_since = None, "", None
    row.save(update_fields=["disabled_at", "disabled_reason", "failing_since", "updated_at"])
    audit.record(action="webhook.enabled", subject=row.subject, by=by)
    return row


def switch_off(endpoint: WebhookEndpoint, *, why: str, by: User | None) -> None:
    """Send nothing there any more, inside the caller's transaction; its people are told unless one of them did it."""
    endpoint.disabled_at, endpoint.disabled_reason = timezone.now(), why[:300]
    endpoint.save(update_fields=["disabled_at", "disabled_reason", "updated_at"])
    if by is None:
        outbox.publish("webhook.disabled", webhook=str(endpoint.pk), at=endpoint.disabled_at.isoformat())
    audit.record(action="webhook.disabled", subject=endpoint.subject, by=by, why=why)


@transaction.atomic
def remove_webhook(*, endpoint: WebhookEndpoint, by: User) -> None:
    """Forget it with its secrets and its log. Raises NotAllowedError."""
    row = _locked(endpoint, by)
    for secret in row.secrets.all():
        _forget(secret)
    if row.address_ref:
        keeping.drop(row.address_ref)
    subject, name = row.subject, row.name
    row.delete()
    audit.record(action="webhook.removed", subject=subject, by=by, name=name)


def may_manage(team: Team | None, *, by: User) -> bool:
    """Whether `by` may manage webhooks of `team`: its members in any role but auditor, and administrators.

    Those of the organisation, where `team` is None, are for administrators of the organisation.
    """
    if any(m.is_everywhere for m in access.held(by, Role.ADMINISTRATOR)):
        return True
    return team is not None and any(m.team_id == team.pk and m.role != Role.AUDITOR for m in access.held(by))


def check_may_add(team: Team | None, *, by: User) -> None:
    """Raise NotAllowedError unless `by` may manage webhooks of `team`."""
    if not may_manage(team, by=by):
        whose = f"Only members of {team}" if team else "For the whole organisation, only its administrators"
        raise NotAllowedError(f"{whose} may manage webhooks and channels. Ask one of them.")


def may_add_some(*, by: User) -> bool:
    """Whether `by` may add a webhook or channel somewhere."""
    return may_manage(None, by=by) or any(m.team_id and m.role != Role.AUDITOR for m in access.held(by))


def check_may_add_some(*, by: User) -> None:
    """Raise NotAllowedError unless `by` may add a webhook or channel somewhere."""
    if not may_add_some(by=by):
        raise NotAllowedError("Webhooks and channels belong to teams. Ask an administrator to put you into one.")


def check_may_manage(endpoint: WebhookEndpoint, *, by: User) -> None:
    """Raise NotAllowedError unless `by` may manage this webhook."""
    check_may_add(endpoint.team, by=by)


def _locked(endpoint: WebhookEndpoint, by: User) -> WebhookEndpoint:
    row = (
        WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=endpoint.pk)
    )
    check_may_manage(row, by=by)
    return row


def _new_secret(endpoint: WebhookEndpoint, by: User) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    WebhookSecret.objects.create(
        endpoint=endpoint, reference=keeping.keep(secret, by=by), ending=secret.rstrip("=")[-4:]
    )
    return secret


def _forget(secret: WebhookSecret) -> None:
    keeping.drop(secret.reference)
    secret.delete()


def _name(name: str) -> str:
    words = " ".join(clean_text(name).split())
    if not words or len(words) > 100:
        raise InvalidError(_NOT_SAVED, fields={"name": ["Give it a name of at most 100 characters."]})
    return words


def _events(events: Collection[str]) -> list[str]:
    chosen = [name for name in PUBLIC if name in events]
    if not chosen or len(chosen) != len(set(events)):
        raise InvalidError(_NOT_SAVED, fields={"events": [f"Choose among {', '.join(PUBLIC)}."]})
    return chosen


def _checked(address: str) -> str:
    """The address, if the portal may call it; it is checked again at every call."""
    whole = address.strip()
    if len(whole) > 1000 or "#" in whole:
        raise InvalidError(_NOT_SAVED, fields={"address": ["Write an address of at most 1,000 characters, without #."]})
    if why := permits.problem(whole, permits=sources.permits(), purpose=PURPOSE):
        raise InvalidError(_NOT_SAVED, fields={"address": [why]})
    return whole


def _origin(address: str) -> str:
    parts = urlsplit(address.strip())
    return f"{parts.scheme}://{parts.netloc}"
