"""Pages of service accounts."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import access, selectors, services
from apps.accounts.access import Request
from apps.accounts.forms import ServiceAccountChangeForm, ServiceAccountForm
from apps.accounts.models import Role, User
from apps.accounts.views.people import CRUMBS, known_of, page_of, role_words, state_badge, switch
from apps.core import lists
from apps.core.details import Action, Fact, Head, page
from apps.core.http import respond

ACCOUNTS = lists.register(
    lists.List(
        page="people:service_accounts",
        title="Service accounts",
        lede="Programs that call the API under a name of their own, by tokens alone, and who answers for each.",
        empty="No service account is yours. An administrator adds them.",
        order="name",
        search=selectors.matching_people,
        search_hint="Name or user name",
        columns=[
            lists.Column("name", "Name", str, page_of, sort="display_name"),
            lists.Column("username", "User name", lambda user: user.username, kind="code", sort="username"),
            lists.Column("responsible", "Answers for it", lambda user: _responsible(user)),
            lists.Column("owner", "Owned by", lambda user: user.owning_team or "The whole organisation"),
            lists.Column("roles", "Roles", role_words),
            lists.Column("state", "State", state_badge, kind="status", sort="is_active"),
        ],
    )
)


def _responsible(account: User) -> str:
    person = account.responsible
    if person is None or person.is_active:
        return str(person or "")
    return f"{person} (deactivated: name another)"


def account_list(request: Request) -> HttpResponseBase:
    """The service accounts that concern the reader."""
    may = access.may(request.user, Role.ADMINISTRATOR)
    action = lists.Action("Add a service account", reverse("people:new_service_account")) if may else None
    return lists.answer(request, ACCOUNTS, selectors.service_accounts(viewer=request.user), action=action)


def detail(request: Request, username: str) -> HttpResponse:
    """One service account: who answers for it, its roles and its tokens."""
    account = selectors.service_account(username, viewer=request.user)
    context = {
        **page(request, _head(account, request.user)),
        "facts": [
            Fact("User name", account.username, kind="code"),
            Fact("Answers for it", _responsible(account), page_of(account.responsible) if account.responsible else ""),
            Fact("Owned by", account.owning_team or "The whole organisation"),
            Fact("Since", account.date_joined, kind="time"),
        ],
        **known_of(account, viewer=request.user),
        "tokens": selectors.tokens(owner=account, viewer=request.user),
    }  # fmt: skip
    return respond(request, "people/service_account.html", context)


def _head(account: User, viewer: User) -> Head:
    answers = account.responsible_id == viewer.pk or services.administers(viewer, team=account.owning_team)
    make = Action("Make a token", reverse("people:new_service_token", args=[account.username]))
    menu = []
    if services.administers(viewer, team=account.owning_team):
        menu = [Action("Change", reverse("people:change_service_account", args=[account.username]))]
        menu.append(Action("Grant a role", reverse("people:grant", args=[account.username])))
    menu += switch(account, viewer=viewer)
    crumbs = [*CRUMBS, ("Service accounts", reverse("people:service_accounts"))]
    shown = None if account.is_active else state_badge(account)
    primary = make if answers and account.is_active else None
    return Head("Service account", str(account), crumbs, status=shown, primary=primary, menu=menu)


def new(request: Request) -> HttpResponse:
    """The form for a new service account."""
    access.require(request.user, Role.ADMINISTRATOR, to="add service accounts")
    form = ServiceAccountForm(request.POST or None, viewer=request.user)
    if form.is_bound and (made := form.carry_out(services.add_service_account, by=request.user)):
        messages.success(request, f"{made} is there. Grant it roles, then make a token.")
        return redirect(page_of(made))
    context = {"title": "Add a service account", "form": form, "submit": "Add", "crumbs": CRUMBS}
    context["cancel"] = reverse("people:service_accounts")
    return respond(request, "components/form_page.html", context, status=form.status)


def change(request: Request, username: str) -> HttpResponse:
    """The form that renames a service account, or says who answers for it."""
    account = selectors.service_account(username, viewer=request.user)
    access.require(request.user, Role.ADMINISTRATOR, to="change service accounts")
    services.check_administers(request.user, team=account.owning_team, to="change this service account")
    responsible = account.responsible.username if account.responsible else ""
    now = {"display_name": account.display_name, "responsible": responsible, "team": account.owning_team}
    form = ServiceAccountChangeForm(request.POST or None, viewer=request.user, initial=now)
    if form.is_bound and (saved := form.carry_out(services.change_service_account, account=account, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(page_of(saved))
    crumbs = [*CRUMBS, (str(account), page_of(account))]
    context = {"title": f"Change {account}", "form": form, "submit": "Save", "crumbs": crumbs}
    return respond(request, "components/form_page.html", {**context, "cancel": page_of(account)}, status=form.status)
