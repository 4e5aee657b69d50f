"""Asking for a gate and passing it: submitting, moving on, retiring, and letting a case through before its review."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.http import respond
from apps.reviews import lanes
from apps.reviews import services as reviews
from apps.reviews.models import Via
from apps.usecases import selectors, services
from apps.usecases.forms import GlassForm
from apps.usecases.models import UseCase
from apps.usecases.rules import gates
from apps.usecases.views.frame import case_url, crumbs, seen_version
from apps.usecases.views.lacking import lacking, met


@require_POST
def submit(request: Request, ref: str) -> HttpResponse:
    """Ask for the review of the case's next gate."""
    case = selectors.use_case(ref, viewer=request.user)
    asked = services.submit(use_case=case, by=request.user, version=seen_version(request))
    messages.success(request, f"Submitted for gate {asked.gate}. Reviewers decide on the case as it is now.")
    return redirect(case_url(case))


@require_POST
def advance(request: Request, ref: str) -> HttpResponse:
    """Move a cleared case to its next stage."""
    case = selectors.use_case(ref, viewer=request.user)
    case = services.advance(use_case=case, by=request.user, version=seen_version(request))
    messages.success(request, f"The case is now in {case.get_stage_display()}.")
    return redirect(case_url(case))


def retire(request: Request, ref: str) -> HttpResponse:
    """What is settled before a case ends; POST asks for the gate that retires it."""
    case = selectors.use_case(ref, viewer=request.user)
    if request.method == "POST":
        services.submit(use_case=case, by=request.user, retire=True, version=seen_version(request))
        messages.success(
            request, f"Submitted for gate {gates.RETIRING.key}. Once it is cleared, the case can be retired."
        )
        return redirect(case_url(case))
    services.check_may_speak_for(case, by=request.user)
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    report = selectors.gate_report(case, on=timezone.now(), gate=gates.RETIRING)
    context = {
        "title": f"Retire {case.ref}", "crumbs": crumbs(case), "case": case, "report": report,
        "lacking": lacking(case, report), "met": met(report), "route": _route(case, report), "cancel": case_url(case),
    }  # fmt: skip
    return respond(request, "usecases/retire.html", context)


def break_glass(request: Request, ref: str) -> HttpResponse:
    """Let the case through its next gate before the review, for whoever holds the permission of its own."""
    case = selectors.use_case(ref, viewer=request.user)
    reviews.check_may_break_glass(request.user)
    sent = request.POST if request.method == "POST" else None
    form = GlassForm(sent, viewer=request.user, initial={"version": case.version})
    if form.is_bound and form.carry_out(services.break_glass, use_case=case, by=request.user) is not None:
        messages.warning(request, "The case is through for 72 hours. Auditors are told, and every lane is asked now.")
        return redirect(case_url(case))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    context = {
        "title": f"Let {case.ref} through before its review", "form": form, "submit": "Break the glass",
        "lede": "For 72 hours, for exactly this content. The auditors are told at once, and every lane is asked.",
        "cancel": case_url(case), "crumbs": crumbs(case),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def route(request: Request, ref: str) -> HttpResponse:
    """Who would decide at the next gate, and how long that usually takes: a part of the case's page."""
    case = selectors.use_case(ref, viewer=request.user)
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    report = selectors.gate_report(case, on=timezone.now())
    context = {
        "title": f"The way through the next gate: {case.ref}", "crumbs": crumbs(case), "case": case, "report": report,
        "route": _route(case, report),
    }  # fmt: skip
    return respond(request, "usecases/route.html", context, fragment="route")


def _route(case: UseCase, report: selectors.GateReport) -> list[dict[str, object]]:
    """The lanes of the gate as pages show them; nothing where there is no gate."""
    return [
        {
            "lane": lanes.title(step.lane), "people": step.people[:5], "more": max(0, len(step.people) - 5),
            "via": "" if step.via == Via.POOL else Via(step.via).label, "expected": step.days_expected,
            "target": step.target_days,
        }
        for step in selectors.deciders(case, report)
    ]  # fmt: skip
