"""What every page shows: the way through the portal, and the reader's roles."""

from collections.abc import Callable
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
from apps.core.models import Viewer
from apps.portal import selectors
from apps.reviews import selectors as reviews


def _everybody(user: Viewer) -> bool:
    return True


def _decides(user: Viewer) -> bool:
    """Whoever decides on reviews can let others do so."""
    return access.may(user, *reviews.deciding_roles())


def _of_a_team(user: Viewer) -> bool:
    """Webhooks belong to teams, and overseers see all."""
    return access.oversees(user) or any(membership.team_id for membership in access.held(user))


@dataclass(frozen=True)
class Place:
    """One line of the rail, for those whom `shown` lets see it; a page that is not there shows none."""

    group: str
    label: str
    name: str
    icon: str
    shown: Callable[[Viewer], bool] = _everybody
    inside: bool = False


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
    Place("Work", "Conditions", "reviews:conditions", "reviews", inside=True),
    Place("Work", "Delegations", "reviews:delegations", "people", _decides, inside=True),
    Place("Work", "Reports", "reports", "reports"),
    Place("Organisation", "People", "people:list", "people"),
    Place("Organisation", "Teams", "people:teams", "people", inside=True),
    Place("Organisation", "Units", "people:units", "people", inside=True),
    Place("Organisation", "Service accounts", "people:service_accounts", "people", inside=True),
    Place("Administration", "Egress", "egress:list", "egress", access.oversees),
    Place("Administration", "Webhooks", "webhooks:list", "bell", _of_a_team),
    Place("Administration", "Audit", "audit:list", "audit", access.oversees),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` with the rail's groups and what the bar needs, computed only where a template asks for it."""
    return {"navigation": SimpleLazyObject(lambda: _navigation(request))}


def _navigation(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    held = access.roles_of(user)
    count = _open_count(user) if user.is_authenticated else 0
    items = _items(request.path, user, count)
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


def _items(path: str, user: Viewer, count: int) -> list[Item]:
    shown = [(place, optional_url(place.name)) for place in PLACES if place.shown(user)]
    return [_item(place, url, path, count) for place, url in shown if url]


def _item(place: Place, url: str, path: str, count: int) -> Item:
    counted = count if place.name == "my_work" else 0
    return Item(place.group, place.label, url, place.icon, _current(path, url), place.inside, counted)


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    return "true" if url != "/" and path.startswith(f"{url.rstrip('/')}/") else ""
