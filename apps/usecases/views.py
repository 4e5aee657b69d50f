"""Pages of the registry."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.access import Request
from apps.accounts.models import User
from apps.audit import selectors as audit
from apps.core import lists
from apps.core.badges import badge
from apps.core.details import Fact, steps
from apps.core.errors import NotAllowedError
from apps.core.http import respond
from apps.evidence import selectors as evidence
from apps.reviews import selectors as reviews
from apps.reviews.models import RequestState, ReviewRequest
from apps.usecases import selectors, services
from apps.usecases.forms import EditForm, RegisterForm, values_of
from apps.usecases.models import Stage, Standing, TopicArea, UseCase

_CRUMBS = [("Use cases", "/use-cases/")]


def _url(case: UseCase, page: str = "detail") -> str:
    return reverse(f"usecases:{page}", args=[case.ref])


def _standing(case: Any) -> Any:
    return badge(case.standing, Standing(case.standing).label)


CASES = lists.register(
    lists.List(
        page="usecases:list",
        title="Use cases",
        lede="Every AI use case of the organisation, from idea to retirement.",
        empty="No use case is registered yet. Register the first one.",
        order="-ref",
        search=selectors.matching,
        search_hint="Title, purpose or UC-000123",
        columns=[
            lists.Column("title", "Title", lambda case: case.title, _url, sort="title"),
            lists.Column("ref", "Reference", lambda case: case.ref, kind="ref", sort="number"),
            lists.Column("stage", "Stage", lambda case: case.get_stage_display(), sort="stage"),
            lists.Column("standing", "Standing", _standing, kind="status"),
            lists.Column("owner", "Owner", lambda case: case.owner, sort="owner__display_name"),
            lists.Column("unit", "Business unit", lambda case: case.business_unit, sort="business_unit__path"),
            lists.Column("topic", "Topic area", lambda case: case.get_topic_area_display(), shown=False),
            lists.Column("sponsor", "Sponsor", lambda case: case.sponsor, shown=False),
            lists.Column("changed", "Changed", lambda case: case.updated_at, kind="time", shown=False),
            lists.Column("registered", "Registered", lambda case: case.created_at, kind="date", sort="created_at"),
        ],
        facets=[
            lists.Facet("stage", "Stage", "stage", Stage.choices),
            lists.Facet("standing", "Standing", "standing", Standing.choices),
            lists.Facet("topic", "Topic area", "topic_area", TopicArea.choices),
            lists.Facet("unit", "Business unit", "business_unit__path"),
            lists.Facet("owner", "Owner", "owner__username", label_field="owner__display_name"),
        ],
    )
)


def case_list(request: Request) -> HttpResponseBase:
    """Every case that the reader may see, narrowed by words, stage, standing, topic, unit and owner."""
    action = lists.Action("Register a use case", reverse("usecases:register"))
    return lists.answer(request, CASES, selectors.use_cases(viewer=request.user), action=action)


def detail(request: Request, ref: str) -> HttpResponse:
    """One case: where it is, what its next gate needs, evidence, reviews and history."""
    case = selectors.use_case(ref, viewer=request.user)
    report = selectors.gate_report(case, on=timezone.now())
    requests = list(reviews.about(case.subject, viewer=request.user))
    context = {
        "kind": f"Use case {case.ref}", "title": case.title, "crumbs": _CRUMBS, "case": case,
        "facts": _facts(case), "report": report, "reviews": requests,
        "steps": steps(Stage.choices, at=case.stage), "claims": _claims(case, report),
        "questions": list(selectors.questions(case)),
        "entries": audit.entries(audit.trail(case.subject, viewer=request.user)[:50]),
        **_actions(case, report, requests, request.user),
    }  # fmt: skip
    return respond(request, "usecases/detail.html", context)


def _facts(case: UseCase) -> list[Fact]:
    pinned, endpoint = case.prompt_version, case.endpoint
    return [
        Fact("Owner", case.owner),
        Fact("Sponsor", case.sponsor),
        Fact("Business unit", case.business_unit),
        Fact("Topic area", case.topic_other or case.get_topic_area_display()),
        Fact("Pinned prompt", pinned, reverse("prompts:detail", args=[pinned.prompt.slug]) if pinned else ""),
        Fact("Pinned endpoint", endpoint, reverse("catalog:detail", args=[endpoint.slug]) if endpoint else ""),
        Fact("Registered", case.created_at, kind="time"),
        Fact("Content SHA-256", case.content_hash, kind="code"),
    ]


def _claims(case: UseCase, report: selectors.GateReport) -> list[dict[str, Any]]:
    counting = {claim.pk for claim in report.claims}
    return [
        {
            "claim": claim,
            "badge": badge(claim.verdict),
            "counts": claim.pk in counting,
            "url": reverse("go", args=[claim.source_kind, claim.source_id]),
        }
        for claim in evidence.about(case.subject)[:10]
    ]


def _actions(case: Any, report: selectors.GateReport, requests: list[ReviewRequest], person: User) -> dict[str, Any]:
    """Which verbs this person is offered now; the services decide again when one is used."""
    latest = requests[0] if requests else None
    waiting = latest is not None and latest.is_open
    cleared = case.standing == Standing.CLEARED and report.gate and case.review_gate == report.gate.key
    may_edit, speaks = (_may(check, case, person) for check in (services.check_may_edit, services.check_may_speak_for))
    asked = report.gate is not None and case.review_gate == report.gate.key
    return {
        "status": badge(case.standing, f"Cleared at {case.review_gate}")
        if case.standing == Standing.CLEARED
        else _standing(case),
        # What was decided at an earlier gate says nothing about the next one.
        "gate_badge": _standing(case) if asked else badge("unasked", "Not asked yet"),
        "latest": latest,
        "voided": latest is not None and latest.state == RequestState.VOIDED,
        "may_edit": may_edit,
        "may_withdraw": waiting and latest.requested_by_id == person.pk if latest else False,
        "may_advance": speaks and cleared,
        "may_submit": speaks and report.gate is not None and not waiting and not cleared,
    }


def _may(check: Callable[..., None], case: UseCase, person: User) -> bool:
    try:
        check(case, by=person)
    except NotAllowedError:
        return False
    return True


def register(request: Request) -> HttpResponse:
    """The form for a new case."""
    form = RegisterForm(request.POST or None, initial={"owner": request.user}, viewer=request.user)
    if form.is_bound and (case := form.carry_out(services.register, by=request.user)):
        messages.success(request, f"{case.ref} is registered. Pin a prompt and a model before its second gate.")
        return redirect(_url(case))
    context = {
        "title": "Register a use case", "form": form, "submit": "Register", "crumbs": _CRUMBS,
        "lede": "Six fields are enough to start. Everything else is asked when a gate needs it.",
        "cancel": reverse("usecases:list"),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def edit(request: Request, ref: str) -> HttpResponse:
    """The form that changes a case; it carries the version it was opened with."""
    case = selectors.use_case(ref, viewer=request.user)
    services.check_may_edit(case, by=request.user)
    form = EditForm(request.POST or None, initial=values_of(case), viewer=request.user)
    if form.is_bound and (saved := form.carry_out(services.edit, use_case=case, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(_url(saved))
    lede = "Saving a change voids the review that is under way." if case.standing == Standing.IN_REVIEW else ""
    context = {
        "title": f"Edit {case.ref}", "form": form, "submit": "Save", "lede": lede, "cancel": _url(case),
        "crumbs": [*_CRUMBS, (case.ref, _url(case))],
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def submit(request: Request, ref: str) -> HttpResponse:
    """Ask for the review of the case's next gate."""
    case = selectors.use_case(ref, viewer=request.user)
    asked = services.submit(use_case=case, by=request.user)
    messages.success(request, f"Submitted for gate {asked.gate}. Reviewers decide on the case as it is now.")
    return redirect(_url(case))


@require_POST
def advance(request: Request, ref: str) -> HttpResponse:
    """Move a cleared case to its next stage."""
    case = services.advance(use_case=selectors.use_case(ref, viewer=request.user), by=request.user)
    messages.success(request, f"The case is now in {case.get_stage_display()}.")
    return redirect(_url(case))
