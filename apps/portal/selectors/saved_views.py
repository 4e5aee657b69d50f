"""Saved views of lists: which a person may use, which one opens, and where each leads."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from apps.accounts import access
from apps.accounts import selectors as accounts
from apps.accounts.models import Team, User
from apps.core import lists
from apps.core.errors import NotFoundError
from apps.portal.models import SavedView, SavedViewQuerySet


@dataclass(frozen=True)
class Saved:
    """A view as its list shows it; `address` is the list in that state."""

    view: SavedView
    address: str
    current: bool


def saved_views(*, viewer: Any, page: str, current: str = "") -> list[Saved]:
    """The views of one list page that `viewer` may use, by name; `current` is the id of the one that is open."""
    found = _views(viewer).filter(page=page).select_related("team", "owner")
    return [Saved(view, address(view), str(view.pk) == current) for view in found]


def _views(viewer: Any) -> SavedViewQuerySet:
    return SavedView.objects.visible_to(viewer)


def saved_view(view_id: UUID, *, viewer: Any) -> SavedView:
    """One view; raises NotFoundError, also for somebody else's."""
    found = _views(viewer).filter(pk=view_id).first()
    if found is None:
        raise NotFoundError("There is no such saved view, or it is not yours.")
    return found


def address(view: SavedView) -> str:
    """The list page in the state of the view, as far as the list still declares it; "" once the page is gone."""
    listing = lists.page_named(view.page)
    if listing is None:
        return ""
    query = lists.written(listing, view.state)
    return f"{listing.address}?{query}{'&' if query else ''}view={quote(str(view.pk))}"


def default_address(person: Any, page: str) -> str:
    """Where the list page opens for the person: their own default view, else the first of their teams', else ""."""
    defaults = _views(person).filter(page=page, is_default=True).order_by("team__name")
    found = sorted(defaults, key=lambda view: view.team_id is not None)
    return address(found[0]) if found else ""


def teams_of(person: User) -> list[Team]:
    """The open teams that the person is a member of."""
    teams = {membership.team for membership in access.held(person) if membership.team}
    return sorted((team for team in teams if not team.closed_at), key=str)


def whom_to_ask(person: Any) -> str:
    """Whom to ask for a role, in a sentence, for a person who holds none; "" for anybody else."""
    if access.roles_of(person):
        return ""
    names = [str(known) for known in accounts.administrators(viewer=person)[:3]]
    return f"You hold no role yet. Ask an administrator for one: {', '.join(names) or 'whoever runs the portal'}."
