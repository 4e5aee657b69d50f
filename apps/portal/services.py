"""Saving, preferring and deleting views of lists, and recording what leaves a list as a file."""

from django.db import transaction

from apps.accounts import services as accounts
from apps.accounts.models import Team, User
from apps.audit import services as audit
from apps.core import lists
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.portal.models import KIND, SavedView, SavedViewQuerySet

MOST_VIEWS = 50
_LONGEST_NAME = 80


@transaction.atomic
def record_export(export: lists.Export, *, by: User) -> None:
    """Write down, before the first row leaves, who takes how many rows of which list."""
    audit.exported(export, by=by)


@transaction.atomic
def save_view(
    *, page: str, name: str, query: str, by: User, team: Team | None = None, is_default: bool = False
) -> SavedView:
    """Keep what `query` says about the list page `page`, for the person or for one of their teams.

    Raises InvalidError with fields, ConflictError for a name in use and beyond MOST_VIEWS, NotAllowedError for a team
    that the person is not a member of.
    """
    listing, name = lists.page_named(page), clean_text(name).strip()
    if listing is None:
        raise InvalidError("There is no such list.", fields={"page": ["There is no such list."]})
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidError("Name the view.", fields={"name": [f"Write a name of at most {_LONGEST_NAME} characters."]})
    # One at a time a person, so that two requests cannot both see room for a name or a default.
    accounts.one_at_a_time(by)
    _check_member(team, by=by)
    beside = _beside(owner=by, team=team, page=page)
    if beside.filter(name=name).exists():
        words = f"There is a view called {name} already. Choose another name, or delete that one first."
        raise ConflictError(words, fields={"name": [words]})
    if beside.count() >= MOST_VIEWS:
        raise ConflictError(f"There are {MOST_VIEWS} views of this list already. Delete one first.")
    if is_default:
        beside.filter(is_default=True).update(is_default=False)
    view = SavedView.objects.create(
        owner=by, team=team, page=page, name=name, state=lists.declared(listing, query), is_default=is_default
    )
    _record("saved", view, by)
    return view


@transaction.atomic
def set_default(view: SavedView, *, on: bool, by: User) -> SavedView:
    """Make the view the one that its list opens with, or no longer; a person's own goes before a team's."""
    view = _locked(view, by=by)
    if view.is_default != on:
        if on:
            _beside(owner=view.owner, team=view.team, page=view.page).filter(is_default=True).update(is_default=False)
        view.is_default = on
        view.save(update_fields=["is_default", "updated_at"])
        _record("made_default" if on else "no_longer_default", view, by)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: User) -> None:
    """Delete the view; the rows it showed stay as they are."""
    view = _locked(view, by=by)
    _record("deleted", view, by)
    view.delete()


def _locked(view: SavedView, *, by: User) -> SavedView:
    """The row, locked. Raises NotAllowedError unless the view is the person's own or their team's."""
    found = SavedView.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=view.pk)
    if found.team is None and found.owner_id != by.pk:
        raise NotAllowedError("This view is somebody else's. Save one of your own.")
    _check_member(found.team, by=by)
    return found


def _check_member(team: Team | None, *, by: User) -> None:
    if team and team.pk not in {membership.team_id for membership in by.held()}:
        raise NotAllowedError(f"Only members of {team} may keep views for it. Ask an administrator to join.")


def _beside(*, owner: User, team: Team | None, page: str) -> SavedViewQuerySet:
    """The views of one page of the same person or team."""
    of = {"team": team} if team else {"team": None, "owner": owner}
    return SavedView.objects.filter(page=page, **of)


def _record(what: str, view: SavedView, by: User) -> None:
    # Neither its name nor what it searches for: both may name a person, and the trail can forget nothing.
    team = str(view.team_id) if view.team_id else None
    audit.record(action=f"saved_view.{what}", subject=Ref(KIND, str(view.pk)), by=by, page=view.page, team=team)
