"""Every write leaves exactly its event: each route that writes is called once with what it wants, and once refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django import forms
from django.contrib.admin import ModelAdmin, site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, Team, User
from apps.audit.models import AuditEvent
from apps.prompts import services as prompts
from apps.usecases import selectors as usecases
from apps.usecases.models import UseCase
from tests.architecture import casework, reviewing
from tests.architecture.test_roles import Attempt, Things, attempts
from tests.factories import cases
from tests.factories.people import PASSWORD, person, team
from tests.integration import calls

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contexts")]
# What each route that writes leaves in the trail. More than one event stands where a verb calls another app's verb:
# a thing and its first version, a case and the review that its edit voids, a run and its job.
LEAVES: dict[Attempt, list[str]] = {
    ("password", "POST"): ["user.password_set"],
    ("usecases:register", "POST"): ["use_case.registered"],
    ("usecases:import", "POST"): ["use_cases.staged"],
    ("usecases:start_import", "POST"): ["job.queued"],
    # What somebody has begun to type is theirs alone.
    ("usecases:save_draft", "POST"): [],
    ("usecases:discard_draft", "POST"): [],
    ("usecases:similar", "POST"): [],
    ("usecases:join", "POST"): ["use_case.join_asked"],
    ("usecases:section", "POST"): ["use_case.answered", "review.voided"],
    ("usecases:rows", "POST"): ["use_case.value_measure_added", "review.voided"],
    ("usecases:row", "POST"): ["use_case.value_measure_changed", "review.voided"],
    ("usecases:remove_row", "POST"): ["use_case.value_measure_removed", "review.voided"],
    ("usecases:raise_tier", "POST"): ["use_case.tier_raised"],
    ("usecases:lower_tier", "POST"): ["use_case.tier_lowering_proposed"],
    ("usecases:confirm_tier", "POST"): ["use_case.tier_lowered"],
    ("usecases:decline_tier", "POST"): ["use_case.tier_lowering_declined"],
    ("usecases:decide_stage", "POST"): ["use_case.stage_decided"],
    ("usecases:retire", "POST"): ["review.requested"],
    ("usecases:break_glass", "POST"): ["review.voided", "review.requested", "review.glass_broken"],
    ("usecases:edit", "POST"): ["use_case.edited", "review.voided"],
    ("usecases:submit", "POST"): ["review.requested"],
    ("usecases:advance", "POST"): ["use_case.advanced"],
    ("catalog:new", "POST"): ["endpoint.added"],
    ("prompts:new", "POST"): ["prompt.created", "prompt.version_added"],
    ("prompts:new_version", "POST"): ["prompt.version_added"],
    ("prompts:set_production", "POST"): ["prompt.labelled"],
    ("evaluations:new_dataset", "POST"): ["dataset.version_added"],
    ("evaluations:new", "POST"): ["job.queued", "evaluation.planned"],
    ("evaluations:cancel", "POST"): ["job.cancel_requested", "job.cancelled"],
    ("reviews:withdraw", "POST"): ["review.withdrawn"],
    ("reviews:decide", "POST"): ["review.decided"],
    ("reviews:recuse", "POST"): ["review.recused"],
    ("reviews:revoke", "POST"): ["review.revoked"],
    ("reviews:overturn", "POST"): ["review.overturned"],
    ("reviews:condition", "POST"): ["condition.verified"],
    ("reviews:delegations", "POST"): ["delegation.given"],
    ("reviews:end_delegation", "POST"): ["delegation.ended"],
    ("api-review-recuse", "POST"): ["review.recused"],
    ("api-review-revoke", "POST"): ["review.revoked"],
    ("api-review-overturn", "POST"): ["review.overturned"],
    ("api-condition-meet", "POST"): ["condition.handed_in"],
    ("api-condition-verify", "POST"): ["condition.verified"],
    ("api-delegations", "POST"): ["delegation.given"],
    ("api-delegation", "DELETE"): ["delegation.ended"],
    ("egress:new", "POST"): ["egress.permitted"],
    ("egress:remove", "POST"): ["egress.withdrawn"],
    ("egress:set_secret", "POST"): ["secret.set"],
    ("egress:remove_secret", "POST"): ["secret.removed"],
    ("api-use-cases", "POST"): ["use_case.registered"],
    ("api-use-case", "PATCH"): ["use_case.edited", "review.voided"],
    ("api-use-case-submit", "POST"): ["review.requested"],
    ("api-use-case-advance", "POST"): ["use_case.advanced"],
    ("api-use-case-stage", "POST"): ["use_case.stage_decided"],
    ("api-use-case-retire", "POST"): ["review.requested"],
    ("api-use-case-break-glass", "POST"): ["review.voided", "review.requested", "review.glass_broken"],
    ("api-use-case-join", "POST"): ["use_case.join_asked"],
    ("api-use-case-answers", "PATCH"): ["use_case.answered", "review.voided"],
    ("api-use-case-value", "POST"): ["use_case.value_measure_added", "review.voided"],
    ("api-use-case-value-row", "PATCH"): ["use_case.value_measure_changed", "review.voided"],
    ("api-use-case-value-row", "DELETE"): ["use_case.value_measure_removed", "review.voided"],
    ("api-use-case-risks", "POST"): ["use_case.risk_added", "review.voided"],
    ("api-use-case-risks-row", "PATCH"): ["use_case.risk_changed", "review.voided"],
    ("api-use-case-risks-row", "DELETE"): ["use_case.risk_removed", "review.voided"],
    ("api-use-case-pins", "POST"): ["use_case.pinned_version_added", "review.voided"],
    ("api-use-case-pins-row", "DELETE"): ["use_case.pinned_version_removed", "review.voided"],
    ("api-use-case-adoption", "POST"): ["use_case.adoption_figure_added"],
    ("api-use-case-adoption-row", "PATCH"): ["use_case.adoption_figure_changed"],
    ("api-use-case-adoption-row", "DELETE"): ["use_case.adoption_figure_removed"],
    ("api-use-case-contributors", "POST"): ["use_case.contributor_added"],
    ("api-use-case-contributors-row", "DELETE"): ["use_case.contributor_removed"],
    ("api-use-case-frameworks", "POST"): ["use_case.framework_link_added"],
    ("api-use-case-frameworks-row", "PATCH"): ["use_case.framework_link_changed"],
    ("api-use-case-frameworks-row", "DELETE"): ["use_case.framework_link_removed"],
    ("api-use-case-tier-raise", "POST"): ["use_case.tier_raised"],
    ("api-use-case-tier-lower", "POST"): ["use_case.tier_lowering_proposed"],
    ("api-use-case-tier-confirm", "POST"): ["use_case.tier_lowered"],
    ("api-use-case-tier-decline", "POST"): ["use_case.tier_lowering_declined"],
    ("api-endpoints", "POST"): ["endpoint.added"],
    ("api-prompts", "POST"): ["prompt.created", "prompt.version_added"],
    ("api-prompt-versions", "POST"): ["prompt.version_added"],
    ("api-prompt-label", "PUT"): ["prompt.labelled"],
    ("api-datasets", "POST"): ["dataset.version_added"],
    ("api-evaluation-runs", "POST"): ["job.queued", "evaluation.planned"],
    ("api-evaluation-run-cancel", "POST"): ["job.cancel_requested", "job.cancelled"],
    ("api-review-decide", "POST"): ["review.decided"],
    ("api-review-withdraw", "POST"): ["review.withdrawn"],
    ("accounts:assign", "POST"): ["owner.assigned"],
    ("usecases:list", "POST"): ["owner.assigned"],
    ("prompts:list", "POST"): ["owner.assigned"],
    ("catalog:list", "POST"): ["owner.assigned"],
    ("evaluations:datasets", "POST"): ["owner.assigned"],
    ("accounts:new_token", "POST"): ["token.issued"],
    ("accounts:revoke_token", "POST"): ["token.revoked"],
    ("accounts:share", "POST"): ["share.granted"],
    ("accounts:unshare", "POST"): ["share.revoked"],
    ("people:add_member", "POST"): ["role.granted"],
    ("people:change_service_account", "POST"): ["service_account.changed"],
    ("people:change_team", "POST"): ["team.changed"],
    ("people:change_unit", "POST"): ["unit.moved"],
    ("people:close_team", "POST"): ["team.closed"],
    ("people:deactivate", "POST"): ["user.deactivated"],
    ("people:grant", "POST"): ["role.granted"],
    ("people:new", "POST"): ["user.created"],
    ("people:new_service_account", "POST"): ["service_account.added"],
    ("people:new_service_token", "POST"): ["token.issued"],
    ("people:new_team", "POST"): ["team.founded"],
    ("people:new_unit", "POST"): ["unit.created"],
    ("people:reactivate", "POST"): ["user.reactivated"],
    ("people:remove_member", "POST"): ["role.revoked"],
    ("people:revoke", "POST"): ["role.revoked"],
    ("people:unit_term", "POST"): ["unit.term_set"],
    ("discussions:edit", "POST"): ["comment.edited"],
    ("discussions:panel", "POST"): ["comment.added"],
    ("discussions:remove", "POST"): ["comment.removed"],
    # What somebody reads, and how they want to be told, is theirs alone.
    ("notifications:follow", "POST"): [],
    ("notifications:preferences", "POST"): [],
    ("notifications:read_all", "POST"): [],
    ("save-view", "POST"): ["saved_view.saved"],
    ("default-view", "POST"): ["saved_view.made_default"],
    ("delete-view", "POST"): ["saved_view.deleted"],
    ("webhooks:add_secret", "POST"): ["webhook.secret_added"],
    ("webhooks:drop_secret", "POST"): ["webhook.secret_dropped"],
    ("webhooks:edit", "POST"): ["webhook.changed"],
    ("webhooks:new", "POST"): ["webhook.added"],
    ("webhooks:remove", "POST"): ["webhook.removed"],
    ("webhooks:replay", "POST"): ["webhook.replayed"],
    ("webhooks:switch", "POST"): ["webhook.disabled"],
    ("api-comments", "POST"): ["comment.added"],
    ("api-comment", "PATCH"): ["comment.edited"],
    ("api-comment", "DELETE"): ["comment.removed"],
    ("api-person-deactivate", "POST"): ["user.deactivated"],
    ("api-person-reactivate", "POST"): ["user.reactivated"],
    ("api-person-roles", "POST"): ["role.granted"],
    ("api-person-role", "DELETE"): ["role.revoked"],
    ("api-share", "PUT"): ["share.revoked"],
    ("api-teams", "POST"): ["team.founded"],
    ("api-team", "PATCH"): ["team.changed"],
    ("api-team-close", "POST"): ["team.closed"],
    ("api-units", "POST"): ["unit.created"],
    ("api-unit", "PATCH"): ["unit.moved"],
    ("api-webhooks", "POST"): ["webhook.added"],
    ("api-webhook", "PATCH"): ["webhook.changed"],
    ("api-webhook", "DELETE"): ["webhook.removed"],
    ("api-webhook-replay", "POST"): ["webhook.replayed"],
    ("api-webhook-secrets", "POST"): ["webhook.secret_added"],
    ("api-webhook-secret", "DELETE"): ["webhook.secret_dropped"],
}
FIELDS: dict[str, Any] = {
    "slug": "brand-new", "name": "brand-new", "title": "Another title", "purpose": "By hand it is slow.",
    "user": "Add {{question}} now", "host": "b.example.org", "threshold": "0.8", "scorers": ["numeric"],
    "gate_scorer": "numeric", "kind": "recorded", "body": "Well said.", "text": "Well said.",
    "address": "http://127.0.0.1:9", "events": ["run.failed"],
    "username": "somebody-new", "display_name": "Somebody New", "days": "30", "password": "another pass phrase",
    "answers": '{"input": {"question": "2 + 2?"}, "text": "4"}',
    "old_password": PASSWORD, "new_password1": "another pass phrase", "new_password2": "another pass phrase",
}  # fmt: skip


@pytest.fixture
def doer() -> User:
    """Somebody in every role."""
    user = person(*[role for role in Role if role != Role.REVIEWER])
    for lane in Lane:
        accounts.grant(user=user, role=Role.REVIEWER, lane=lane, by=None)
    return user


def filled(form: forms.BaseForm) -> dict[str, Any]:
    """What a browser would send of the page's form, with something in every field that must not be empty."""
    body: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if name in FIELDS:
            value = FIELDS[name]
        elif value in (None, "") and field.required:
            value = _first(field)
        if value is not None:
            body[name] = value
    return body


