"""Everybody who calls in the sweep."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import ApiToken, BusinessUnit, Role, Team, User
from tests.factories.people import person

UNITED = (Role.AI_ENGINEER, Role.ARCHITECT, Role.ADMINISTRATOR)
TOKENS = ("all", "read", "search", "expired", "revoked", "elsewhere")
NAMES = (
    "anonymous", "leaver", "nobody", "superuser", *(f"{role.value}@team" for role in Role),
    *(f"{role.value}@unit" for role in UNITED), *(f"{role.value}@all" for role in Role),
    *(f"token:{kind}" for kind in TOKENS),
)  # fmt: skip


@dataclass
class Actor:
    """Somebody who calls: with a session, or with a token, which only the API takes."""

    name: str
    user: User | None
    client: Client = field(default_factory=Client)
    headers: dict[str, Any] = field(default_factory=dict)
    # What they read of each address; see sweep.py.
    etags: dict[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> bool:
        """Whether pages let them call at all."""
        return not self.name.startswith("token:")


def signed_in(name: str, user: User) -> Actor:
    """A person with a session."""
    actor = Actor(name, user)
    actor.client.force_login(user)
    return actor


def everybody(team: Team, unit: BusinessUnit) -> Iterator[Actor]:
    """The actors of table.yaml, each signing in when its turn comes: a session ends when nobody uses it."""
    yield Actor("anonymous", None)
    yield _leaver(team)
    yield signed_in("nobody", person())
    yield signed_in("superuser", _superuser())
    yield from (signed_in(f"{role.value}@team", person(role, team=team)) for role in Role)
    yield from (signed_in(f"{role.value}@unit", person(role, unit=unit)) for role in UNITED)
    yield from (signed_in(f"{role.value}@all", person(role)) for role in Role)
    yield from (_token(kind, team) for kind in TOKENS)


def _superuser() -> User:
    user = person(staff=True)
    return accounts.change_user(user=user, by=None, is_superuser=True)


def _leaver(team: Team) -> Actor:
    """Signed in while still with us."""
    actor = signed_in("leaver", person(Role.AI_ENGINEER, team=team))
    accounts.change_user(user=actor.user, by=None, is_active=False)  # type: ignore[arg-type]  # it has a user
    return actor


def _token(kind: str, team: Team) -> Actor:
    owner = person(Role.AI_ENGINEER, team=team)
    scopes = {"read": ["all:read"], "search": ["search:read"]}.get(kind, ["all:read", "all:write"])
    cidrs = ["192.0.2.0/24"] if kind == "elsewhere" else []
    token, text = accounts.issue_token(owner=owner, name=kind, scopes=scopes, cidrs=cidrs, by=owner)
    if kind == "expired":
        ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at)
    if kind == "revoked":
        accounts.revoke_token(token=token, by=owner)
    return Actor(f"token:{kind}", owner, headers={"HTTP_AUTHORIZATION": f"Bearer {text}"})
