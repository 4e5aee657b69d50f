"""Issuing, checking and revoking API tokens."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.accounts import access, rules, scopes
from apps.accounts.models import ApiToken, Team, User
from apps.accounts.services import refs
from apps.accounts.services.checks import administers
from apps.accounts.services.sign_in import begin_attempt, end_attempt
from apps.audit import services as audit
from apps.core.errors import ConflictError, DomainError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.outbox import services as outbox

MOST_LIVE = 50
_NOT_SAVED = "The token was not made."
_KEY_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NO_HASH = "0" * 64


class TokenRefusedError(DomainError):
    """The token is unknown, wrong, expired, revoked, from elsewhere, or its owner is gone; nobody is told which."""

    code = "authentication-failed"
    status = 401


@transaction.atomic
def issue_token(
    *,
    owner: User,
    name: str,
    scopes: Sequence[str],
    by: User,
    days: int = rules.DAYS_USUAL,
    cidrs: Sequence[str] = (),
    team: Team | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is told this once. Raises InvalidError, ConflictError, NotAllowedError."""
    # The owner's row is locked, so that two at once cannot pass the bound, and nobody is deactivated meanwhile.
    locked = User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    _check_may_issue(locked, by=by)
    values = _checked(name, scopes, days, cidrs)
    _check_team(team, locked)
    if _live().filter(owner=locked).count() >= MOST_LIVE:
        raise ConflictError(f"There are {MOST_LIVE} live tokens already. Revoke those that nothing uses.")
    key = get_random_string(rules.KEY_LENGTH, _KEY_LETTERS)
    secret = secrets.token_urlsafe(32)
    pepper_id, pepper = next(iter(settings.TOKEN_PEPPERS.items()))
    token = ApiToken.objects.create(
        owner=locked, key=key, secret_hash=rules.secret_hash(secret, pepper), pepper_id=pepper_id, team=team,
        expires_at=timezone.now() + timedelta(days=days), **values,
    )  # fmt: skip
    audit.record(
        action="token.issued", subject=refs.of_token(token), by=by, owner=str(owner.pk), scopes=token.scopes,
        cidrs=token.cidrs, expires=token.expires_at.isoformat(), **({"team": str(team.pk)} if team else {}),
    )  # fmt: skip
    return token, rules.token_text(key, secret)


def check_may_manage(owner: User, *, by: User) -> None:
    """Raise NotAllowedError unless the tokens are the person's own, or a service account's that they answer for."""
    team = owner.owning_team
    answers = not owner.is_person and (owner.responsible_id == by.pk or administers(by, team=team))
    if not (by.is_active and (owner.pk == by.pk or answers)):
        raise NotAllowedError("Only its owner, or who answers for the service account, may make tokens.")


def _check_may_issue(owner: User, *, by: User) -> None:
    check_may_manage(owner, by=by)
    if not owner.is_active:
        raise ConflictError(f"{owner} is deactivated.")


def _checked(name: str, wanted: Sequence[str], days: int, cidrs: Sequence[str]) -> dict[str, object]:
    name = " ".join(clean_text(name).split())
    faults: dict[str, list[str]] = {}
    if not 0 < len(name) <= 100:
        faults["name"] = ["Say in at most 100 characters what will use it."]
    if strange := sorted(set(wanted) - set(scopes.known())):
        faults["scopes"] = [f"There is no scope {clean_text(scope)[:80]}." for scope in strange[:5]]
    if not wanted:
        faults["scopes"] = ["Choose what the token may do."]
    if not 0 < days <= rules.DAYS_MOST:
        faults["days"] = [f"Choose 1 to {rules.DAYS_MOST} days."]
    networks, wrong = _networks(cidrs)
    if wrong:
        faults["cidrs"] = wrong
    if faults:
        raise InvalidError(_NOT_SAVED, fields=faults)
    return {"name": name, "scopes": sorted(set(wanted)), "cidrs": networks}


