"""What every page shows: the way through the portal, and the reader's roles."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.accounts import access
from apps.accounts.models import Role
from apps.reviews import selectors as reviews


@dataclass(frozen=True)
class Item:
    """One line of the rail; `current` is "page", "true" (inside the section) or ""."""

    label: str
    url: str
    icon: str
    current: str
    count: int = 0
    apart: bool = False


_SECTIONS = [
    ("Home", "home", "home"),
    ("Use cases", "usecases:list", "cases"),
    ("Models", "catalog:list", "models"),
    ("Prompts", "prompts:list", "prompts"),
    ("Datasets", "evaluations:datasets", "datasets"),
    ("Evaluations", "evaluations:list", "evaluations"),
    ("Reviews", "reviews:list", "reviews"),
    ("Audit", "audit:list", "audit"),
    ("API", "api-docs", "api"),
]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` with `.items` and `.roles`, computed only where a template asks for it."""
    return {"navigation": SimpleLazyObject(lambda: _navigation(request))}


def _navigation(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    held = access.roles_of(user)
    waiting = reviews.waiting_for(user).count() if user.is_authenticated and held else 0
    return {
        "items": [_item(request.path, *section, waiting) for section in _SECTIONS],
        "roles": [role.label for role in Role if role in held],
    }


def _item(path: str, label: str, name: str, icon: str, waiting: int) -> Item:
    url = reverse(name)
    inside = "true" if url != "/" and path.startswith(url) else ""
    count = waiting if icon == "reviews" else 0
    return Item(label, url, icon, "page" if path == url else inside, count, apart=icon in ("reviews", "api"))
