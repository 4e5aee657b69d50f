"""Pages of business units and teams."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import access, selectors, services
from apps.accounts.access import Request
from apps.accounts.forms import MemberForm, TeamForm, TermForm, UnitForm
from apps.accounts.models import BusinessUnit, Role, Team
from apps.accounts.views.people import CRUMBS
from apps.core import lists, timeline
from apps.core.badges import badge
from apps.core.details import Action, Fact, Head, page
from apps.core.http import respond
from apps.core.refs import Ref


def _unit_url(unit: BusinessUnit) -> str:
    return reverse("people:unit", args=[unit.pk])


def _team_url(team: Team) -> str:
    return reverse("people:team", args=[team.pk])


def _path(unit: BusinessUnit) -> str:
    return unit.path


UNITS = lists.register(
    lists.List(
        page="people:units",
        title="Business units",
        lede="The parts of the organisation. A role in a unit holds in every unit below.",
        empty="There is no business unit yet. An administrator adds the first one.",
        order="path",
        search=selectors.matching_units,
        search_hint="Part of its path",
        columns=[
            lists.Column("path", "Unit", _path, _unit_url, sort="path"),
            lists.Column("teams", "Teams", lambda unit: unit.team_count, kind="number"),
            lists.Column("from", "From", lambda unit: unit.valid_from, kind="date", sort="valid_from"),
            lists.Column("until", "Until before", lambda unit: unit.valid_until, kind="date", sort="valid_until"),
        ],
    )
)
TEAMS = lists.register(
    lists.List(
        page="people:teams",
        title="Teams",
        lede="People of one unit who work on the same things. You see those that you belong to or administer.",
        empty="You belong to no team. An administrator founds teams and adds people to them.",
        order="name",
        search=selectors.matching_teams,
        search_hint="Name or unit",
        columns=[
            lists.Column("name", "Team", str, _team_url, sort="name"),
            lists.Column("unit", "Business unit", lambda team: team.unit, sort="unit__path"),
            lists.Column("state", "State", lambda team: _team_state(team), kind="status"),
            lists.Column("since", "Founded", lambda team: team.created_at, kind="date", sort="created_at"),
        ],
    )
)


def _team_state(team: Team) -> Any:
    return badge("closed", "Closed") if team.closed_at else badge("live", "Open")


def unit_list(request: Request) -> HttpResponseBase:
    """Every business unit."""
    may = access.may(request.user, Role.ADMINISTRATOR)
    action = lists.Action("Add a unit", reverse("people:new_unit")) if may else None
    return lists.answer(request, UNITS, selectors.units(viewer=request.user), action=action)


def unit_detail(request: Request, key: UUID) -> HttpResponse:
    """One unit: where it hangs, when it exists, and its teams."""
    unit = selectors.unit_page(key, viewer=request.user)
    verbs = []
    if services.administers(request.user, unit=unit.parent):
        verbs.append(Action("Rename or move", reverse("people:change_unit", args=[unit.pk])))
    if services.administers(request.user, unit=unit):
        verbs.append(Action("Set its term", reverse("people:unit_term", args=[unit.pk])))
    head = Head(
        "Business unit", unit.name, [*CRUMBS, ("Business units", reverse("people:units"))], menu=verbs,
        status=None if unit.is_open else badge("closed", "Ended"),
    )  # fmt: skip
    happened = timeline.about(Ref("unit", str(unit.pk)), viewer=request.user)
    context = {
        **page(request, head), "facts": _unit_facts(unit), "below": unit.children.all(),
        "teams": selectors.teams(viewer=request.user).filter(unit=unit), "timeline": happened,
    }  # fmt: skip
    return respond(request, "people/unit.html", context)


def _unit_facts(unit: BusinessUnit) -> list[Fact]:
    parent = unit.parent
    return [
        Fact("Path", unit.path),
        Fact("Below", parent.path if parent else "Nothing: at the top", _unit_url(parent) if parent else ""),
        Fact("From", unit.valid_from or "always"),
        Fact("Until before", unit.valid_until or "not yet ended"),
    ]


def new_unit(request: Request) -> HttpResponse:
    """The form for a new unit."""
    access.require(request.user, Role.ADMINISTRATOR, to="add business units")
    form = UnitForm(request.POST or None, viewer=request.user)
    if form.is_bound and (unit := form.carry_out(services.add_unit, by=request.user)):
        messages.success(request, f"{unit} is there.")
        return redirect(_unit_url(unit))
    return _form(request, form, "Add a business unit", reverse("people:units"))


def change_unit(request: Request, key: UUID) -> HttpResponse:
    """The form that renames a unit or hangs it elsewhere."""
    unit = selectors.unit_page(key, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="change business units")
    services.check_administers(request.user, unit=unit.parent, to="rename or move the unit")
    form = UnitForm(request.POST or None, viewer=request.user, initial={"name": unit.name, "parent": unit.parent})
    if form.is_bound and (moved := form.carry_out(services.change_unit, unit=unit, by=request.user)):
        messages.success(request, f"It is now {moved}.")
        return redirect(_unit_url(moved))
    return _form(request, form, f"Rename or move {unit.name}", _unit_url(unit))


def unit_term(request: Request, key: UUID) -> HttpResponse:
    """The form that says when a unit exists."""
    unit = selectors.unit_page(key, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="say when units exist")
    services.check_administers(request.user, unit=unit, to="say when it exists")
    now = {"valid_from": unit.valid_from, "valid_until": unit.valid_until}
    form = TermForm(request.POST or None, viewer=request.user, initial=now)
    if form.is_bound and (saved := form.carry_out(services.change_unit, unit=unit, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(_unit_url(saved))
    return _form(request, form, f"When {unit.name} exists", _unit_url(unit))


def team_list(request: Request) -> HttpResponseBase:
    """The teams whose page the reader may open."""
    may = access.may(request.user, Role.ADMINISTRATOR)
    action = lists.Action("Found a team", reverse("people:new_team")) if may else None
    return lists.answer(request, TEAMS, selectors.teams(viewer=request.user), action=action)


def team_detail(request: Request, key: UUID) -> HttpResponse:
    """One team: who is in it, in which role."""
    team = selectors.team_page(key, viewer=request.user)
    manages = services.administers(request.user, team=team)
    happened = timeline.about(Ref("team", str(team.pk)), viewer=request.user)
    facts = [Fact("Business unit", team.unit, _unit_url(team.unit)), Fact("Founded", team.created_at, kind="time")]
    owned = selectors.service_accounts(viewer=request.user).filter(owning_team=team, is_active=True)
    context = {
        **page(request, _team_head(team, manages=manages)),
        "team": team, "members": selectors.members(team), "manages": manages, "facts": facts,
        "service_accounts": owned, "timeline": happened,
    }  # fmt: skip
    return respond(request, "people/team.html", context)


def _team_head(team: Team, *, manages: bool) -> Head:
    add, menu = None, []
    if manages and not team.closed_at:
        add = Action("Add somebody", reverse("people:add_member", args=[team.pk]))
        menu = [Action("Change", reverse("people:change_team", args=[team.pk]))]
        menu.append(Action("Close", reverse("people:close_team", args=[team.pk]), post=True, tone="danger"))
    crumbs = [*CRUMBS, ("Teams", reverse("people:teams"))]
    state = _team_state(team) if team.closed_at else None
    return Head("Team", team.name, crumbs, status=state, lede=team.description, primary=add, menu=menu)


def new_team(request: Request) -> HttpResponse:
    """The form for a new team."""
    access.require(request.user, Role.ADMINISTRATOR, to="found teams")
    form = TeamForm(request.POST or None, viewer=request.user)
    if form.is_bound and (team := form.carry_out(services.add_team, by=request.user)):
        messages.success(request, f"{team} is founded. Add its people.")
        return redirect(_team_url(team))
    return _form(request, form, "Found a team", reverse("people:teams"))


def change_team(request: Request, key: UUID) -> HttpResponse:
    """The form that renames, describes or moves a team."""
    team = selectors.team_page(key, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="change teams")
    services.check_administers(request.user, team=team, to="change the team")
    now = {"name": team.name, "unit": team.unit, "description": team.description}
    form = TeamForm(request.POST or None, viewer=request.user, initial=now)
    if form.is_bound and (saved := form.carry_out(services.change_team, team=team, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(_team_url(saved))
    return _form(request, form, f"Change {team}", _team_url(team))


@require_POST
def close_team(request: Request, key: UUID) -> HttpResponse:
    """Close a team."""
    found = selectors.team_page(key, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="close teams")
    team = services.close_team(team=found, by=request.user)
    messages.success(request, f"{team} is closed. What it has it keeps.")
    return redirect(_team_url(team))


def add_member(request: Request, key: UUID) -> HttpResponse:
    """The form that gives somebody a role in a team."""
    team = selectors.team_page(key, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="add people to teams")
    services.check_administers(request.user, team=team, to="add people to the team")
    form = MemberForm(request.POST or None, viewer=request.user)
    if form.is_bound and (made := form.carry_out(services.grant, team=team, by=request.user)):
        messages.success(request, f"{made.user} is {made.get_role_display()} in {team}.")
        return redirect(_team_url(team))
    return _form(request, form, f"Add somebody to {team}", _team_url(team))


@require_POST
def remove_member(request: Request, key: UUID, membership: UUID) -> HttpResponse:
    """Take a role in a team back."""
    team = selectors.team_page(key, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="take people out of teams")
    services.check_administers(request.user, team=team, to="take people out of the team")
    held = selectors.member(membership, team=team)
    services.revoke(membership=held, by=request.user)
    messages.success(request, f"{held.user} is no longer {held.get_role_display()} in {team}.")
    return redirect(_team_url(team))


def _form(request: Request, form: Any, title: str, back: str) -> HttpResponse:
    context = {"title": title, "form": form, "submit": "Save", "crumbs": CRUMBS, "cancel": back}
    return respond(request, "components/form_page.html", context, status=form.status)