def _networks(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The networks in plain spelling, and what is wrong with the others."""
    found, wrong = [], []
    for text in texts:
        try:
            found.append(rules.network(text))
        except ValueError:
            wrong.append(f"{clean_text(text)[:50]} is no network such as 10.0.0.0/8.")
    if len(found) > 20:
        wrong.append("Name at most 20 networks.")
    return sorted(set(found)), wrong[:5]


def _check_team(team: Team | None, owner: User) -> None:
    if team is not None and (team.closed_at or all(m.team_id != team.pk for m in access.held(owner))):
        raise InvalidError(_NOT_SAVED, fields={"team": ["Choose an open team in which the owner holds a role."]})


def use_token(*, text: str, address: str) -> ApiToken:
    """The live token that `text` proves, used from `address`; its owner acts within the token's team.

    Raises TokenRefusedError, or TooManyAttemptsError once too many failed from there. An unknown key costs the same
    work as a wrong secret. Failures count as wrong passwords do.
    """
    key, secret = rules.token_parts(text)
    token = ApiToken.objects.select_related("owner", "team").filter(key=key).first()
    pepper_id = token.pepper_id if token else next(iter(settings.TOKEN_PEPPERS))
    # A pepper that was taken from the ring leaves its tokens unusable.
    found = rules.secret_hash(secret, settings.TOKEN_PEPPERS.get(pepper_id, ""))
    same = hmac.compare_digest(found, token.secret_hash if token else _NO_HASH) and pepper_id in settings.TOKEN_PEPPERS
    if token is None or not same or not token.is_live or not rules.inside(address, token.cidrs) or _is_idle(token):
        end_attempt(attempt=begin_attempt(username=f"token {key}", address=address), succeeded=False)
        raise TokenRefusedError("The token is not valid. Make a new one on your page of tokens.")
    _note_use(token)
    token.owner.acting_in = token.team_id
    return token


def _is_idle(token: ApiToken) -> bool:
    return not token.owner.is_active or bool(token.team and token.team.closed_at)


def _note_use(token: ApiToken) -> None:
    """Keep the time of the last use, exact to five minutes: a write for each call would be too many."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - rules.USE_GRAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> None:
    """End the token with the next request. Raises NotAllowedError; one that is revoked stays so."""
    owner = token.owner
    if not administers(by):
        check_may_manage(owner, by=by)
    _revoke(ApiToken.objects.filter(pk=token.pk), by=by)


def revoke_all(*, owner: User, by: User | None) -> int:
    """End every token of the owner that is not revoked, each with its event; part of deactivating. Returns how many."""
    return _revoke(ApiToken.objects.filter(owner=owner), by=by)


@transaction.atomic
def _revoke(tokens: QuerySet[ApiToken], *, by: User | None) -> int:
    locked = list(tokens.select_for_update(no_key=True).filter(revoked_at=None).order_by("pk"))
    for token in locked:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at", "updated_at"])
        audit.record(action="token.revoked", subject=refs.of_token(token), by=by, owner=str(token.owner_id))
    return len(locked)


@transaction.atomic
def warn_of_expiring() -> int:
    """Publish `token.expiring` once for every live token that ends within two weeks. Returns for how many."""
    soon = timezone.now() + rules.WARNING
    waiting = _live().filter(expires_at__lte=soon, warned_at=None, owner__is_active=True)
    tokens = list(waiting.select_for_update(no_key=True, of=("self",), skip_locked=True).select_related("owner"))
    for token in tokens:
        # A program reads no warnings; whoever answers for it does.
        person = token.owner.responsible_id or token.owner_id
        told = {"name": token.name, "expires": token.expires_at.isoformat()}
        outbox.publish("token.expiring", user=str(person), token=str(token.pk), **told)
    ApiToken.objects.filter(pk__in=[token.pk for token in tokens]).update(warned_at=timezone.now())
    return len(tokens)


def _live() -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(Q(revoked_at=None) & Q(expires_at__gt=timezone.now()))
