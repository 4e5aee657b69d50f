"""What every page shows: the way through the portal, and the reader's roles."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts import access
from apps.accounts.models import Role
from apps.core.details import optional_url
from apps.portal import selectors

_OVERSIGHT = (Role.AUDITOR, Role.ADMINISTRATOR)
_ADMIN = (Role.ADMINISTRATOR,)


@dataclass(frozen=True)
class Place:
    """One line of the rail. `roles` are those that see it, none for everybody; a page that is not there shows none.

    `for_teams`: whoever holds a role in a team sees it as well.
    """

    group: str
    label: str
    name: str
    icon: str
    roles: tuple[Role, ...] = ()
    inside: bool = False
    for_teams: bool = False


@dataclass(frozen=True)
class Item:
    """A place as one page shows it; `current` is "page", "true" (somewhere below it) or ""."""

    group: str
    label: str
    url: str
    icon: str
    current: str
    inside: bool
    count: int = 0


# In the order of a use case's life; what stands inside another is a part of it.
PLACES = (
    Place("", "Home", "home", "home"),
    Place("", "Use cases", "usecases:list", "cases"),
    Place("", "Models", "catalog:list", "models"),
    Place("", "Prompts", "prompts:list", "prompts"),
    Place("", "Evaluations", "evaluations:list", "evaluations"),
    Place("", "Datasets", "evaluations:datasets", "datasets", inside=True),
    Place("", "Guardrails", "guardrails:list", "guardrails"),
    Place("", "Costs", "costs:list", "costs"),
    Place("Work", "My work", "my_work", "work"),
    Place("Work", "Reviews", "reviews:list", "reviews"),
    Place("Work", "Reports", "reports", "reports"),
    Place("Administration", "People", "people:list", "people", _ADMIN),
    Place("Administration", "Teams", "people:teams", "people", _ADMIN, inside=True),
    Place("Administration", "Units", "people:units", "people", _ADMIN, inside=True),
    Place("Administration", "Service accounts", "people:service_accounts", "people", _ADMIN, inside=True),
    Place("Administration", "Egress", "egress:list", "egress", _ADMIN),
    Place("Administration", "Webhooks", "webhooks:list", "bell", _OVERSIGHT, for_teams=True),
    Place("Administration", "Audit", "audit:list", "audit", _OVERSIGHT),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` with the rail's groups and what the bar needs, computed only where a template asks for it."""
    return {"navigation": SimpleLazyObject(lambda: _navigation(request))}


def _navigation(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    held = access.roles_of(user)
    count = _open_count(user) if user.is_authenticated else 0
    in_team = any(membership.team_id for membership in access.held(user))
    items = _items(request.path, held, in_team, count)
    return {
        "groups": [(group, list(found)) for group, found in groupby(items, key=lambda item: item.group)],
        "items": items,
        "roles": [role.label for role in Role if role in held],
        "inbox": optional_url("notifications:inbox"),
        "unread": optional_url("notifications:count"),
        "tokens": optional_url("accounts:tokens"),
    }


def _open_count(user: Any) -> int:
    """How much needs the person, at most some seconds old: every page shows it, and counting looks at much."""
    key = f"open-count:{user.pk}"
    count = cache.get(key)
    if count is None:
        count = selectors.open_count(user)
        cache.set(key, count, settings.OPEN_COUNT_SECONDS)
    return int(count)


def _items(path: str, held: frozenset[str], in_team: bool, count: int) -> list[Item]:
    shown = [(place, optional_url(place.name)) for place in PLACES if _shows(place, held, in_team)]
    return [_item(place, url, path, count) for place, url in shown if url]


def _shows(place: Place, held: frozenset[str], in_team: bool) -> bool:
    return not place.roles or bool(held.intersection(place.roles)) or (place.for_teams and in_team)


def _item(place: Place, url: str, path: str, count: int) -> Item:
    counted = count if place.name == "my_work" else 0
    return Item(place.group, place.label, url, place.icon, _current(path, url), place.inside, counted)


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    return "true" if url != "/" and path.startswith(f"{url.rstrip('/')}/") else ""