def _first(field: Any) -> Any:
    if hasattr(field, "queryset"):
        found = field.queryset.first()
        return field.prepare_value(found) if found else ""
    if hasattr(field, "choices"):
        return next(value for value, _ in field.choices if value)
    return "1" if isinstance(field, forms.IntegerField) else "something"


def actions_since(count: int) -> list[str]:
    """What was appended to the trail."""
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)[count:])


def browser(user: User) -> Client:
    """A browser of that person, which nobody used before."""
    client = Client()
    client.force_login(user)
    return client


def tried(client: Client, method: str, path: str, body: dict[str, Any]) -> tuple[int, list[str]]:
    """The status of one call and the events it left; all of it is undone."""
    api = path.startswith("/api/")
    thing = calls.thing_of(method, path) if api else ""
    headers = {"If-Match": client.get(thing).headers.get("ETag", "*")} if thing else {}
    with transaction.atomic():
        count = AuditEvent.objects.count()
        options: dict[str, Any] = {"content_type": "application/json"} if api else {}
        response = getattr(client, method.lower())(path, body, headers=headers, **options)
        status, left = response.status_code, actions_since(count)
        if status >= 400:
            left.append(f"answered {status}")
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == count
    return status, left


def special(things: Things, shared: Team, doer: User) -> dict[str, dict[str, Any]]:
    """What some routes want that no form tells by itself."""
    file = SimpleUploadedFile("items.jsonl", b'{"input": {"question": "3 + 3?"}, "expected": "6"}')
    to_team = {"bulk": "give", "once": str(UUID(int=1)), "values-team": things.team.pk, "values-audience": "team"}
    return {
        "usecases:list": {**to_team, "row": things.case.pk},
        "prompts:list": {**to_team, "row": things.prompt.prompt.pk},
        "catalog:list": {**to_team, "row": things.endpoint.pk},
        "evaluations:datasets": {**to_team, "row": things.data.dataset.pk},
        "accounts:assign": {"owner-team": things.team.pk, "owner-audience": "organisation"},
        "accounts:share": {"share-team": things.team.pk, "share-level": "view"},
        "accounts:unshare": {"team": shared.pk},
        "api-use-case": {"title": "Another title"},
        # Of a case that can be lowered, unlike that of the table.
        "usecases:register": {
            "step": "",
            "title": "Sort letters",
            "purpose": "By hand it is slow.",
            "owner": doer.pk,
            "business_unit": things.unit.pk,
            "topic_area": "internal",
            "audience": "organisation",
        },
        "usecases:lower_tier": {
            "to": "STANDARD",
            "reason": "Why.",
            "expires_on": timezone.now().date() + timedelta(days=30),
        },
        "catalog:new": {"kind": "sandbox"},
        "egress:new": {"purpose": "any"},
        "evaluations:new_dataset": {"file": file},
        "people:add_member": {"user": things.other.username, "role": "ai_engineer"},
        "people:new_service_account": {"responsible": doer.username},
        "people:unit_term": {"valid_from": "2020-01-01"},
        "usecases:import": {"file": SimpleUploadedFile("cases.csv", cases.FILE)},
        "reviews:decide": {
            "lane": "steward",
            "outcome": "approve",
            "reason": "Read.",
            "seen_hash": things.review.content_hash,
        },
        "reviews:condition": {"accepted": "yes"},
        "reviews:delegations": {"to": things.other.pk, "ends_on": timezone.now().date()},
        "save-view": {"page": "usecases:list", "query": "stage=PLAY", "name": "brand-new"},
        "webhooks:new": {"kind": "signed"},
    }


