"""Pages of webhooks and channels: what is sent where, what came of it, and sending it again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.core import lists
from apps.core.badges import Badge
from apps.core.details import Fact
from apps.core.forms import VerbForm
from apps.core.http import respond
from apps.notifications import selectors, services
from apps.notifications.events import EVENTS
from apps.notifications.forms import EditForm, NewForm
from apps.notifications.models import Delivery, DeliveryState, WebhookEndpoint, WebhookKind
from apps.notifications.views.paging import paged

_EVERYBODY = "The whole organisation"
_CRUMBS = [("Webhooks and channels", "/webhooks/")]
_TONES = {DeliveryState.DELIVERED: "good", DeliveryState.FAILED: "bad", DeliveryState.WITHHELD: "neutral"}


def _url(endpoint: WebhookEndpoint) -> str:
    return reverse("webhooks:detail", args=[endpoint.pk])


def _state(endpoint: WebhookEndpoint) -> Badge:
    if not endpoint.is_on:
        return Badge("Switched off", "bad")
    return Badge("Failing", "warning") if endpoint.failing_since else Badge("On", "good")


def _came(row: Delivery) -> Badge:
    if row.state == DeliveryState.WAITING and row.attempts:
        return Badge("To be tried again", "warning")
    return Badge(row.get_state_display(), _TONES.get(DeliveryState(row.state), "info"))


WEBHOOKS = lists.register(
    lists.List(
        title="Webhooks and channels",
        page="webhooks:list",
        lede="Where your teams are told what happens: Slack and Teams channels, and systems that take signed webhooks.",
        empty="Your teams have none yet. Add one to tell a channel or another system what happens.",
        columns=[
            lists.Column("name", "Name", lambda row: row.name, _url, sort="name"),
            lists.Column("state", "State", _state, kind="status"),
            lists.Column("kind", "Kind", lambda row: row.get_kind_display(), sort="kind"),
            lists.Column("team", "Team", lambda row: row.team or _EVERYBODY, sort="team__name"),
            lists.Column("address", "Address", lambda row: row.address),
            lists.Column("events", "Events", lambda row: len(row.events), kind="number"),
            lists.Column("added", "Added", lambda row: row.created_at, kind="date", sort="created_at"),
        ],
        order="name",
        facets=[lists.Facet("kind", "Kind", "kind", choices=WebhookKind.choices)],
    )
)


def webhook_list(request: Request) -> HttpResponseBase:
    """The webhooks and channels of the reader's teams."""
    action = lists.Action("Add one", reverse("webhooks:new") if services.may_add_some(by=request.user) else "")
    return lists.answer(request, WEBHOOKS, selectors.webhooks(viewer=request.user), action=action)


