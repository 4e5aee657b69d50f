"""Which roles the groups of an identity provider give, as `COE_OIDC_ROLES` says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.models import Lane, Role

_RULE = re.compile(r"(?P<group>.+)=(?P<role>[a-z_]+)(?:/(?P<lane>[a-z_]+))?(?:@(?P<place>.+))?", re.DOTALL)
_TEAM = "team:"
_MOST_GROUPS = 2000


@dataclass(frozen=True)
class RoleRule:
    """Whoever is in `group` holds `role`: in the team, in the unit and all below, or without either everywhere."""

    group: str
    role: Role
    lane: Lane | None = None
    unit: str = ""
    team: str = ""


def rules(text: str) -> list[RoleRule]:
    """The rules of `group=role[/lane][@unit path or team:Name];…`. Raises ValueError that names the faulty one."""
    return [_rule(entry.strip()) for entry in text.split(";") if entry.strip()]


def _rule(entry: str) -> RoleRule:
    if not (found := _RULE.fullmatch(entry)):
        raise ValueError(f"{entry!r} is not group=role, group=role/lane, or one of these with @unit or @team:Name")
    group, role, lane, place = (part.strip() if part else "" for part in found.groups())
    if not group:
        raise ValueError(f"{entry!r} names no group")
    if role not in Role.values:
        raise ValueError(f"{entry!r}: there is no role {role}; there are {', '.join(Role.values)}")
    if lane and lane not in Lane.values:
        raise ValueError(f"{entry!r}: there is no lane {lane}; there are {', '.join(Lane.values)}")
    if (role == Role.REVIEWER) != bool(lane):
        raise ValueError(f"{entry!r}: a reviewer needs a lane, as in reviewer/security, and nobody else has one")
    in_team = place.startswith(_TEAM)
    name = place.removeprefix(_TEAM).strip() if in_team else place
    if in_team and not name:
        raise ValueError(f"{entry!r} names no team after team:")
    return RoleRule(group, Role(role), Lane(lane) if lane else None, "" if in_team else name, name if in_team else "")


def groups(claim: object) -> frozenset[str]:
    """The groups that a claim names: a list of texts, or one text. Anything else, and what is absent, names none."""
    if isinstance(claim, str):
        return frozenset({claim})
    if isinstance(claim, list):
        return frozenset(entry for entry in claim[:_MOST_GROUPS] if isinstance(entry, str))
    return frozenset()


def given(known: Iterable[RoleRule], held: frozenset[str]) -> list[RoleRule]:
    """The rules whose group is among `held`."""
    return [rule for rule in known if rule.group in held]