def wanted(client: Client, path: str, bodies: list[dict[str, Any]], more: dict[str, Any]) -> dict[str, Any]:
    """The body that the route wants: what the page's own form asks for, or the right one of the table, and `more`."""
    if path.startswith("/api/") or bodies != [{}]:
        return more or bodies[0]
    with transaction.atomic():
        page = client.get(path)
        transaction.set_rollback(True)
    form = page.context and page.context.get("form")
    return {**(filled(form) if form else {}), **more}


def test_every_route_that_writes_leaves_exactly_its_events(doer: User) -> None:
    things, shared = Things(doer), team()
    accounts.share(kind="use_case", thing=things.case, team=shared, level="view", by=doer)
    prompts.set_label(version=things.prompt, name="production", by=doer)
    refs = casework.ready(doer)
    refs |= {f"{deed}_tier": refs[deed] for deed in ("raise", "lower", "confirm", "decline")}
    refs |= {"stage": (asked := cases.stageless()).ref, "decide_stage": asked.ref}
    more, found = special(things, shared, doer), {}
    other_reviews, others = reviewing.ready(things.promises), reviewing.doers()
    for (name, method), (path, bodies) in attempts(things).items():
        ref = refs.get(name.replace("-", ":").rpartition(":")[2])
        at = path.replace(things.case.ref, ref) if ref else path
        review = other_reviews.get(name.replace("-", ":").rpartition(":")[2])
        at = at.replace(str(things.review.pk), str(review)) if review else at
        # Nobody decides on what they asked for.
        caller = browser(others.get(name, doer))
        body = wanted(caller, at, bodies, more.get(name, {}))
        if ref and "version" in body:
            body["version"] = UseCase.objects.values_list("version", flat=True).get(number=int(ref[3:]))
        if ref and name in ("usecases:confirm_tier", "usecases:decline_tier"):
            waiting = usecases.proposal(UseCase.objects.get(number=int(ref[3:])))
            body["proposal"] = waiting and waiting.pk
        found[name, method] = tried(caller, method, at, body)[1]
    unlike = {key: left for key, left in found.items() if left != LEAVES.get(key)}
    # Where nothing is to be left, it does not matter whether there was anything to mark.
    assert {key: left for key, left in unlike.items() if LEAVES.get(key) != [] or "." in str(left)} == {}


