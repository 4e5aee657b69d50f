"""Pages of permitted addresses and stored secrets, for those who run the portal."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core import lists
from apps.core.egress import permits
from apps.core.errors import NotAllowedError
from apps.core.http import respond
from apps.egress import selectors, services, vault
from apps.egress.forms import ConfirmForm, RuleForm, SecretForm

_CRUMBS = [("Egress", "/egress/")]

_RULES = [
    lists.Column("address", "Address", str, kind="code"),
    lists.Column("purpose", "For", lambda rule: rule.get_purpose_display()),
    lists.Column("credentials", "Credentials", lambda rule: ", ".join(rule.credentials), kind="code"),
    lists.Column("note", "Note", lambda rule: rule.note, kind="prose"),
    lists.Column("by", "By", lambda rule: f"{rule.created_by}, {rule.created_at:%Y-%m-%d}"),
]
_REMOVE_RULE = lists.Column(
    "remove", "Withdraw", lambda _: "Withdraw", lambda rule: reverse("egress:remove", args=[rule.pk])
)
_ENTRIES = [
    lists.Column("address", "Address", lambda entry: entry.partition("=")[0], kind="code"),
    lists.Column("credentials", "Credentials", lambda entry: ", ".join(sorted(permits.parse(entry).keys)), kind="code"),
]
_SECRETS = [
    lists.Column("name", "Name", lambda secret: f"store:{secret.name}", kind="code"),
    lists.Column("key", "Key", lambda secret: secret.key_id, kind="code"),
    lists.Column("by", "Set by", lambda secret: secret.set_by),
    lists.Column("at", "When, UTC", lambda secret: secret.updated_at, kind="time"),
]
_REMOVE_SECRET = lists.Column(
    "remove", "Remove", lambda _: "Remove", lambda secret: reverse("egress:remove_secret", args=[secret.name])
)


def overview(request: Request) -> HttpResponse:
    """Where the portal may call, by whose word, and the names of the secrets it keeps."""
    if not access.oversees(request.user):
        raise NotAllowedError("Only administrators and auditors see where the portal may call. Ask one of them.")
    keeper = accounts.administers(request.user)
    rules, secrets = selectors.rules(viewer=request.user), selectors.secrets(viewer=request.user)
    context = {
        "title": "Egress", "keeper": keeper, "vault_open": vault.is_open(),
        "rules": lists.plain("Permitted here", [*_RULES, *_only(keeper, _REMOVE_RULE)], rules),
        "entries": lists.plain("Permitted by the environment", _ENTRIES, settings.EGRESS_ALLOWED),
        "secrets": lists.plain("Stored secrets", [*_SECRETS, *_only(keeper, _REMOVE_SECRET)], secrets),
    }  # fmt: skip
    return respond(request, "egress/overview.html", context)


def _only(keeper: bool, column: lists.Column) -> list[lists.Column]:
    return [column] if keeper else []


def new(request: Request) -> HttpResponse:
    """The form for a new permission."""
    accounts.check_administers(request.user, to="permit addresses")
    form = RuleForm(request.POST or None)
    if form.is_bound and (rule := form.carry_out(services.add_rule, by=request.user)):
        messages.success(request, f"{rule} may be called.")
        return redirect("egress:list")
    lede = "It holds from the next call on. A permission is never changed: withdraw it and make another."
    return _form(request, form, title="Permit an address", lede=lede, submit="Permit")


def remove(request: Request, rule_id: UUID) -> HttpResponse:
    """Ask, then withdraw a permission."""
    accounts.check_administers(request.user, to="withdraw permissions")
    rule = selectors.rule(rule_id, viewer=request.user)
    if request.method == "POST":
        services.remove_rule(rule, by=request.user)
        messages.success(request, f"{rule} is withdrawn.")
        return redirect("egress:list")
    lede = f"{rule} will no longer be called for {rule.get_purpose_display().lower()}. Calls under way end in seconds."
    return _form(request, ConfirmForm(), title="Withdraw a permission", lede=lede, submit="Withdraw")


@sensitive_post_parameters("value")
def set_secret(request: Request) -> HttpResponse:
    """The form for a secret, new or instead of the one of the same name."""
    accounts.check_administers(request.user, to="set secrets")
    form = SecretForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    if form.is_bound and (secret := form.carry_out(services.set_secret, by=request.user)):
        messages.success(request, f"store:{secret.name} is set.")
        return redirect("egress:list")
    lede = "Encrypted for this portal alone. It goes only where a permission names it, and to no page."
    return _form(request, form, title="Set a secret", lede=lede, submit="Set")


def remove_secret(request: Request, name: str) -> HttpResponse:
    """Ask, then forget a secret."""
    accounts.check_administers(request.user, to="remove secrets")
    secret = selectors.secret(name, viewer=request.user)
    if request.method == "POST":
        services.remove_secret(secret, by=request.user)
        messages.success(request, f"store:{secret.name} is removed.")
        return redirect("egress:list")
    lede = f"Calls that name store:{secret.name} will fail until it is set again."
    return _form(request, ConfirmForm(), title="Remove a secret", lede=lede, submit="Remove")


def _form(request: Request, form: Any, *, title: str, lede: str, submit: str) -> HttpResponse:
    context = {
        "title": title, "lede": lede, "form": form, "submit": submit, "crumbs": _CRUMBS,
        "cancel": reverse("egress:list"),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
