"""Pages of people: the list, one person, their roles, and cutting somebody off."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.accounts import access, selectors, services
from apps.accounts.access import Request
from apps.accounts.forms import GrantForm, PersonForm
from apps.accounts.models import Role, User
from apps.core import lists, timeline
from apps.core.badges import Badge, badge
from apps.core.details import Action, Fact, Head, page
from apps.core.http import respond
from apps.core.refs import Ref

CRUMBS = [("People", "/people/")]


def page_of(user: User) -> str:
    """The address of somebody's page."""
    return reverse("people:detail" if user.is_person else "people:service_account", args=[user.username])


def role_words(user: User) -> str:
    """The roles somebody holds anywhere, in words."""
    held = {membership.role for membership in user.memberships.all()}
    return ", ".join(role.label for role in Role if role in held)


def state_badge(user: User) -> Badge:
    """Whether somebody may come in."""
    return badge("live", "Active") if user.is_active else badge("failed", "Deactivated")


def _with_role(rows: QuerySet[Any], values: Any) -> QuerySet[Any]:
    return rows.filter(pk__in=User.objects.filter(memberships__role__in=values).values("pk"))


PEOPLE = lists.register(
    lists.List(
        page="people:list",
        title="People",
        lede="Everybody who works with the portal, and what they do in it.",
        empty="Nobody is here yet.",
        order="name",
        search=selectors.matching_people,
        search_hint="Name or user name",
        columns=[
            lists.Column("name", "Name", str, page_of, sort="display_name"),
            lists.Column("username", "User name", lambda user: user.username, kind="code", sort="username"),
            lists.Column("roles", "Roles", role_words),
        ],
        facets=[lists.Facet("role", "Role", choices=Role.choices, narrow=_with_role, counted=False)],
    )
)
# What else they see who oversee everything.
_MORE = replace(
    PEOPLE,
    columns=[
        *PEOPLE.columns,
        lists.Column("state", "State", state_badge, kind="status", sort="is_active"),
        lists.Column("email", "E-mail", lambda user: user.email, sort="email"),
        lists.Column("seen", "Signed in", lambda user: user.last_login, kind="time", shown=False),
        lists.Column("since", "Since", lambda user: user.date_joined, kind="date", shown=False),
    ],
    facets=[*PEOPLE.facets, lists.Facet("active", "Active", "is_active", (("True", "Yes"), ("False", "No")))],
)


def people_list(request: Request) -> HttpResponseBase:
    """Everybody whose page the reader may open."""
    url = reverse("people:new") if services.administers(request.user) else ""
    listing = _MORE if access.oversees(request.user) else PEOPLE
    action = lists.Action("Add a person", url) if url else None
    return lists.answer(request, listing, selectors.directory(viewer=request.user), action=action)


def detail(request: Request, username: str) -> HttpResponse:
    """One person: roles, and for those concerned teams, tokens and what happened."""
    person = selectors.in_directory(username, viewer=request.user)
    own, full = person.pk == request.user.pk, access.oversees(request.user)
    context = {
        **page(request, _head(person, request.user)),
        "person": person, "facts": _facts(person, told=own or full), "roles": role_words(person),
        **(known_of(person, viewer=request.user) if own or full else {}),
    }  # fmt: skip
    return respond(request, "people/detail.html", context)


def known_of(account: User, *, viewer: User) -> dict[str, Any]:
    """What the page of an account shows to itself, to those who answer for it and to overseers."""
    happened = timeline.about(Ref("user", str(account.pk)), viewer=viewer)
    held = sorted(account.memberships.select_related("unit", "team__unit"), key=lambda m: (m.place, m.role, m.lane))
    roles = [
        {"membership": found, "revocable": services.administers(viewer, unit=found.unit, team=found.team)}
        for found in held
    ]
    return {
        "account": account, "memberships": roles, "shows_all": True, "timeline": happened,
        "token_names": [(token.name, badge(token.state)) for token in account.tokens.all()[:50]],
        "answers_for": account.answers_for.filter(is_active=True),
    }  # fmt: skip


def _head(person: User, viewer: User) -> Head:
    menu = [] if person.pk == viewer.pk else switch(person, viewer=viewer)
    grant = Action("Grant a role", reverse("people:grant", args=[person.username]))
    may_grant = person.is_active and person.pk != viewer.pk and access.may(viewer, Role.ADMINISTRATOR)
    shown = None if person.is_active else state_badge(person)
    return Head("Person", str(person), CRUMBS, status=shown, primary=grant if may_grant else None, menu=menu)


def switch(account: User, *, viewer: User) -> list[Action]:
    """The verb that cuts an account off or lets it in again, for who may."""
    if not services.administers(viewer):
        return []
    if account.is_active:
        url = reverse("people:deactivate", args=[account.username])
        return [Action("Deactivate", url, post=True, tone="danger")]
    return [Action("Reactivate", reverse("people:reactivate", args=[account.username]), post=True)]


def _facts(person: User, *, told: bool) -> list[Fact]:
    facts = [Fact("User name", person.username, kind="code")]
    if told:
        facts += [
            Fact("E-mail", person.email),
            Fact("Signed in", person.last_login, kind="time"),
            Fact("Since", person.date_joined, kind="time"),
        ]
    return facts


@sensitive_post_parameters()
def new(request: Request) -> HttpResponse:
    """The form for a new person."""
    services.check_administers(request.user, to="add people")
    form = PersonForm(request.POST or None, viewer=request.user)
    if form.is_bound and (person := form.carry_out(services.create_user, by=request.user)):
        messages.success(request, f"{person} is here, without any role yet.")
        return redirect(page_of(person))
    context = {
        "title": "Add a person", "form": form, "submit": "Add", "crumbs": CRUMBS, "cancel": reverse("people:list"),
        "lede": "Roles are granted afterwards. Who comes by single sign-on need not be added.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def grant(request: Request, username: str) -> HttpResponse:
    """The form that gives somebody a role."""
    user = selectors.account(username, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="grant roles")
    services.check_somebody_else(user, by=request.user)
    form = GrantForm(request.POST or None, viewer=request.user)
    if form.is_bound and (made := form.carry_out(services.grant, user=user, by=request.user)):
        messages.success(request, f"{user} is {made.get_role_display()} in {made.place}.")
        return redirect(page_of(user))
    context = {
        "title": f"Grant {user} a role", "form": form, "submit": "Grant", "cancel": page_of(user),
        "crumbs": [*CRUMBS, (str(user), page_of(user))], "lede": "It counts from their next request on.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def revoke(request: Request, username: str, membership: UUID) -> HttpResponse:
    """Take a role back."""
    user = selectors.account(username, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="revoke roles")
    held = selectors.membership(membership, of=user, viewer=request.user)
    services.revoke(membership=held, by=request.user)
    messages.success(request, f"{user} is no longer {held.get_role_display()} in {held.place}.")
    return redirect(page_of(user))


@require_POST
def deactivate(request: Request, username: str) -> HttpResponse:
    """Cut somebody off."""
    user = services.deactivate(user=selectors.account(username, viewer=request.user), by=request.user)
    messages.success(request, f"{user} is cut off: sessions have ended, tokens are revoked.")
    return redirect(page_of(user))


@require_POST
def reactivate(request: Request, username: str) -> HttpResponse:
    """Let somebody in again."""
    user = services.reactivate(user=selectors.account(username, viewer=request.user), by=request.user)
    messages.success(request, f"{user} may come in again. Their tokens stay revoked.")
    return redirect(page_of(user))
