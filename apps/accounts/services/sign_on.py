"""Letting in whom the identity provider vouches for, and giving them the roles of their groups."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts import claims
from apps.accounts.models import BusinessUnit, Membership, SignOnIdentity, Source, Team, User
from apps.accounts.services import refs
from apps.accounts.services.people import RESERVED, create_user
from apps.accounts.services.roles import grant, revoke
from apps.accounts.services.sign_in import check_may_sign_in
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text

logger = logging.getLogger(__name__)
_LONGEST_SUBJECT = 255
# How often a stranger is tried whose name others take at the same moment.
_TRIES = 3
_STRANGE = re.compile(r"[^\w.@+-]")


@transaction.atomic
def admit(*, issuer: str, subject: str, told: Mapping[str, Any]) -> User:
    """The person whom the provider calls `subject`, with the roles of their groups; new ones as settings allow.

    `told` are checked claims. Name and e-mail address are copied once, for a new person, and identify nobody. Raises
    NotAllowedError for the deactivated, for service accounts, and for strangers where none are let in.
    """
    user = _known(issuer, subject) or _let_in(issuer, subject, told)
    check_may_sign_in(user)
    _give_roles(user, claims.groups(told.get(settings.OIDC_GROUPS_CLAIM)))
    return user


def _known(issuer: str, subject: str) -> User | None:
    identity = SignOnIdentity.objects.select_related("user").filter(issuer=issuer, subject=subject).first()
    # Locked, so that two sign-ins at once do not undo one another's roles.
    return User.objects.select_for_update(no_key=True).get(pk=identity.user_id) if identity else None


def _let_in(issuer: str, subject: str, told: Mapping[str, Any]) -> User:
    """A new person, unless they, or others of their name, come in at this very moment by another window."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _new(issuer, subject, told)
        except (IntegrityError, ConflictError):
            if known := _known(issuer, subject):
                return known
    raise ConflictError("Others came in under your name at the same moment. Sign in once more.")


def _new(issuer: str, subject: str, told: Mapping[str, Any]) -> User:
    if not settings.OIDC_CREATE:
        raise NotAllowedError("You have no account here. Ask an administrator to link yours to your sign-on.")
    name, email = (_text(told.get(claim)) for claim in ("name", "email"))
    wanted = _text(told.get("preferred_username")) or email or "person"
    user = create_user(
        username=_free(_STRANGE.sub("-", wanted)), display_name=name[:150], email=email, password=None, by=None
    )
    link_identity(user=user, issuer=issuer, subject=subject, by=None)
    return user


def _text(claim: object) -> str:
    return clean_text(claim).strip()[:254] if isinstance(claim, str) else ""


def _free(wanted: str) -> str:
    """`wanted`, or with a number where somebody has that name, or nobody can: it gives no claim to their account."""
    wanted = wanted[:140]
    taken = {
        name.lower() for name in User.objects.filter(username__istartswith=wanted).values_list("username", flat=True)
    }
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name.lower() not in taken | RESERVED)


@transaction.atomic
def link_identity(*, user: User, issuer: str, subject: str, by: User | None) -> SignOnIdentity:
    """Say that `user` is whom the issuer calls `subject`. Raises InvalidError, ConflictError where one is already."""
    if not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise InvalidError("The provider's name for somebody has 1 to 255 characters.")
    if SignOnIdentity.objects.filter(issuer=issuer, subject=clean_text(subject)).exists():
        raise ConflictError("Somebody is linked to that already.")
    identity = SignOnIdentity.objects.create(user=user, issuer=issuer, subject=clean_text(subject))
    audit.record(action="user.linked", subject=refs.of_user(user), by=by, issuer=issuer)
    return identity


def _give_roles(user: User, groups: frozenset[str]) -> None:
    """Grant what the groups give, and take back what single sign-on gave and they no longer do; nothing else."""
    wanted = [place for rule in claims.given(claims.rules(settings.OIDC_ROLES), groups) if (place := _place(rule))]
    before = list(user.memberships.filter(source=Source.SIGN_ON).select_related("unit", "team"))
    # What somebody has stays, also where nothing new is taken any more.
    kept = {held.pk for held in before if _held(held) in wanted}
    kept |= {grant(user=user, by=None, source=Source.SIGN_ON, **place).pk for place in wanted if _takes_new(**place)}
    for membership in before:
        if membership.pk not in kept:
            revoke(membership=membership, by=None)


def _held(membership: Membership) -> dict[str, Any]:
    """What `_place` would say of the membership."""
    named = {"role": membership.role, "lane": membership.lane or None}
    return {**named, "unit": membership.unit, "team": membership.team}


def _takes_new(*, unit: BusinessUnit | None, team: Team | None, **_: Any) -> bool:
    return (unit is None or unit.is_open) and (team is None or team.closed_at is None)


def _place(rule: claims.RoleRule) -> dict[str, Any] | None:
    """What to grant; None, said in the log, where the rule names a unit or team that is not there."""
    unit = BusinessUnit.objects.filter(path=rule.unit).first() if rule.unit else None
    team = Team.objects.filter(name=rule.team).first() if rule.team else None
    if (rule.unit and unit is None) or (rule.team and team is None):
        logger.warning("COE_OIDC_ROLES names %s, which does not exist; it gives nobody a role.", rule.unit or rule.team)
        return None
    return {"role": rule.role, "lane": rule.lane, "unit": unit, "team": team}