@sensitive_post_parameters("address")
def new(request: Request) -> HttpResponse:
    """The form for a new one; its secret is shown on the page that answers, and never again."""
    services.check_may_add_some(by=request.user)
    form = NewForm(request.POST if request.method == "POST" else None, person=request.user)
    if form.is_bound and (added := form.carry_out(services.add_webhook, by=request.user)):
        if not added.secret:
            messages.success(request, f"{added.endpoint} is told from now on.")
            return redirect(_url(added.endpoint))
        return _secret_page(request, added.endpoint, added.secret)
    context = {"title": "Add a webhook or channel", "form": form, "submit": "Add", "crumbs": _CRUMBS,
               "cancel": reverse("webhooks:list")}  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def _secret_page(request: Request, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    context = {"title": "Keep this secret now", "endpoint": endpoint, "secret": secret, "crumbs": _crumbs(endpoint)}
    return respond(request, "webhooks/secret.html", context, status=201)


def _crumbs(endpoint: WebhookEndpoint) -> list[tuple[str, str]]:
    return [*_CRUMBS, (endpoint.name, _url(endpoint))]


def detail(request: Request, webhook_id: UUID) -> HttpResponse:
    """One webhook or channel: its state, its secrets, and the log of its messages."""
    endpoint = selectors.webhook(webhook_id, viewer=request.user)
    rows, ways = paged(request, selectors.deliveries(endpoint))
    context = {
        "kind": endpoint.get_kind_display(), "title": endpoint.name, "crumbs": _CRUMBS, "endpoint": endpoint,
        "status": _state(endpoint), "facts": _facts(endpoint), "table": ways,
        "events": [EVENTS[name].public_label for name in endpoint.events if name in EVENTS],
        "messages_sent": [(row, EVENTS[row.event].public_label, _came(row)) for row in rows],
        "may_manage": services.may_manage(endpoint.team, by=request.user),
        "signed": endpoint.kind == WebhookKind.SIGNED, "secrets": list(endpoint.secrets.all()),
    }  # fmt: skip
    return respond(request, "webhooks/detail.html", context)


def _facts(endpoint: WebhookEndpoint) -> list[Fact]:
    return [
        Fact("Address", endpoint.address),
        Fact("Team", endpoint.team or _EVERYBODY),
        Fact("Added by", endpoint.created_by),
        Fact("Added", endpoint.created_at, kind="time"),
        Fact("Failing since", endpoint.failing_since, kind="time"),
    ]


@sensitive_post_parameters("address")
def edit(request: Request, webhook_id: UUID) -> HttpResponse:
    """The form that changes name, events and address; it carries the version it was opened with."""
    endpoint = selectors.webhook(webhook_id, viewer=request.user)
    services.check_may_manage(endpoint, by=request.user)
    initial = {"name": endpoint.name, "events": endpoint.events, "version": endpoint.version}
    form = EditForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and (saved := form.carry_out(services.change_webhook, endpoint=endpoint, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(_url(saved))
    context = {"title": f"Change {endpoint}", "form": form, "cancel": _url(endpoint), "crumbs": _crumbs(endpoint),
               "lede": f"Now at {endpoint.address}"}  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def _found(request: Request, webhook_id: UUID) -> WebhookEndpoint:
    return selectors.webhook(webhook_id, viewer=request.user)


@require_POST
def switch(request: Request, webhook_id: UUID) -> HttpResponse:
    """Switch it on or off, as the field `on` says."""
    endpoint, verb = _found(request, webhook_id), services.enable if request.POST.get("on") else services.disable
    endpoint = verb(endpoint=endpoint, by=request.user)
    messages.success(request, f"{endpoint} is switched {'on' if endpoint.is_on else 'off'}.")
    return redirect(_url(endpoint))


def remove(request: Request, webhook_id: UUID) -> HttpResponse:
    """Ask, then with POST forget it with its secrets and its log."""
    endpoint = _found(request, webhook_id)
    services.check_may_manage(endpoint, by=request.user)
    if request.method == "POST":
        services.remove_webhook(endpoint=endpoint, by=request.user)
        messages.success(request, f"{endpoint} is removed.")
        return redirect("webhooks:list")
    context = {
        "title": f"Remove {endpoint}", "form": VerbForm(), "submit": "Remove", "cancel": _url(endpoint),
        "crumbs": _crumbs(endpoint), "lede": "Its secrets and the log of its messages are forgotten with it.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context)


@require_POST
def add_secret(request: Request, webhook_id: UUID) -> HttpResponse:
    """A further secret, shown on the page that answers, and never again."""
    endpoint = _found(request, webhook_id)
    return _secret_page(request, endpoint, services.add_secret(endpoint=endpoint, by=request.user))


@require_POST
def drop_secret(request: Request, webhook_id: UUID, secret_id: UUID) -> HttpResponse:
    """Sign with it no more."""
    endpoint = _found(request, webhook_id)
    services.drop_secret(endpoint=endpoint, secret_id=secret_id, by=request.user)
    messages.success(request, "The secret is dropped.")
    return redirect(_url(endpoint))


@require_POST
def replay(request: Request, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message's words again, as a new message."""
    endpoint = _found(request, webhook_id)
    services.replay(selectors.delivery(delivery_id, endpoint=endpoint), by=request.user)
    messages.success(request, "It is sent again.")
    return redirect(_url(endpoint))