def test_a_refused_write_leaves_nothing(doer: User) -> None:
    stranger, things, left = person(), Things(doer), {}
    for (name, method), (path, bodies) in attempts(things).items():
        status, events = tried(browser(stranger), method, path, bodies[0])
        if status >= 400 and events != [f"answered {status}"]:
            left[name] = events
    assert not left


def test_no_route_that_writes_is_missing_here(doer: User) -> None:
    assert attempts(Things(doer)).keys() == LEAVES.keys()


def test_whatever_can_be_written_in_the_admin_goes_through_a_service_that_audits_it(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = accounts.change_user(user=person(staff=True), by=None, is_superuser=True)
    for lane in Lane:
        accounts.grant(user=request.user, role=Role.REVIEWER, lane=lane, by=None)
    past: list[str] = []
    for model, desk in site._registry.items():
        verbs = []
        if desk.has_add_permission(request) or desk.has_change_permission(request):
            verbs.append("save_model")
        if desk.has_delete_permission(request):
            verbs += ["delete_model", "delete_queryset"]
        past += [f"{model.__name__}.{verb}" for verb in verbs if getattr(type(desk), verb) is getattr(ModelAdmin, verb)]
        # What is written beside the row goes through no verb.
        past += [f"{model.__name__}: {desk.inlines} {desk.list_editable}"] if desk.inlines or desk.list_editable else []
    assert not past
    # No row of Django's own is among them: permissions would be given there behind everybody's back.
    assert not [model for model in site._registry if not model.__module__.startswith("apps.")]


def test_a_group_of_djangos_own_has_no_page_in_the_admin() -> None:
    root = browser(accounts.change_user(user=person(staff=True), by=None, is_superuser=True))
    assert root.get("/admin/auth/group/add/").status_code == 404
    assert root.get("/admin/").status_code == 200
